/**
 * A payment's way: signed and recorded here, then handed to the pool. If this process dies in between, or the pool is
 * away, the leader hands the signed payment over again until the pool has said yes or no; the pool knows it by its txid.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import {
  raisePosition,
  type Cause,
  type PaymentOutcome,
  type PaymentRequest,
  type TransactionOutcome,
} from '@pocket/contracts';
import { UnavailableError, type EventNode } from '@pocket/eventstore';
import { contextOfOwn, type RequestContext, type ServiceClient } from '@pocket/service-kit';
import type { HandedOver, SignedPayment } from './queries.ts';
import type { Reason, WalletReply } from './domain/decide.ts';
import type { WalletWriter } from './store.ts';

export interface PaymentParts {
  handedOver: HandedOver;
  writer: Pick<WalletWriter, 'execute'>;
  pool: Pick<ServiceClient, 'post'>;
  node: Pick<EventNode, 'progress'>;
  logger: Logger;
}

const FOLLOW_WITHIN_MS = 5_000;
const HAND_OVER_EVERY_MS = 2_000;
const HAND_OVER_AFTER_MS = 5_000;
/** The pool's word for a transaction whose outputs are on the chain. */
const ALREADY_CONFIRMED = 'txn-already-known';

/**
 * Makes payments in their order, or says why not; a refused one leaves a PaymentFailed and nothing else.
 * @throws UnavailableError when the pool cannot be reached: the payments are signed then and will be handed over later.
 */
export async function pay(
  parts: PaymentParts,
  context: RequestContext,
  requests: PaymentRequest[],
): Promise<PaymentOutcome[]> {
  const made = await Promise.all(requests.map((request) => sign(parts, context, request)));
  const signed = made.flatMap(({ signed: payment }) => payment ?? []);
  const refusals = signed.length === 0 ? new Map<string, Refusal>() : await handOver(parts, context, signed);
  return made.map(({ reply }) => {
    if (!reply.ok) return reply;
    if (reply.payment === undefined) throw new Error('a payment was decided without being signed');
    const { paymentId, txid } = reply.payment;
    return refusals.get(txid) ?? { ok: true, paymentId, txid };
  });
}

/** All payments of a request are asked for in one turn, so that they are decided in their order and committed together. */
async function sign(
  parts: PaymentParts,
  context: RequestContext,
  { from, to, amount }: PaymentRequest,
): Promise<{ reply: WalletReply; signed: SignedPayment | undefined }> {
  const command = { type: 'Pay' as const, paymentId: randomUUID(), from, to, amount: BigInt(amount) };
  const { reply, position, eventIds } = await parts.writer.execute(command, context.metadata);
  context.wrote('wallet', position);
  const [eventId] = eventIds;
  if (!reply.ok || reply.payment === undefined || eventId === undefined) return { reply, signed: undefined };
  const { txid, hex } = reply.payment;
  return { reply, signed: { txid, hex, cause: { eventId, correlationId: context.metadata.correlationId } } };
}

type Refusal = Extract<PaymentOutcome, { ok: false }>;

/**
 * Gives signed payments to the pool, which must judge on the tip that the wallet has signed on, or on a later one.
 * Returns its refusals by txid, after the wallets have been freed.
 */
async function handOver(
  parts: PaymentParts,
  context: RequestContext,
  payments: SignedPayment[],
): Promise<Map<string, Refusal>> {
  const body = payments.map(({ hex, cause }) => ({ hex, cause }));
  raisePosition(context.after, 'chainstate', parts.node.progress.applied('chainstate'));
  const answer = await parts.pool.post<TransactionOutcome[]>(context, '/transactions', body);
  if (!answer.ok)
    throw new UnavailableError(`the payment is signed and will be handed to the pool later: ${answer.problem.detail}`);
  const refused = payments.flatMap(({ txid, cause }, index) => {
    const outcome = answer.value[index];
    // One that a block holds already has not failed: following that block confirms it.
    if (outcome === undefined || outcome.ok || outcome.code === ALREADY_CONFIRMED) return [];
    return [{ txid, cause, reason: { code: outcome.code, message: outcome.message } }];
  });
  if (refused.length > 0) await followAsFarAsThePool(parts, context);
  await Promise.all(refused.map((failure) => free(parts, context, failure)));
  return new Map(refused.map(({ txid, reason }) => [txid, { ok: false, ...reason }]));
}

/** A payment that the pool refuses may have been mined, in a block that this wallet has yet to follow. */
async function followAsFarAsThePool({ node }: PaymentParts, { seen }: RequestContext): Promise<void> {
  if (!(await node.progress.waitFor('chainstate', seen.chainstate ?? 0, FOLLOW_WITHIN_MS)))
    throw new UnavailableError('the wallet is behind the chain and cannot tell yet what became of the payment');
}

async function free(
  parts: PaymentParts,
  context: RequestContext,
  { cause, ...failure }: { txid: string; reason: Reason; cause: Cause },
): Promise<void> {
  const { eventId: causationId, correlationId } = cause;
  const metadata = { ...context.metadata, correlationId, causationId };
  const { position } = await parts.writer.execute({ type: 'FailPayment', ...failure }, metadata);
  context.wrote('wallet', position);
}

/**
 * Hands over again what the pool has not acknowledged, also what a reorganization took out of its block: the pool takes
 * it back itself, but where it dropped it before the wallet had followed as far, nobody would free the wallet. Returns
 * how to stop.
 */
export function keepHandingOver(parts: PaymentParts): () => void {
  let running = false;
  const timer = setInterval(() => {
    if (running) return;
    running = true;
    void handOverAll(parts)
      .catch((error: unknown) => parts.logger.warn({ err: error }, 'payments could not be handed over'))
      .finally(() => {
        running = false;
      });
  }, HAND_OVER_EVERY_MS);
  return () => clearInterval(timer);
}

async function handOverAll(parts: PaymentParts): Promise<void> {
  const payments = await parts.handedOver.missing(new Date(Date.now() - HAND_OVER_AFTER_MS));
  if (payments.length === 0) return;
  const refusals = await handOver(parts, contextOfOwn(), payments);
  await parts.handedOver.mark(payments.map(({ txid }) => txid));
  parts.logger.info({ payments: payments.length, refused: refusals.size }, 'payments handed over again');
}
