/**
 * Which coins a payment took of those that its payer had, chosen here once more by the protocol library, and whether that
 * comes to the same transaction. Pure.
 */
import {
  buildPayment,
  encodeTransaction,
  outpointKey,
  selectCoins,
  type NamedCoin,
  type Transaction,
} from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';

/** `exact`: one coin is the amount. `largest`: the largest, one after the other, until they are enough. */
export type WhyChosen = 'exact' | 'largest';

export interface CandidateCoin {
  key: string;
  /** Base units. */
  value: bigint;
  height: number;
  /** Its place among those chosen, from 1; undefined for one that was not needed. */
  place: number | undefined;
  /** What it and those chosen before it hold together. */
  sum: bigint | undefined;
}

export interface CoinChoice {
  /** Largest first. */
  coins: CandidateCoin[];
  why: WhyChosen;
  /** Base units. */
  needed: bigint;
  chosen: bigint;
  change: bigint;
  /** Whether the transaction spends exactly these, in this order. */
  sameInputs: boolean;
  /** Whether all of it but its signatures comes out the same. */
  sameTransaction: boolean;
}

export interface MadePayment {
  amount: bigint;
  fee: bigint;
  toScript: Uint8Array;
  changeScript: Uint8Array;
}

/** No more of the largest coins are looked at: the wallet's own bound for a payment. */
export const MOST_CANDIDATES = 600;

/** undefined where these coins are not enough, so that the payer must have had others. */
export function chooseCoins(
  owned: readonly NamedCoin[],
  { amount, fee, toScript, changeScript }: MadePayment,
  transaction: Transaction,
): CoinChoice | undefined {
  const largest = owned.toSorted(largestFirst).slice(0, MOST_CANDIDATES);
  const needed = amount + fee;
  const selection = selectCoins(largest, needed);
  if (!selection.ok) return undefined;
  const { selected, change } = selection;
  const unsigned = buildPayment({ selected, toScript, amount, changeScript });
  return {
    coins: markChosen(largest, selected),
    why: change === 0n && selected.length === 1 ? 'exact' : 'largest',
    ...{ needed, chosen: needed + change, change },
    sameInputs: inputsOf(unsigned) === inputsOf(transaction),
    sameTransaction: bytesWithoutSignatures(unsigned) === bytesWithoutSignatures(transaction),
  };
}

function markChosen(largest: readonly NamedCoin[], selected: readonly NamedCoin[]): CandidateCoin[] {
  const places = new Map(selected.map(({ outpoint }, index) => [outpointKey(outpoint), index + 1]));
  const sums = selected.map((_, index) => selected.slice(0, index + 1).reduce((sum, { coin }) => sum + coin.value, 0n));
  return largest.map(({ outpoint, coin: { value, height } }) => {
    const key = outpointKey(outpoint);
    const place = places.get(key);
    return { key, value, height, place, sum: place === undefined ? undefined : sums[place - 1] };
  });
}

const inputsOf = ({ inputs }: Transaction): string => inputs.map(({ prevout }) => outpointKey(prevout)).join();

function bytesWithoutSignatures(transaction: Transaction): string {
  const inputs = transaction.inputs.map((input) => ({ ...input, scriptSig: new Uint8Array(0) }));
  return bytesToHex(encodeTransaction({ ...transaction, inputs }));
}

/** As libs/chain's selection orders them. */
function largestFirst(left: NamedCoin, right: NamedCoin): number {
  if (left.coin.value !== right.coin.value) return left.coin.value > right.coin.value ? -1 : 1;
  if (left.outpoint.txid !== right.outpoint.txid) return left.outpoint.txid < right.outpoint.txid ? -1 : 1;
  return left.outpoint.vout - right.outpoint.vout;
}
