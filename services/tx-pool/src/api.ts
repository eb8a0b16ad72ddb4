/** HTTP ↔ command and query, nothing else. */
import Type from 'typebox';
import {
  CandidateQuery,
  CandidateTotals,
  CandidateTotalsQuery,
  CandidateTransactions,
  Hash,
  PoolEntryView,
  TransactionSubmissions,
} from '@pocket/contracts';
import { asOf, refuse, sendProblem, type EventService, type Moments, type RequestContext } from '@pocket/service-kit';
import { readFirstCandidates, readFirstTotals, readPool, readWaiting, totalsOf } from './queries.ts';
import type { PoolWriter, PrismaClient, Reader } from './store.ts';
import { execute, submitTransactions } from './submissions.ts';

interface ApiParts extends Pick<EventService, 'fastify' | 'node'> {
  client: PrismaClient;
  moments: Moments<Reader, PrismaClient>;
  writer: PoolWriter;
}

export function addApi(parts: ApiParts): void {
  const { fastify, moments } = parts;
  fastify.get('/transactions', poolRoute, async (request, reply) => moments.answer(request, reply, readPool));
  fastify.get('/transactions/:txid', waitingRoute, async (request, reply) => {
    const { txid } = request.params;
    const found = await moments.read(request.context, request.query.asOf, (reader) => readWaiting(reader, txid));
    if (!found.ok) return sendProblem(reply, found.problem);
    return found.value ?? refuse(reply, 'not-found', `no transaction ${txid} waits in the pool`);
  });
  fastify.get('/candidates', candidatesRoute, ({ query, context }) => candidates(parts, context, query));
  fastify.get('/candidates/totals', totalsRoute, ({ query, context }) => totals(parts, context, query));
  fastify.post('/transactions', submissionRoute, ({ body, query, context }) =>
    submitTransactions(parts, context, body, query.dryRun),
  );
}

/** The usual question, the first few, is answered by the table; all others need the whole pool. */
async function candidates(parts: ApiParts, context: RequestContext, query: CandidateQuery) {
  const first =
    query.order === 'arrival' && !query.explain ? await readFirstCandidates(parts.client, query) : undefined;
  return first ?? (await execute(parts, context, { type: 'ListCandidates', query })).reply;
}

async function totals(parts: ApiParts, context: RequestContext, query: CandidateTotalsQuery): Promise<CandidateTotals> {
  const told = await readFirstTotals(parts.client, query);
  if (told !== undefined) return told;
  return totalsOf(await candidates(parts, context, { ...query, order: 'arrival', explain: false }));
}

const poolRoute = {
  schema: { querystring: Type.Object(asOf), response: { 200: Type.Array(PoolEntryView) } },
  config: { awaits: ['chainstate' as const, 'wallet' as const] },
};
const waitingRoute = {
  schema: {
    params: Type.Object({ txid: Hash }),
    querystring: Type.Object(asOf),
    response: { 200: PoolEntryView },
  },
  config: { awaits: ['chainstate' as const, 'wallet' as const] },
};
const candidatesRoute = {
  schema: { querystring: CandidateQuery, response: { 200: CandidateTransactions } },
  config: { awaits: ['chainstate' as const] },
};
const totalsRoute = {
  schema: { querystring: CandidateTotalsQuery, response: { 200: CandidateTotals } },
  config: { awaits: ['chainstate' as const] },
};
const submissionRoute = {
  schema: {
    body: TransactionSubmissions,
    querystring: Type.Object({ dryRun: Type.Boolean({ default: false }) }),
  },
  config: { awaits: ['chainstate' as const] },
};
