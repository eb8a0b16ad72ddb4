// What makes a transaction valid, first by itself, then against the coins it spends, in Bitcoin's order and words
// (Bitcoin Core, consensus/tx_check.cpp and tx_verify.cpp). Values enter as int64 and are ranged here.
// Stricter than Bitcoin in one rule: as there is no script interpreter, every output must be P2PKH
// (`scriptpubkey`), which is asked last, so that what Bitcoin refuses has Bitcoin's reason.
import { bytesToHex } from '@pocket/crypto';
import type { CoinView } from '../coin-view.ts';
import type { Coin } from '../coin.ts';
import { isCoinbase } from '../coinbase.ts';
import { MAX_MONEY, type NetworkParameters } from '../network.ts';
import { NULL_OUTPOINT, type Outpoint, isNullOutpoint, outpointKey } from '../outpoint.ts';
import { ACCEPTED, type Accepted, type Rejection, reject } from '../rejection.ts';
import { isP2pkhScript } from '../script.ts';
import { signatureHasherOf } from '../sighash.ts';
import { verifyInputBy } from '../signing.ts';
import { FINAL_SEQUENCE, type Transaction, transactionSize } from '../transaction.ts';

export type AcceptedInputs = { readonly ok: true; readonly fee: bigint };

/** No transaction may take more bytes than the biggest block of any network. */
const MAX_TRANSACTION_BYTES = 1_000_000;
const MIN_COINBASE_SCRIPT_BYTES = 2;
const MAX_COINBASE_SCRIPT_BYTES = 100;
const SHOWN_SCRIPT_BYTES = 40;
/** Lock times below it are heights, from it on unix seconds. */
const LOCK_TIME_THRESHOLD = 500_000_000;

/** The rules a transaction can be held to without knowing anything else. */
export function checkTransaction(transaction: Transaction): Accepted | Rejection {
  return firstRejection(
    () => checkNotEmpty(transaction),
    () => checkSize(transaction),
    () => checkOutputValues(transaction),
    () => checkDuplicateInputs(transaction),
    () => (isCoinbase(transaction) ? checkCoinbaseScript(transaction) : checkNoNullPrevout(transaction)),
    () => checkOutputScripts(transaction),
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
  for (const [input, { prevout }] of transaction.inputs.entries()) {
    const coin = view.get(prevout);
    if (coin === undefined) return missingOrSpent(input, outpointKey(prevout));
    const refusal = checkMaturity(coin, prevout, height, params);
    if (!refusal.ok) return { ...refusal, details: { ...refusal.details, input } };
    valueIn += coin.value;
    if (!isMoney(coin.value)) return inputValuesOutOfRange(input, coin.value);
    if (!isMoney(valueIn)) return inputValuesOutOfRange(input, valueIn);
  }
  return checkFee(valueIn, valueOutOf(transaction));
}

/** Whether the owners of all coins spent signed the transaction. The view must still hold these coins. */
export function checkTransactionScripts(transaction: Transaction, view: CoinView): Accepted | Rejection {
  return checkScripts(
    transaction,
    transaction.inputs.map(({ prevout }) => view.get(prevout)),
  );
}

/** As `checkTransactionScripts`, with the coins in the order of the inputs. */
export function checkScripts(transaction: Transaction, coins: readonly (Coin | undefined)[]): Accepted | Rejection {
  const hasher = signatureHasherOf(transaction);
  for (const [index, { prevout }] of transaction.inputs.entries()) {
    const coin = coins[index];
    const verified = coin
      ? verifyInputBy(hasher, transaction, index, coin)
      : missingOrSpent(index, outpointKey(prevout));
    if (!verified.ok) return verified;
  }
  return ACCEPTED;
}

/** `bad-txns-nonfinal` for a transaction that is not final, see `isFinal`. */
export function checkFinal(transaction: Transaction, height: number, medianTimePast: number): Accepted | Rejection {
  if (isFinal(transaction, height, medianTimePast)) return ACCEPTED;
  const { lockTime: found } = transaction;
  const byHeight = found < LOCK_TIME_THRESHOLD;
  const expected = `below ${byHeight ? height : medianTimePast}`;
  const what = byHeight ? 'its height' : 'the median time past';
  return reject('bad-txns-nonfinal', `the lock time is ${found}, ${what} wants one ${expected}`, { found, expected });
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

function checkNotEmpty({ inputs, outputs }: Transaction): Accepted | Rejection {
  const [found, expected] = [0, 'at least 1'];
  if (inputs.length === 0) {
    return reject('bad-txns-vin-empty', `the transaction has 0 inputs, it needs ${expected}`, { found, expected });
  }
  if (outputs.length > 0) return ACCEPTED;
  return reject('bad-txns-vout-empty', `the transaction has 0 outputs, it needs ${expected}`, { found, expected });
}

function checkSize(transaction: Transaction): Accepted | Rejection {
  const found = transactionSize(transaction);
  if (found <= MAX_TRANSACTION_BYTES) return ACCEPTED;
  const expected = `at most ${MAX_TRANSACTION_BYTES}`;
  return reject('bad-txns-oversize', `the transaction has ${found} bytes, it may have ${expected}`, {
    found,
    expected,
  });
}

function checkOutputValues({ outputs }: Transaction): Accepted | Rejection {
  let total = 0n;
  for (const [output, { value }] of outputs.entries()) {
    if (value < 0n) return refusedValue('bad-txns-vout-negative', output, value, 'at least 0');
    if (value > MAX_MONEY) return refusedValue('bad-txns-vout-toolarge', output, value, `at most ${MAX_MONEY}`);
    total += value;
    if (total > MAX_MONEY) return refusedTotal(output, total);
  }
  return ACCEPTED;
}

function refusedValue(
  code: 'bad-txns-vout-negative' | 'bad-txns-vout-toolarge',
  output: number,
  value: bigint,
  expected: string,
): Rejection {
  const found = value.toString();
  return reject(code, `output ${output} holds ${found}, it must hold ${expected}`, { found, expected, output });
}

function refusedTotal(output: number, total: bigint): Rejection {
  const [found, expected] = [total.toString(), `at most ${MAX_MONEY}`];
  const message = `the outputs up to ${output} hold ${found}, there can be ${expected}`;
  return reject('bad-txns-txouttotal-toolarge', message, { found, expected, output });
}

function checkDuplicateInputs({ inputs }: Transaction): Accepted | Rejection {
  const seen = new Set<string>();
  for (const [input, { prevout }] of inputs.entries()) {
    const found = outpointKey(prevout);
    if (seen.has(found)) {
      const expected = 'an output that no other input spends';
      const message = `input ${input} spends ${found} again, it must spend ${expected}`;
      return reject('bad-txns-inputs-duplicate', message, { found, expected, input });
    }
    seen.add(found);
  }
  return ACCEPTED;
}

function checkCoinbaseScript({ inputs }: Transaction): Accepted | Rejection {
  const found = inputs[0]?.scriptSig.length ?? 0;
  if (found >= MIN_COINBASE_SCRIPT_BYTES && found <= MAX_COINBASE_SCRIPT_BYTES) return ACCEPTED;
  const expected = `${MIN_COINBASE_SCRIPT_BYTES} to ${MAX_COINBASE_SCRIPT_BYTES}`;
  return reject('bad-cb-length', `the coinbase's script has ${found} bytes, it must have ${expected}`, {
    found,
    expected,
  });
}

function checkNoNullPrevout({ inputs }: Transaction): Accepted | Rejection {
  const input = inputs.findIndex(({ prevout }) => isNullOutpoint(prevout));
  if (input === -1) return ACCEPTED;
  const [found, expected] = [outpointKey(NULL_OUTPOINT), 'an output of a transaction'];
  const message = `input ${input} spends ${found} as only a coinbase may, it must spend ${expected}`;
  return reject('bad-txns-prevout-null', message, { found, expected, input });
}

function checkOutputScripts({ outputs }: Transaction): Accepted | Rejection {
  const output = outputs.findIndex(({ scriptPubKey }) => !isP2pkhScript(scriptPubKey));
  const script = outputs[output]?.scriptPubKey;
  if (script === undefined) return ACCEPTED;
  const [found, expected] = [shownScript(script), 'a P2PKH script'];
  return reject(
    'scriptpubkey',
    `the script of output ${output} is ${found}, it must be ${expected}, the only kind there is`,
    {
      found,
      expected,
      output,
    },
  );
}

/** A script may be as long as a block; its beginning shows what it is. */
function shownScript(script: Uint8Array): string {
  if (script.length === 0) return 'no bytes';
  return bytesToHex(script.subarray(0, SHOWN_SCRIPT_BYTES)) + (script.length > SHOWN_SCRIPT_BYTES ? '…' : '');
}

function missingOrSpent(input: number, outpoint: string): Rejection {
  const expected = 'an unspent output';
  const message = `input ${input} spends ${outpoint}, which does not exist or is already spent; it must spend ${expected}`;
  return reject('bad-txns-inputs-missingorspent', message, { found: outpoint, expected, input, outpoint });
}

function checkMaturity(
  coin: Coin,
  prevout: Outpoint,
  height: number,
  { coinbaseMaturity }: NetworkParameters,
): Accepted | Rejection {
  const spendableFrom = coin.height + coinbaseMaturity;
  if (!coin.coinbase || height >= spendableFrom) return ACCEPTED;
  const [outpoint, expected] = [outpointKey(prevout), `at least ${spendableFrom}`];
  const message = `the coinbase output ${outpoint} is spent at height ${height}, which must be ${expected}`;
  return reject('bad-txns-premature-spend-of-coinbase', message, { found: height, expected, outpoint });
}

function inputValuesOutOfRange(input: number, value: bigint): Rejection {
  const [found, expected] = [value.toString(), `0 to ${MAX_MONEY}`];
  const message = `the inputs up to ${input}, or this one, hold ${found}, there can be ${expected}`;
  return reject('bad-txns-inputvalues-outofrange', message, { found, expected, input });
}

function checkFee(valueIn: bigint, valueOut: bigint): AcceptedInputs | Rejection {
  if (valueIn >= valueOut) return { ok: true, fee: valueIn - valueOut };
  const [found, expected] = [valueOut.toString(), `at most ${valueIn}`];
  const message = `the outputs hold ${found} base units, the inputs allow ${expected}`;
  return reject('bad-txns-in-belowout', message, { found, expected });
}
