// Which coins pay an amount, and the unsigned transaction that spends them.
// Deterministic: the same coins and amount always give the same payment, in whatever order the coins came.
import type { NamedCoin } from './coin-view.ts';
import { FINAL_SEQUENCE, type Transaction, type TransactionOutput } from './transaction.ts';

export type CoinSelection =
  | { readonly ok: true; readonly selected: readonly NamedCoin[]; readonly change: bigint }
  | {
      readonly ok: false;
      readonly code: 'insufficient-funds';
      readonly message: string;
      /** What all candidates hold together, base units. */
      readonly available: bigint;
    };

export interface Payment {
  readonly selected: readonly NamedCoin[];
  /** The scriptPubKey paid to. */
  readonly toScript: Uint8Array;
  readonly amount: bigint;
  /** The scriptPubKey that gets back what the amount leaves. */
  readonly changeScript: Uint8Array;
}

/**
 * Coins of at least `amount` base units: one of exactly the amount if there is one, else the largest first,
 * equal ones by txid and index. Throws RangeError for an amount below 1.
 */
export function selectCoins(candidates: readonly NamedCoin[], amount: bigint): CoinSelection {
  if (amount < 1n) throw new RangeError(`amount: expected at least 1 base unit, got ${amount}`);
  const ordered = [...candidates].sort(largestFirst);
  const exact = ordered.find(({ coin }) => coin.value === amount);
  if (exact !== undefined) return { ok: true, selected: [exact], change: 0n };
  return takeUntil(ordered, amount);
}

/** The unsigned transaction: inputs as selected, the payment first, the change, if any, behind it. Throws RangeError. */
export function buildPayment({ selected, toScript, amount, changeScript }: Payment): Transaction {
  const change = valueOf(selected) - amount;
  if (change < 0n) throw new RangeError(`payment: the coins are ${-change} base units short of the amount`);
  const outputs: TransactionOutput[] = [{ value: amount, scriptPubKey: toScript }];
  if (change > 0n) outputs.push({ value: change, scriptPubKey: changeScript });
  return {
    version: 1,
    inputs: selected.map(({ outpoint }) => ({
      prevout: outpoint,
      scriptSig: new Uint8Array(0),
      sequence: FINAL_SEQUENCE,
    })),
    outputs,
    lockTime: 0,
  };
}

function takeUntil(ordered: readonly NamedCoin[], amount: bigint): CoinSelection {
  const selected: NamedCoin[] = [];
  let available = 0n;
  for (const candidate of ordered) {
    selected.push(candidate);
    available += candidate.coin.value;
    if (available >= amount) return { ok: true, selected, change: available - amount };
  }
  const message = `the coins hold ${available} base units, ${amount} are needed`;
  return { ok: false, code: 'insufficient-funds', message, available };
}

function largestFirst(left: NamedCoin, right: NamedCoin): number {
  if (left.coin.value !== right.coin.value) return left.coin.value > right.coin.value ? -1 : 1;
  if (left.outpoint.txid !== right.outpoint.txid) return left.outpoint.txid < right.outpoint.txid ? -1 : 1;
  return left.outpoint.vout - right.outpoint.vout;
}

function valueOf(coins: readonly NamedCoin[]): bigint {
  return coins.reduce((sum, { coin }) => sum + coin.value, 0n);
}
