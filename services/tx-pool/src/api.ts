/** HTTP ↔ command and query, nothing else. */
import Type from 'typebox';
import { decodeTransaction, type Rejection, type Txid } from '@pocket/chain';
import {
  CandidateQuery,
  CandidateTransactions,
  PoolEntryView,
  TransactionSubmissions,
  type Cause,
  type TransactionOutcome,
} from '@pocket/contracts';
import { displayHash, doubleSha256, hexToBytes } from '@pocket/crypto';
import type { EventService, RequestContext } from '@pocket/service-kit';
import type { AnswerTo, PoolCommand, Submission } from './domain/commands.ts';
import { readFirstCandidates, readPool } from './queries.ts';
import type { PoolWriter, PrismaClient } from './store.ts';

interface ApiParts extends Pick<EventService, 'fastify' | 'node'> {
  client: PrismaClient;
  writer: PoolWriter;
}
type Decoded = { ok: true; submission: Submission } | Rejection;
type Submitted = Decoded & { cause: Cause | undefined };

export function addApi(parts: ApiParts): void {
  const { fastify, client } = parts;
  fastify.get('/transactions', poolRoute, () => readPool(client));
  fastify.get('/candidates', candidatesRoute, ({ query, context }) => candidates(parts, context, query));
  fastify.post('/transactions', submissionRoute, async ({ body, query, context }) => {
    const decoded = body.map(({ hex, cause }) => ({ ...decode(hex), cause }));
    const outcomes = await (query.dryRun ? test(parts, context, decoded) : submit(parts, context, decoded));
    // Whoever is refused may have to know up to which block the pool has judged.
    if (outcomes.some(({ ok }) => !ok))
      context.wrote('chainstate', await parts.node.log.checkpoint('tx-pool', 'chainstate'));
    return outcomes;
  });
}

/** The usual question, the first few, is answered by the table; all others need the whole pool. */
async function candidates(parts: ApiParts, context: RequestContext, query: CandidateQuery) {
  const first =
    query.order === 'arrival' && !query.explain ? await readFirstCandidates(parts.client, query) : undefined;
  return first ?? (await execute(parts, context, { type: 'ListCandidates', query })).reply;
}

/** The only bytes that decode to a transaction are those it encodes to, so that its name is their hash. */
function decode(hex: string): Decoded {
  const bytes = hexToBytes(hex);
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) return decoded;
  const txid = displayHash(doubleSha256(bytes)) as Txid;
  return { ok: true, submission: { transaction: decoded.transaction, txid, hex: hex.toLowerCase() } };
}

function submit(parts: ApiParts, context: RequestContext, all: Submitted[]): Promise<TransactionOutcome[]> {
  const now = Date.now();
  return Promise.all(
    all.map(async ({ cause, ...each }) => {
      if (!each.ok) return each;
      const command = { type: 'SubmitTransaction' as const, ...each.submission, now };
      const { reply, position } = await execute(parts, { metadata: metadataOf(context, cause) }, command);
      context.wrote('tx-pool', position);
      return reply;
    }),
  );
}

/** What a payment's event has made belongs to that payment's request, also where it is handed over much later. */
function metadataOf({ metadata }: RequestContext, cause: Cause | undefined): RequestContext['metadata'] {
  if (cause === undefined) return metadata;
  return { ...metadata, correlationId: cause.correlationId, causationId: cause.eventId };
}

async function test(parts: ApiParts, context: RequestContext, all: Decoded[]): Promise<TransactionOutcome[]> {
  const submissions = all.flatMap((each) => (each.ok ? [each.submission] : []));
  const { reply } = await execute(parts, context, { type: 'TestTransactions', submissions, now: Date.now() });
  const outcomes = reply.values();
  return all.map((each) => (each.ok ? (outcomes.next().value as TransactionOutcome) : each));
}

/** Each command has an answer of its own, which the writer does not tell apart. */
async function execute<C extends PoolCommand>(
  { writer }: ApiParts,
  { metadata }: Pick<RequestContext, 'metadata'>,
  command: C,
) {
  const { reply, position } = await writer.execute(command, metadata);
  return { reply: reply as AnswerTo<C>, position };
}

const poolRoute = {
  schema: { response: { 200: Type.Array(PoolEntryView) } },
  config: { awaits: ['chainstate' as const, 'wallet' as const] },
};
const candidatesRoute = {
  schema: { querystring: CandidateQuery, response: { 200: CandidateTransactions } },
  config: { awaits: ['chainstate' as const] },
};
const submissionRoute = {
  schema: {
    body: TransactionSubmissions,
    querystring: Type.Object({ dryRun: Type.Boolean({ default: false }) }),
  },
  config: { awaits: ['chainstate' as const] },
};
