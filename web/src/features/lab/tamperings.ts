/**
 * The ready-made tamperings: what forgers would like to do, each a change of the block and no more. The header stays as it is
 * unless the tampering is about it; mending it is somebody else's part. Pure.
 */
import {
  FINAL_SEQUENCE,
  isCoinbase,
  p2pkhHash,
  signTransaction,
  txidOf,
  type Block,
  type NamedCoin,
  type NetworkParameters,
  type Transaction,
} from '@pocket/chain';
import { equalBytes } from '@pocket/crypto';
import type { KnownCoins } from './known-coins.ts';
import { withAdded, withHeader, withoutTransaction, withSwapped, withTransaction, type LabBlock } from './lab-block.ts';
import type { LabKey } from './lab-key.ts';

export type Tampering =
  'payMore' | 'steal' | 'changeAmount' | 'swap' | 'takeOut' | 'timeBack' | 'easier' | 'duplicateLast';

/** The block to tamper with and where it stands. */
export interface Subject {
  readonly lab: LabBlock;
  readonly height: number;
  /** Of the blocks below, unix seconds. */
  readonly medianTimePast: number;
  readonly network: NetworkParameters;
  readonly coins: KnownCoins;
  /** Whom the forger pays. */
  readonly key: LabKey;
}

const EASIEST_BITS = 0x207fffff;

/** undefined where this block does not lend itself to it. */
export function tamper(tampering: Tampering, subject: Subject): LabBlock | undefined {
  return CHANGES[tampering](subject);
}

const CHANGES: Record<Tampering, (subject: Subject) => LabBlock | undefined> = {
  payMore,
  steal,
  changeAmount,
  swap,
  takeOut,
  timeBack: ({ lab, height, medianTimePast }) => (height === 0 ? undefined : withHeader(lab, { time: medianTimePast })),
  easier: ({ lab, network }) =>
    network.powLimitBits === EASIEST_BITS ? undefined : withHeader(lab, { bits: EASIEST_BITS }),
  duplicateLast,
};

export const TAMPERINGS = Object.keys(CHANGES) as Tampering[];

/** One base unit more than subsidy and fees allow, to the lab's key. */
function payMore({ lab, height, network, coins, key }: Subject): LabBlock | undefined {
  const [coinbase, ...others] = lab.block.transactions;
  if (coinbase === undefined || !isCoinbase(coinbase)) return undefined;
  const fees = others.reduce((sum, transaction) => sum + feeOf(transaction, coins), 0n);
  const value = network.subsidy(height) + fees - valueOf(coinbase.outputs) + 1n;
  if (value < 0n) return undefined;
  return withTransaction(lab, 0, {
    ...coinbase,
    outputs: [...coinbase.outputs, { value, scriptPubKey: key.script }],
  });
}

/** Somebody's coin to the lab's key, signed by the lab's key. */
function steal({ lab, height, network, coins, key }: Subject): LabBlock | undefined {
  const loot = coins.unspent.find(({ coin }) => isRipe(coin, height, network) && !isOwn(coin.scriptPubKey, key));
  if (loot === undefined) return undefined;
  const unsigned = { version: 1, inputs: [inputOf(loot)], outputs: [paid(loot, key)], lockTime: 0 };
  return withAdded(lab, signTransaction(unsigned, [loot.coin], [key.privateKey]));
}

/** Half of a payment's first amount, so that it is not too much. */
function changeAmount({ lab }: Subject): LabBlock | undefined {
  const index = lastPayment(lab.block, ({ outputs }) => (outputs[0]?.value ?? 0n) > 0n);
  const transaction = lab.block.transactions[index];
  const [first, ...others] = transaction?.outputs ?? [];
  if (transaction === undefined || first === undefined) return undefined;
  const outputs = [{ ...first, value: first.value / 2n }, ...others];
  return withTransaction(lab, index, { ...transaction, outputs });
}

/** The last two neighbours of which neither needs the other. */
function swap({ lab }: Subject): LabBlock | undefined {
  const { transactions } = lab.block;
  const index = transactions.findLastIndex((transaction, place) => {
    const next = transactions[place + 1];
    return place > 0 && next !== undefined && !spendsFrom(next, transaction);
  });
  return index === -1 ? undefined : withSwapped(lab, index);
}

/** A payment that never was, with what the miner earned by it. */
function takeOut({ lab, coins }: Subject): LabBlock | undefined {
  const { transactions } = lab.block;
  const index = lastPayment(lab.block, (candidate) => !transactions.some((other) => spendsFrom(other, candidate)));
  const [coinbase, payment] = [transactions[0], transactions[index]];
  const [first, ...others] = coinbase?.outputs ?? [];
  if (coinbase === undefined || payment === undefined || first === undefined) return undefined;
  const value = first.value - feeOf(payment, coins);
  if (value < 0n) return undefined;
  const outputs = value === first.value ? coinbase.outputs : [{ ...first, value }, ...others];
  const paidLess = outputs === coinbase.outputs ? lab : withTransaction(lab, 0, { ...coinbase, outputs });
  return withoutTransaction(paidLess, index);
}

/**
 * The last transactions once more, as many as leave the Merkle root what it was (CVE-2012-2459): on the lowest level with an
 * odd number of hashes the last one is paired with itself anyway. No such level is there where the number is a power of two.
 */
function duplicateLast({ lab }: Subject): LabBlock | undefined {
  const { transactions } = lab.block;
  const repeated = transactions.length & -transactions.length;
  if (repeated === transactions.length) return undefined;
  return withAdded(lab, ...transactions.slice(-repeated));
}

function lastPayment({ transactions }: Block, suits: (transaction: Transaction) => boolean): number {
  return transactions.findLastIndex((transaction) => !isCoinbase(transaction) && suits(transaction));
}

function feeOf(transaction: Transaction, { coinOf }: KnownCoins): bigint {
  const spent = transaction.inputs.map(({ prevout }) => coinOf(prevout) ?? { value: 0n });
  return valueOf(spent) - valueOf(transaction.outputs);
}

function valueOf(parts: readonly { value: bigint }[]): bigint {
  return parts.reduce((sum, { value }) => sum + value, 0n);
}

function spendsFrom({ inputs }: Transaction, other: Transaction): boolean {
  const txid = txidOf(other);
  return inputs.some(({ prevout }) => prevout.txid === txid);
}

function isRipe({ coinbase, height: made }: NamedCoin['coin'], height: number, network: NetworkParameters): boolean {
  return !coinbase || height >= made + network.coinbaseMaturity;
}

function isOwn(script: Uint8Array, key: LabKey): boolean {
  const [owner, own] = [p2pkhHash(script), p2pkhHash(key.script)];
  return owner !== undefined && own !== undefined && equalBytes(owner, own);
}

function inputOf({ outpoint }: NamedCoin) {
  return { prevout: outpoint, scriptSig: new Uint8Array(0), sequence: FINAL_SEQUENCE };
}

function paid({ coin: { value } }: NamedCoin, { script }: LabKey) {
  return { value, scriptPubKey: script };
}
