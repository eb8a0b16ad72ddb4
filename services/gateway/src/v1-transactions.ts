/** `POST /v1/transactions`: transactions from outside, one or up to a thousand, to be taken or only judged. */
import Type, { type Static } from 'typebox';
import { AmountText, Hash, RefusalDetails, type TransactionOutcome } from '@pocket/contracts';
import { refuse, sendProblem, type HttpServer } from '@pocket/service-kit';
import type { Gate } from './gate.ts';
import { HexItem, HexItems, checkingBody, checkItems } from './hex-request.ts';
import type { Services } from './services.ts';

const BODY_LIMIT_BYTES = 4_000_000;

const DryRun = Type.Object(
  { dryRun: Type.Boolean({ default: false, description: 'Say what would become of it, and change nothing.' }) },
  { additionalProperties: false },
);
const Taken = Type.Object({ txid: Hash });
const Judged = Type.Object({
  txid: Hash,
  fee: AmountText,
  sizeBytes: Type.Integer(),
  accepted: Type.Boolean(),
});
/** One result of an array: its status, and the body that it would have had alone or the heart of the problem. */
const Result = Type.Object({
  status: Type.Integer(),
  ...Type.Partial(Judged).properties,
  code: Type.Optional(Type.String()),
  detail: Type.Optional(Type.String()),
  details: Type.Optional(RefusalDetails),
});

const route = {
  bodyLimit: BODY_LIMIT_BYTES,
  schema: {
    body: Type.Union([HexItem, HexItems]),
    querystring: DryRun,
    response: { 200: Judged, 201: Taken, 207: Type.Array(Result) },
  },
};

export function addTransactions(fastify: HttpServer, services: Services, gate: Gate): void {
  const validatorCompiler = checkingBody(fastify, checkItems);
  fastify.post('/transactions', { ...route, validatorCompiler }, async (request, reply) => {
    const { body } = request;
    const { dryRun } = request.query;
    const items = (Array.isArray(body) ? body : [body]).map(({ hex }) => ({ hex: hex.toLowerCase() }));
    const path = dryRun ? '/transactions?dryRun=true' : '/transactions';
    const answer = await gate.shared(() =>
      services['tx-pool'].post<TransactionOutcome[]>(request.context, path, items),
    );
    if (!answer.ok) return sendProblem(reply, answer.problem);
    if (Array.isArray(body)) return reply.code(207).send(answer.value.map((outcome) => resultOf(outcome, dryRun)));
    const [outcome] = answer.value;
    if (outcome === undefined) throw new Error('the pool has not said what became of the transaction');
    if (!outcome.ok) return refuse(reply, 'transaction-refused', outcome.message, outcome.code, outcome.details);
    return dryRun ? reply.send(judged(outcome)) : reply.code(201).send({ txid: outcome.txid });
  });
}

function resultOf(outcome: TransactionOutcome, dryRun: boolean): Static<typeof Result> {
  if (outcome.ok) return dryRun ? { status: 200, ...judged(outcome) } : { status: 201, txid: outcome.txid };
  const { code, message, details } = outcome;
  return { status: 422, code, detail: message, ...(details === undefined ? {} : { details }) };
}

function judged({ txid, fee, sizeBytes }: Extract<TransactionOutcome, { ok: true }>): Static<typeof Judged> {
  return { txid, fee, sizeBytes, accepted: true };
}
