/**
 * Transactions from outside, from their bytes to the answer: taken, or only judged. Which of them may wait is decided in
 * domain/; how they come and go over HTTP is api.ts' part.
 */
import { decodeTransaction, type Rejection, type Txid } from '@pocket/chain';
import type { Cause, TransactionOutcome } from '@pocket/contracts';
import { displayHash, doubleSha256, hexToBytes } from '@pocket/crypto';
import type { Log } from '@pocket/eventstore';
import type { RequestContext } from '@pocket/service-kit';
import type { AnswerTo, PoolCommand, Submission } from './domain/commands.ts';
import type { PoolWriter } from './store.ts';

export interface SubmissionParts {
  writer: Pick<PoolWriter, 'execute'>;
  node: { log: Pick<Log, 'checkpoint'> };
}
type Decoded = { ok: true; submission: Submission } | Rejection;
type Submitted = Decoded & { cause: Cause | undefined };

/** A transaction as it comes in; `cause` is the event that has made it, where it is a wallet's payment. */
export interface SubmittedHex {
  hex: string;
  cause?: Cause;
}

/** Judges transactions in their order, and answers in it; `dryRun` changes nothing. */
export async function submitTransactions(
  parts: SubmissionParts,
  context: RequestContext,
  transactions: SubmittedHex[],
  dryRun: boolean,
): Promise<TransactionOutcome[]> {
  const decoded = transactions.map(({ hex, cause }) => ({ ...decode(hex), cause }));
  const outcomes = await (dryRun ? test(parts, context, decoded) : submit(parts, context, decoded));
  // Whoever is refused may have to know up to which block the pool has judged.
  if (outcomes.some(({ ok }) => !ok))
    context.wrote('chainstate', await parts.node.log.checkpoint('tx-pool', 'chainstate'));
  return outcomes;
}

/** The only bytes that decode to a transaction are those it encodes to, so that its name is their hash. */
function decode(hex: string): Decoded {
  const bytes = hexToBytes(hex);
  const decoded = decodeTransaction(bytes);
  if (!decoded.ok) return decoded;
  const txid = displayHash(doubleSha256(bytes)) as Txid;
  return { ok: true, submission: { transaction: decoded.transaction, txid, hex: hex.toLowerCase() } };
}

function submit(parts: SubmissionParts, context: RequestContext, all: Submitted[]): Promise<TransactionOutcome[]> {
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

async function test(parts: SubmissionParts, context: RequestContext, all: Decoded[]): Promise<TransactionOutcome[]> {
  const submissions = all.flatMap((each) => (each.ok ? [each.submission] : []));
  const { reply } = await execute(parts, context, { type: 'TestTransactions', submissions, now: Date.now() });
  const outcomes = reply.values();
  return all.map((each) => (each.ok ? (outcomes.next().value as TransactionOutcome) : each));
}

/** Each command has an answer of its own, which the writer does not tell apart. */
export async function execute<C extends PoolCommand>(
  { writer }: Pick<SubmissionParts, 'writer'>,
  { metadata }: Pick<RequestContext, 'metadata'>,
  command: C,
) {
  const { reply, position } = await writer.execute(command, metadata);
  return { reply: reply as AnswerTo<C>, position };
}
