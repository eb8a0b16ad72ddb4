/** HTTP ↔ command and query, nothing else. */
import Type from 'typebox';
import { decodeTransaction } from '@pocket/chain';
import { CandidateTransactions, PoolEntryView, TransactionReceipt, TransactionSubmission } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import { refuse, type EventService } from '@pocket/service-kit';
import { readCandidates, readPool } from './queries.ts';
import type { PoolWriter, PrismaClient } from './store.ts';

interface ApiParts extends Pick<EventService, 'fastify'> {
  client: PrismaClient;
  writer: PoolWriter;
}

export function addApi({ fastify, client, writer }: ApiParts): void {
  fastify.get('/transactions', poolRoute, () => readPool(client));
  fastify.get('/candidates', candidatesRoute, (request) => readCandidates(client, request.query.limit));
  fastify.post('/transactions', submissionRoute, async (request, reply) => {
    const { hex } = request.body;
    const decoded = decodeTransaction(hexToBytes(hex));
    if (!decoded.ok) return refuse(reply, 'transaction-refused', decoded.message, decoded.code);
    const command = { type: 'SubmitTransaction' as const, transaction: decoded.transaction, hex, now: Date.now() };
    const { reply: answer, position } = await writer.execute(command, request.context.metadata);
    if (!answer.ok) return refuse(reply, 'transaction-refused', answer.message, answer.code);
    request.context.wrote('tx-pool', position);
    return reply.code(201).send({ txid: answer.txid });
  });
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
  schema: { body: TransactionSubmission, response: { 201: TransactionReceipt } },
  config: { awaits: ['chainstate' as const] },
};
