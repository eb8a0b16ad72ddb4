/**
 * A payment's way: signed and recorded here, then handed to the pool. If this process dies in between, or the pool is
 * away, the leader hands the signed payment over again until the pool has said yes or no; the pool knows it by its txid.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import {
  problem,
  type PaymentReceipt,
  type PaymentRequest,
  type Problem,
  type TransactionReceipt,
} from '@pocket/contracts';
import { contextOfOwn, type Answer, type RequestContext, type ServiceClient } from '@pocket/service-kit';
import { readUnaccepted, type SignedPayment } from './queries.ts';
import type { PrismaClient, WalletWriter } from './store.ts';

export interface PaymentParts {
  client: PrismaClient;
  writer: WalletWriter;
  pool: ServiceClient;
  logger: Logger;
}

const HAND_OVER_EVERY_MS = 2_000;
const HAND_OVER_AFTER_MS = 5_000;

/**
 * Pays, or says why not; a refused payment leaves a PaymentFailed and nothing else.
 * @throws UnavailableError when the pool cannot be reached: the payment is signed then and will be handed over later.
 */
export async function pay(
  parts: PaymentParts,
  context: RequestContext,
  request: PaymentRequest,
): Promise<Answer<PaymentReceipt>> {
  const { from, to, amount } = request;
  const command = { type: 'Pay' as const, paymentId: randomUUID(), from, to, amount: BigInt(amount) };
  const { reply, position } = await parts.writer.execute(command, context.metadata);
  context.wrote('wallet', position);
  if (!reply.ok) return { ok: false, problem: problem(reply.code, reply.message) };
  if (reply.payment === undefined) throw new Error('a payment was decided without being signed');
  const { paymentId, txid } = reply.payment;
  const refusal = await handOver(parts, context, reply.payment);
  return refusal === undefined ? { ok: true, value: { paymentId, txid } } : { ok: false, problem: refusal };
}

/** Gives a signed payment to the pool. Returns the pool's refusal, after the wallet has been freed. */
async function handOver(
  parts: PaymentParts,
  context: RequestContext,
  payment: SignedPayment,
): Promise<Problem | undefined> {
  const { txid, hex } = payment;
  const answer = await parts.pool.post<TransactionReceipt>(context, '/transactions', { hex });
  if (answer.ok || answer.problem.status >= 500) return answer.ok ? undefined : answer.problem;
  const { code, detail } = answer.problem;
  const failure = { type: 'FailPayment' as const, txid, reason: { code, message: detail } };
  const { position } = await parts.writer.execute(failure, context.metadata);
  context.wrote('wallet', position);
  return problem('payment-refused', `${code}: ${detail}`);
}

/** Hands over again what the pool has not acknowledged. Returns how to stop. */
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
  const payments = await readUnaccepted(parts.client, new Date(Date.now() - HAND_OVER_AFTER_MS));
  for (const { txid, hex } of payments) {
    const refusal = await handOver(parts, contextOfOwn(), { txid, hex });
    if (refusal !== undefined && refusal.status >= 500) continue;
    await parts.client.payment.updateMany({ where: { txid }, data: { accepted: true } });
    parts.logger.debug({ txid, refused: refusal?.detail }, 'payment handed over again');
  }
}
