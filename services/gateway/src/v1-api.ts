/** Our own API put together. Each file registers its routes; here stands which methods every path takes. */
import type { FastifyReply } from 'fastify';
import { refuse, type HttpServer } from '@pocket/service-kit';
import type { Gate } from './gate.ts';
import { refuseOtherMethods } from './other-methods.ts';
import type { Services } from './services.ts';
import { addBlocks } from './v1-blocks.ts';
import { addChain } from './v1-chain.ts';
import { addDeadLetters } from './v1-dead-letters.ts';
import { addEvents, type Watching } from './v1-events.ts';
import { addExplorer } from './v1-explorer.ts';
import { addFlights } from './v1-flights.ts';
import { addMiner } from './v1-miner.ts';
import { addState } from './v1-state.ts';
import { addTransactions } from './v1-transactions.ts';

const READS = [
  ...['/chain/tips', '/chainstate/info', '/node', '/addresses/:address', '/blocks/template'],
  ...['/blocks/:hash', '/transactions/:txid', '/addresses/:address/transactions', '/chain/branches'],
  ...['/chainstate', '/wallets', '/pool', '/miner'],
  ...['/events', '/events/:service/:position', '/flights/:txid'],
  ...['/dead-letters', '/dead-letters/:service/:source/:position'],
];
const WRITES = [
  ...['/chain', '/transactions', '/blocks/:hash/invalidate', '/blocks/:hash/reconsider'],
  '/blocks/generate',
  '/dead-letters/:service/:source/replay',
];

/** Registered under `/v1`. */
export function v1Api(services: Services, gate: Gate, watching: Watching) {
  return async (fastify: HttpServer): Promise<void> => {
    addChain(fastify, services, gate);
    addTransactions(fastify, services, gate);
    addBlocks(fastify, services, gate);
    addMiner(fastify, services, gate);
    addState(fastify, services);
    addExplorer(fastify, services);
    addEvents(fastify, watching);
    addFlights(fastify, watching);
    addDeadLetters(fastify, services);
    const refuseMethod = (reply: FastifyReply, detail: string) => refuse(reply, 'method-not-allowed', detail);
    refuseOtherMethods(fastify, READS, ['GET', 'HEAD'], refuseMethod);
    refuseOtherMethods(fastify, WRITES, ['POST'], refuseMethod);
    refuseOtherMethods(fastify, ['/miner/mode'], ['GET', 'HEAD', 'PUT'], refuseMethod);
    refuseOtherMethods(fastify, ['/blocks'], ['GET', 'HEAD', 'POST'], refuseMethod);
    await Promise.resolve();
  };
}
