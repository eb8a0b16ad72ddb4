/** HTTP ↔ command and query, nothing else. */
import Type from 'typebox';
import { decodeTransaction } from '@pocket/chain';
import {
  CandidateTransactions,
  PoolEntryView,
  TransactionSubmissions,
  type TransactionOutcome,
} from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import type { EventService, RequestContext } from '@pocket/service-kit';
import { readCandidates, readPool } from './queries.ts';
import type { PoolWriter, PrismaClient } from './store.ts';

interface ApiParts extends Pick<EventService, 'fastify' | 'node'> {
  client: PrismaClient;
  writer: PoolWriter;
}

export function addApi(parts: ApiParts): void {
  const { fastify, client } = parts;
  fastify.get('/transactions', poolRoute, () => readPool(client));
  fastify.get('/candidates', candidatesRoute, (request) => readCandidates(client, request.query.limit));
  fastify.post('/transactions', submissionRoute, (request) =>
    Promise.all(request.body.map(({ hex }) => submit(parts, request.context, hex))),
  );
}

async function submit({ writer, node }: ApiParts, context: RequestContext, hex: string): Promise<TransactionOutcome> {
  const decoded = decodeTransaction(hexToBytes(hex));
  if (!decoded.ok) return decoded;
  const command = { type: 'SubmitTransaction' as const, transaction: decoded.transaction, hex, now: Date.now() };
  const { reply, position } = await writer.execute(command, context.metadata);
  context.wrote('tx-pool', position);
  // Whoever is refused may have to know up to which block the pool has judged.
  if (!reply.ok) context.wrote('chainstate', await node.log.checkpoint('tx-pool', 'chainstate'));
  return reply;
}

const poolRoute = {
  schema: { response: { 200: Type.Array(PoolEntryView) } },
  config: { awaits: ['chainstate' as const, 'wallet' as const] },
};
const candidatesRoute = {
  schema: {
    querystring: Type.Object({ limit: Type.Integer({ minimum: 0 }) }),
    response: { 200: CandidateTransactions },
  },
  config: { awaits: ['chainstate' as const] },
};
const submissionRoute = {
  schema: { body: TransactionSubmissions },
  config: { awaits: ['chainstate' as const] },
};
