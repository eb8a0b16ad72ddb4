/**
 * What this node keeps waiting although consensus would allow more: size, form, fees, replacement, chains and bounds, as
 * Bitcoin Core does it and in its words. Not consensus: a block may break any of these rules.
 * Left out: dust, because free outputs of one unit exist here; BIP 125's first rule, because Bitcoin Core no longer asks
 * for it either: whatever waits may be replaced, signalled or not.
 */
import { outpointKey, type Outpoint, type RejectionDetails, type Transaction } from '@pocket/chain';
import { feeRateOf, totalOf, walk, type Payment, type Pool, type PoolEntry, type Waiting } from './pool.ts';

export type PolicyCode =
  | 'coinbase'
  | 'version'
  | 'tx-size'
  | 'scriptsig-size'
  | 'txn-already-known'
  | 'min relay fee not met'
  | 'txn-mempool-conflict'
  | 'bad-txns-spends-conflicting-tx'
  | 'replacement-adds-unconfirmed'
  | 'too many potential replacements'
  | 'insufficient fee'
  | 'too-long-mempool-chain'
  | 'mempool full'
  | 'replaced'
  | 'expired';

export interface PolicyRejection {
  ok: false;
  code: PolicyCode;
  message: string;
  details: RejectionDetails;
}
type Verdict = PolicyRejection | { ok: true };

/** What an operator may choose. */
export interface PoolPolicy {
  /** Base units for 1,000 bytes. */
  minFeeRate: bigint;
  maxPoolBytes: number;
  /** Hours after which a transaction no longer waits. */
  expiryHours: number;
}

export const DEFAULT_POLICY: PoolPolicy = { minFeeRate: 0n, maxPoolBytes: 50_000_000, expiryHours: 336 };

export const MAX_POOL_TRANSACTIONS = 50_000;
export const MAX_TRANSACTION_BYTES = 100_000;
export const MAX_SCRIPT_SIG_BYTES = 1_650;
export const MIN_VERSION = 1;
export const MAX_VERSION = 2;
/** A transaction with all waiting ones it needs, and with all that need it: itself counts. */
export const MAX_CHAIN_TRANSACTIONS = 25;
export const MAX_CHAIN_BYTES = 101_000;
/** What was in a block is let in again behind longer chains: a wallet may have paid in each block that was left. */
export const MAX_RETURNED_CHAIN_TRANSACTIONS = 1_000;
export const MAX_REPLACED_TRANSACTIONS = 100;
/** What a replacement must pay for its own bytes, on top of what it replaces. Base units a byte. */
export const INCREMENTAL_FEE_RATE = 1n;

const RATE_BYTES = 1_000n;
const OK = { ok: true } as const;

export function refuse(code: PolicyCode, message: string, details: RejectionDetails): PolicyRejection {
  return { ok: false, code, message, details };
}

/** The form of a transaction, looked at alone. */
export function checkStandard({ version, inputs }: Transaction, sizeBytes: number): Verdict {
  if (version < MIN_VERSION || version > MAX_VERSION)
    return refused('version', 'the transaction has version', version, `${MIN_VERSION} or ${MAX_VERSION}`);
  if (sizeBytes > MAX_TRANSACTION_BYTES)
    return refused('tx-size', 'the transaction has this many bytes:', sizeBytes, `at most ${MAX_TRANSACTION_BYTES}`);
  const input = inputs.findIndex(({ scriptSig }) => scriptSig.length > MAX_SCRIPT_SIG_BYTES);
  const length = inputs[input]?.scriptSig.length;
  if (length === undefined) return OK;
  const expected = `at most ${MAX_SCRIPT_SIG_BYTES}`;
  return refused('scriptsig-size', `the script of input ${input} has this many bytes:`, length, expected, { input });
}

/** What a transaction must pay to wait at all. */
export function checkMinFee({ fee, sizeBytes }: Payment, { minFeeRate }: PoolPolicy): Verdict {
  const wanted = (minFeeRate * BigInt(sizeBytes) + RATE_BYTES - 1n) / RATE_BYTES;
  if (fee >= wanted) return OK;
  return refused('min relay fee not met', `the fee for ${sizeBytes} bytes is`, fee, `at least ${wanted}`);
}

/** The waiting transactions that spend a coin of this one, each once. */
export function conflictsOf({ inputs }: Transaction, pool: Pool): Set<PoolEntry> {
  return new Set(inputs.flatMap(({ prevout }) => pool.spenderOf(prevout) ?? []));
}

/**
 * Whether `newcomer` may take the place of `conflicts` and of all that needs them (BIP 125, rules 2 to 5; and, as in
 * Bitcoin Core, it must pay a better rate than each of those it conflicts with, or a miner would lose by it).
 */
export function checkReplacement(newcomer: Waiting, conflicts: Set<PoolEntry>, pool: Pool): Verdict {
  const [first] = conflicts;
  if (first === undefined) return OK;
  if (newcomer.fee === 0n) return conflictWith(first, newcomer.transaction);
  const ancestors = walk(parentsOf(newcomer.transaction, pool), 'parents');
  const needed = [...conflicts].find((entry) => ancestors.has(entry));
  if (needed !== undefined) {
    const expected = 'outputs of others than those it replaces';
    return refused('bad-txns-spends-conflicting-tx', 'the transaction needs outputs of', needed.txid, expected);
  }
  const replaced = walk(conflicts, 'children', MAX_REPLACED_TRANSACTIONS + 1);
  if (replaced.size > MAX_REPLACED_TRANSACTIONS) {
    const text = 'the transaction would replace this many, or more:';
    return refused('too many potential replacements', text, replaced.size, `at most ${MAX_REPLACED_TRANSACTIONS}`);
  }
  const unconfirmed = checkNoNewUnconfirmed(newcomer, conflicts, pool);
  return unconfirmed.ok ? checkReplacementFee(newcomer, conflicts, replaced) : unconfirmed;
}

function conflictWith(entry: PoolEntry, { inputs }: Transaction): PolicyRejection {
  const input = inputs.findIndex(({ prevout }) =>
    entry.transaction.inputs.some((other) => isSame(other.prevout, prevout)),
  );
  const prevout = inputs[input]?.prevout;
  const found = prevout === undefined ? entry.txid : outpointKey(prevout);
  const expected = 'a coin that no waiting transaction spends, or the transaction pay a fee';
  const text = `input ${input} spends what the waiting transaction ${entry.txid} spends already:`;
  return refused('txn-mempool-conflict', text, found, expected, { input, conflict: entry.txid });
}

/** Rule 2. */
function checkNoNewUnconfirmed({ transaction }: Waiting, conflicts: Set<PoolEntry>, pool: Pool): Verdict {
  const known = new Set([...conflicts].flatMap((entry) => [...entry.parents]));
  const input = transaction.inputs.findIndex(({ prevout }) => {
    const parent = pool.get(prevout.txid);
    return parent !== undefined && !known.has(parent);
  });
  const prevout = transaction.inputs[input]?.prevout;
  if (prevout === undefined) return OK;
  const text = `input ${input} of the replacement spends the unconfirmed output`;
  const expected = 'confirmed ones, or such as the replaced transactions spend';
  return refused('replacement-adds-unconfirmed', text, outpointKey(prevout), expected, { input });
}

/** Rules 3 and 4. */
function checkReplacementFee(newcomer: Waiting, conflicts: Set<PoolEntry>, replaced: Set<PoolEntry>): Verdict {
  const dearest = [...conflicts].reduce((left, right) => (feeRateOf(right) > feeRateOf(left) ? right : left));
  if (feeRateOf(newcomer) <= feeRateOf(dearest)) {
    const expected = `more than the ${shownRate(dearest, 'up')} of ${dearest.txid}`;
    const text = 'the replacement pays this many base units for 1,000 bytes:';
    return refused('insufficient fee', text, shownRate(newcomer), expected);
  }
  const wanted = totalOf(replaced).fee + INCREMENTAL_FEE_RATE * BigInt(newcomer.sizeBytes);
  if (newcomer.fee >= wanted) return OK;
  return refused('insufficient fee', 'the fee of the replacement is', newcomer.fee, `at least ${wanted}`);
}

/** The bounds of chains of waiting transactions, once those that the newcomer replaces have gone. */
export function checkChains({ transaction, sizeBytes }: Waiting, pool: Pool): Verdict {
  const parents = parentsOf(transaction, pool);
  if (parents.length === 0) return OK;
  const ancestors = walk(parents, 'parents', MAX_CHAIN_TRANSACTIONS + 1);
  const needed = checkChain('with those it needs', ancestors, sizeBytes);
  if (!needed.ok) return needed;
  for (const ancestor of ancestors) {
    const descendants = walk([ancestor], 'children', MAX_CHAIN_TRANSACTIONS + 1);
    const around = checkChain(`with those that need ${ancestor.txid}`, descendants, sizeBytes);
    if (!around.ok) return around;
  }
  return OK;
}

function checkChain(what: string, others: Set<PoolEntry>, newcomerBytes: number): Verdict {
  const count = others.size + 1;
  if (count > MAX_CHAIN_TRANSACTIONS) {
    const expected = `at most ${MAX_CHAIN_TRANSACTIONS} transactions`;
    return refused('too-long-mempool-chain', `the transaction ${what} makes a chain of`, count, expected);
  }
  const bytes = totalOf(others).sizeBytes + newcomerBytes;
  if (bytes <= MAX_CHAIN_BYTES) return OK;
  const expected = `at most ${MAX_CHAIN_BYTES} bytes`;
  return refused('too-long-mempool-chain', `the transaction ${what} makes a chain of`, bytes, expected);
}

/** For a transaction that comes back from a block: only what no wallet does is too long. */
export function checkReturnedChain({ transaction }: Waiting, pool: Pool): Verdict {
  const limit = MAX_RETURNED_CHAIN_TRANSACTIONS;
  const count = walk(parentsOf(transaction, pool), 'parents', limit).size + 1;
  if (count <= limit) return OK;
  return refused('too-long-mempool-chain', 'the transaction and those it needs are', count, `at most ${limit}`);
}

export function isFull(pool: Pool, { maxPoolBytes }: PoolPolicy): boolean {
  return pool.size > MAX_POOL_TRANSACTIONS || pool.sizeBytes > maxPoolBytes;
}

/**
 * Base units for 1,000 bytes, exact to three decimals. What was found is rounded down and what must be exceeded up, so
 * that a sentence with both is true.
 */
export function shownRate({ fee, sizeBytes }: Payment, rounded: 'down' | 'up' = 'down'): string {
  const size = BigInt(sizeBytes);
  const thousandths = (fee * RATE_BYTES * 1_000n + (rounded === 'up' ? size - 1n : 0n)) / size;
  const decimals = (thousandths % 1_000n).toString().padStart(3, '0').replace(/0+$/, '');
  return `${thousandths / 1_000n}${decimals === '' ? '' : `.${decimals}`}`;
}

/** Waiting transactions whose outputs a transaction spends. */
function parentsOf({ inputs }: Transaction, pool: Pool): PoolEntry[] {
  return inputs.flatMap(({ prevout }) => pool.get(prevout.txid) ?? []);
}

function isSame(left: Outpoint, right: Outpoint): boolean {
  return left.vout === right.vout && left.txid === right.txid;
}

function refused(
  code: PolicyCode,
  what: string,
  found: bigint | number | string,
  expected: string,
  place: Record<string, string | number> = {},
): PolicyRejection {
  const shown = typeof found === 'bigint' ? found.toString() : found;
  return refuse(code, `${what} ${shown}, it must be ${expected}`, { found: shown, expected, ...place });
}
