/** A client of the gateways: asks one of them, chosen by chance, and records what it was told. It repairs nothing. */
import type { Random } from '@pocket/testkit/random';
import type { CallKind, History, Outcome } from './history.ts';
import { request, type Answer } from './request.ts';

/** A signed transaction. */
export interface Signed {
  readonly txid: string;
  readonly hex: string;
}

export interface ClientOptions {
  /** The gateways' addresses. */
  readonly gateways: readonly string[];
  readonly history: History;
  readonly random: Random;
}

/** A person would have given up. */
const WITHIN_MS = 20_000;

export class Client {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** A payment by a wallet of the system; `amount` in whole units. */
  send(from: string, to: string, amount: number): Promise<Outcome> {
    return this.#one('send', '/api/send', { from, to, amount });
  }

  mine(address: string, txAmount: number): Promise<Outcome> {
    return this.#one('mine', '/api/mine_block', { address, txAmount });
  }

  submitBlock(hex: string): Promise<Outcome> {
    return this.#one('block', '/v1/blocks', { hex });
  }

  operate(verdict: 'invalidate' | 'reconsider', blockHash: string): Promise<Outcome> {
    return this.#one(verdict, `/v1/blocks/${blockHash}/${verdict}`);
  }

  submitTransaction({ txid, hex }: Signed): Promise<Outcome> {
    return this.#one('transaction', '/v1/transactions', { hex }, txid);
  }

  /** All in one request; each has an outcome of its own. */
  async submitTransactions(transactions: readonly Signed[]): Promise<Outcome[]> {
    const body = transactions.map(({ hex }) => ({ hex }));
    const asked = await this.#ask('/v1/transactions', body);
    const items = asked.answer?.status === 207 ? (asked.answer.body as { status: number }[]) : [];
    return transactions.map(({ txid }, index) => {
      const item = items[index];
      const answer = item === undefined ? asked.answer : { status: item.status, body: item };
      return this.#record('transaction', { ...asked, answer }, txid);
    });
  }

  async #one(kind: CallKind, path: string, body?: object, txid?: string): Promise<Outcome> {
    return this.#record(kind, await this.#ask(path, body), txid);
  }

  async #ask(path: string, body: object | undefined): Promise<Asked> {
    const { gateways, history, random } = this.#options;
    const correlationId = history.nextCorrelationId();
    const atMs = Date.now();
    try {
      const answer = await request('POST', random.pick(gateways) + path, { body, correlationId, withinMs: WITHIN_MS });
      return { correlationId, atMs, answer, failure: '' };
    } catch (error) {
      return { correlationId, atMs, answer: undefined, failure: reasonOf(error) };
    }
  }

  #record(kind: CallKind, { correlationId, atMs, answer, failure }: Asked, txid: string | undefined): Outcome {
    const outcome: Outcome = answer === undefined ? { kind: 'unknown', reason: failure } : outcomeOf(answer);
    this.#options.history.record({ kind, correlationId, txid, atMs, status: answer?.status, outcome });
    return outcome;
  }
}

interface Asked {
  readonly correlationId: string;
  readonly atMs: number;
  readonly answer: Answer | undefined;
  /** Why there is no answer. */
  readonly failure: string;
}

/** A fault of the system says nothing about what has happened. The original's calls refuse with 200 and an error. */
export function outcomeOf({ status, body }: Answer): Outcome {
  const { error, code, detail } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const reason = [String(status), code, error, detail].filter((part) => typeof part === 'string').join(' ');
  if (status >= 500) return { kind: 'unknown', reason };
  const isRefused = status >= 400 || typeof error === 'string';
  return isRefused ? { kind: 'refused', reason } : { kind: 'accepted' };
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: unknown }; message: string };
  return typeof cause?.code === 'string' ? cause.code : message;
}
