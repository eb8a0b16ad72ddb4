// What makes a transaction valid, first by itself, then against the coins it spends, in Bitcoin's order and words
// (Bitcoin Core, consensus/tx_check.cpp and tx_verify.cpp). Values enter as int64 and are ranged here.
// Stricter than Bitcoin in one rule: as there is no script interpreter, every output must be P2PKH (`scriptpubkey`).
import type { CoinView } from '../coin-view.ts';
import type { Coin } from '../coin.ts';
import { isCoinbase } from '../coinbase.ts';
import { MAX_MONEY, type NetworkParameters } from '../network.ts';
import { isNullOutpoint, outpointKey } from '../outpoint.ts';
import { ACCEPTED, type Accepted, type Rejection, reject } from '../rejection.ts';
import { p2pkhHash } from '../script.ts';
import { signatureHasherOf } from '../sighash.ts';
import { verifyInputBy } from '../signing.ts';
import { FINAL_SEQUENCE, type Transaction, encodeTransaction } from '../transaction.ts';

export type AcceptedInputs = { readonly ok: true; readonly fee: bigint };

/** No transaction may take more bytes than the biggest block of any network. */
const MAX_TRANSACTION_BYTES = 1_000_000;
const MIN_COINBASE_SCRIPT_BYTES = 2;
const MAX_COINBASE_SCRIPT_BYTES = 100;
/** Lock times below it are heights, from it on unix seconds. */
const LOCK_TIME_THRESHOLD = 500_000_000;

/** The rules a transaction can be held to without knowing anything else. */
export function checkTransaction(transaction: Transaction): Accepted | Rejection {
  if (transaction.inputs.length === 0)
    return reject('bad-txns-vin-empty', 'the transaction has no input, it needs one');
  if (transaction.outputs.length === 0) {
    return reject('bad-txns-vout-empty', 'the transaction has no output, it needs one');
  }
  return firstRejection(
    () => checkSize(transaction),
    () => checkOutputs(transaction),
    () => checkDuplicateInputs(transaction),
    () => (isCoinbase(transaction) ? checkCoinbaseScript(transaction) : checkNoNullPrevout(transaction)),
  );
}

/**
 * The rules about the coins a transaction spends, if it stood in a block of this height: they are in the view, mature,
 * and worth at least what it pays out. The answer holds the fee in base units. Not for a coinbase.
 */
export function checkTransactionInputs(
  transaction: Transaction,
  view: CoinView,
  height: number,
  params: NetworkParameters,
): AcceptedInputs | Rejection {
  let valueIn = 0n;
  for (const { prevout } of transaction.inputs) {
    const coin = view.get(prevout);
    if (coin === undefined) return missingOrSpent(outpointKey(prevout));
    const refusal = checkMaturity(coin, outpointKey(prevout), height, params);
    if (!refusal.ok) return refusal;
    valueIn += coin.value;
    if (!isMoney(coin.value) || !isMoney(valueIn)) return inputValuesOutOfRange(coin.value, valueIn);
  }
  return checkFee(valueIn, valueOutOf(transaction));
}

/** Whether the owners of all coins spent signed the transaction. The view must still hold these coins. */
export function checkTransactionScripts(transaction: Transaction, view: CoinView): Accepted | Rejection {
  const hasher = signatureHasherOf(transaction);
  for (const [index, { prevout }] of transaction.inputs.entries()) {
    const coin = view.get(prevout);
    const verified = coin ? verifyInputBy(hasher, transaction, index, coin) : missingOrSpent(outpointKey(prevout));
    if (!verified.ok) return verified;
  }
  return ACCEPTED;
}

/** Whether the lock time allows the transaction in a block of this height, behind blocks of this median time past. */
export function isFinal(transaction: Transaction, height: number, medianTimePast: number): boolean {
  const { lockTime, inputs } = transaction;
  const now = lockTime < LOCK_TIME_THRESHOLD ? height : medianTimePast;
  return lockTime === 0 || lockTime < now || inputs.every(({ sequence }) => sequence === FINAL_SEQUENCE);
}

/** True for an amount that can exist: 0 to MAX_MONEY base units. */
export function isMoney(value: bigint): boolean {
  return value >= 0n && value <= MAX_MONEY;
}

/** What the outputs hold together, base units. */
export function valueOutOf(transaction: Transaction): bigint {
  return transaction.outputs.reduce((sum, { value }) => sum + value, 0n);
}

/** The first no of some rules, asked in order. */
export function firstRejection(...rules: readonly (() => Accepted | Rejection)[]): Accepted | Rejection {
  for (const rule of rules) {
    const answer = rule();
    if (!answer.ok) return answer;
  }
  return ACCEPTED;
}

function checkSize(transaction: Transaction): Accepted | Rejection {
  const size = encodeTransaction(transaction).length;
  if (size <= MAX_TRANSACTION_BYTES) return ACCEPTED;
  return reject('bad-txns-oversize', `the transaction has ${size} bytes, ${MAX_TRANSACTION_BYTES} are allowed`, {
    size,
  });
}

function checkOutputs(transaction: Transaction): Accepted | Rejection {
  let total = 0n;
  for (const [index, { value, scriptPubKey }] of transaction.outputs.entries()) {
    if (value < 0n) return refusedValue('bad-txns-vout-negative', index, value, 'at least 0');
    if (value > MAX_MONEY) return refusedValue('bad-txns-vout-toolarge', index, value, `at most ${MAX_MONEY}`);
    total += value;
    if (total > MAX_MONEY) {
      return reject('bad-txns-txouttotal-toolarge', `the outputs hold ${total}, at most ${MAX_MONEY} can exist`);
    }
    if (p2pkhHash(scriptPubKey) === undefined) {
      return reject('scriptpubkey', `output ${index} is not P2PKH, the only kind there is`, { output: index });
    }
  }
  return ACCEPTED;
}

function refusedValue(
  code: 'bad-txns-vout-negative' | 'bad-txns-vout-toolarge',
  output: number,
  value: bigint,
  expected: string,
): Rejection {
  return reject(code, `output ${output} holds ${value}, it must hold ${expected}`, { output, value: value.toString() });
}

function checkDuplicateInputs(transaction: Transaction): Accepted | Rejection {
  const seen = new Set<string>();
  for (const { prevout } of transaction.inputs) {
    const key = outpointKey(prevout);
    if (seen.has(key)) {
      return reject('bad-txns-inputs-duplicate', `the output ${key} is spent twice, once is allowed`, {
        outpoint: key,
      });
    }
    seen.add(key);
  }
  return ACCEPTED;
}

function checkCoinbaseScript(transaction: Transaction): Accepted | Rejection {
  const length = transaction.inputs[0]?.scriptSig.length ?? 0;
  if (length >= MIN_COINBASE_SCRIPT_BYTES && length <= MAX_COINBASE_SCRIPT_BYTES) return ACCEPTED;
  return reject('bad-cb-length', `the coinbase's script has ${length} bytes, 2 to 100 are allowed`, { length });
}

function checkNoNullPrevout(transaction: Transaction): Accepted | Rejection {
  const index = transaction.inputs.findIndex(({ prevout }) => isNullOutpoint(prevout));
  if (index === -1) return ACCEPTED;
  return reject('bad-txns-prevout-null', `input ${index} spends the null outpoint, which only a coinbase may`, {
    input: index,
  });
}

function missingOrSpent(outpoint: string): Rejection {
  const message = `the output ${outpoint} does not exist or is already spent, an unspent one is needed`;
  return reject('bad-txns-inputs-missingorspent', message, { outpoint });
}

function checkMaturity(
  coin: Coin,
  outpoint: string,
  height: number,
  { coinbaseMaturity }: NetworkParameters,
): Accepted | Rejection {
  const spendableFrom = coin.height + coinbaseMaturity;
  if (!coin.coinbase || height >= spendableFrom) return ACCEPTED;
  const message = `the coinbase output ${outpoint} is spendable from height ${spendableFrom}, not at ${height}`;
  return reject('bad-txns-premature-spend-of-coinbase', message, { outpoint, spendableFrom });
}

function inputValuesOutOfRange(value: bigint, total: bigint): Rejection {
  const message = `an input holds ${value} and the inputs so far ${total}, at most ${MAX_MONEY} can exist`;
  return reject('bad-txns-inputvalues-outofrange', message);
}

function checkFee(valueIn: bigint, valueOut: bigint): AcceptedInputs | Rejection {
  if (valueIn >= valueOut) return { ok: true, fee: valueIn - valueOut };
  const message = `the outputs hold ${valueOut} base units, the inputs only ${valueIn}`;
  return reject('bad-txns-in-belowout', message, { valueIn: valueIn.toString(), valueOut: valueOut.toString() });
}
