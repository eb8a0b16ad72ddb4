/** Our own API put together. Each file registers its routes; here stands which methods every path takes. */
import { refuse, type HttpServer } from '@pocket/service-kit';
import type { Gate } from './gate.ts';
import { refuseOtherMethods } from './other-methods.ts';
import type { Services } from './services.ts';
import { addBlocks } from './v1-blocks.ts';
import { addChain } from './v1-chain.ts';
import { addDeadLetters } from './v1-dead-letters.ts';
import { addTransactions } from './v1-transactions.ts';

const READS = ['/chain/tips', '/chainstate/info', '/node', '/addresses/:address', '/blocks/template'];
const LETTERS = ['/dead-letters', '/dead-letters/:service/:source/:position'];
const WRITES = ['/chain', '/transactions', '/blocks', '/blocks/:hash/invalidate', '/blocks/:hash/reconsider'];
const REPLAYS = ['/dead-letters/:service/:source/replay'];

/** Registered under `/v1`. */
export function v1Api(services: Services, gate: Gate) {
  return async (fastify: HttpServer): Promise<void> => {
    addChain(fastify, services, gate);
    addTransactions(fastify, services, gate);
    addBlocks(fastify, services, gate);
    addDeadLetters(fastify, services);
    refuseOtherMethods(fastify, [...READS, ...LETTERS], ['GET', 'HEAD'], (reply, detail) =>
      refuse(reply, 'method-not-allowed', detail),
    );
    refuseOtherMethods(fastify, [...WRITES, ...REPLAYS], ['POST'], (reply, detail) =>
      refuse(reply, 'method-not-allowed', detail),
    );
    await Promise.resolve();
  };
}
