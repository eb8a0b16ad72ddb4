// Connects a block to a coin view and takes it off again: the step in which coins come to be and are spent.
// Checks what `checkBlock` cannot without coins: that they exist, are the signers', and pay for what is paid out.
// The caller fills the view with `coinsNeededBy(block)`; the undo data is what it must keep to disconnect.
import type { Block } from '../block.ts';
import type { CoinView, NamedCoin } from '../coin-view.ts';
import type { Coin } from '../coin.ts';
import { isCoinbase } from '../coinbase.ts';
import { MAX_MONEY, type NetworkParameters } from '../network.ts';
import { type Outpoint, outpointKey } from '../outpoint.ts';
import { ACCEPTED, type Accepted, type Rejection, inTransaction, reject } from '../rejection.ts';
import { isP2pkhScript } from '../script.ts';
import { type Transaction, txidOf } from '../transaction.ts';
import { type AcceptedInputs, checkScripts, checkTransactionInputs, isMoney, valueOutOf } from './transaction-rules.ts';

export interface ConnectedBlock {
  readonly ok: true;
  /** The coins spent, in block order of the inputs, without the coinbase's: what `disconnectBlock` needs. */
  readonly undo: Coin[];
  /** What all inputs exceed all outputs by, base units. */
  readonly fees: bigint;
}

/** What a coinbase leaves to the miner. */
const NO_FEE: AcceptedInputs = { ok: true, fee: 0n };

/** One transaction on its way through a view, with the outputs it created and the coins it spent. */
interface AppliedTransaction {
  readonly transaction: Transaction;
  readonly created: readonly Outpoint[];
  readonly spent: readonly NamedCoin[];
}

/**
 * Spends and adds the coins of a block that passed `checkBlock`, transaction by transaction, so that later ones may
 * spend earlier ones' outputs. Signatures come last: they cost the most. On a refusal the view is as it was.
 */
export function connectBlock(
  view: CoinView,
  block: Block,
  height: number,
  params: NetworkParameters,
): ConnectedBlock | Rejection {
  const applied: AppliedTransaction[] = [];
  const connected = applyBlock(view, block, height, params, applied);
  if (!connected.ok) revertAll(view, applied);
  return connected;
}

/**
 * Takes the tip off the view: removes the coins the block created and puts back those it spent.
 * Throws when the view or the undo data is not that of this block, which no input from outside can bring about.
 */
export function disconnectBlock(view: CoinView, block: Block, undo: readonly Coin[]): void {
  const spent = spentCoins(block, undo);
  for (let index = block.transactions.length - 1; index >= 0; index--) {
    const transaction = block.transactions[index];
    if (transaction !== undefined) revert(view, { created: createdOutpoints(transaction), spent: spent[index] ?? [] });
  }
}

/**
 * The coins a transaction creates at this height. Only P2PKH outputs are coins; the only other output there can be is
 * the one in the first block of Bitcoin's own networks, which nobody can spend there either.
 */
export function createdCoins(transaction: Transaction, height: number): NamedCoin[] {
  const txid = txidOf(transaction);
  const coinbase = isCoinbase(transaction);
  return transaction.outputs.flatMap(({ value, scriptPubKey }, vout) =>
    isP2pkhScript(scriptPubKey) ? [{ outpoint: { txid, vout }, coin: { value, scriptPubKey, height, coinbase } }] : [],
  );
}

/**
 * The coins a block's transactions spend, by transaction, from its undo data.
 * Throws when the undo data is not that of this block.
 */
export function spentCoins({ transactions }: Block, undo: readonly Coin[]): NamedCoin[][] {
  let next = 0;
  const spent = transactions.map((transaction) =>
    prevoutsOf(transaction).map((outpoint) => ({ outpoint, coin: undoCoin(undo, next++) })),
  );
  if (next !== undo.length) throw new Error(`undo data: ${undo.length - next} coins are left over`);
  return spent;
}

/**
 * The outpoints to look up before `connectBlock`: those the block spends and those it creates (which must not exist),
 * each once. What is not found is simply not put into the view.
 */
export function coinsNeededBy(block: Block): Outpoint[] {
  const outpoints = block.transactions.flatMap((transaction) => [
    ...prevoutsOf(transaction),
    ...createdOutpoints(transaction),
  ]);
  return [...new Map(outpoints.map((outpoint) => [outpointKey(outpoint), outpoint])).values()];
}

/** Connects, noting in `applied` what has been done to the view until a rule says no. */
function applyBlock(
  view: CoinView,
  { transactions }: Block,
  height: number,
  params: NetworkParameters,
  applied: AppliedTransaction[],
): ConnectedBlock | Rejection {
  const created = transactions.map((transaction) => createdCoins(transaction, height));
  const fresh = checkNothingOverwritten(created, view);
  if (!fresh.ok) return fresh;
  let fees = 0n;
  for (const [index, transaction] of transactions.entries()) {
    const inputs = isCoinbase(transaction) ? NO_FEE : checkTransactionInputs(transaction, view, height, params);
    if (!inputs.ok) return inTransaction(index, inputs);
    fees += inputs.fee;
    if (!isMoney(fees)) return feesOutOfRange(fees, index);
    applied.push(apply(transaction, created[index] ?? [], view));
  }
  const reward = checkReward(transactions, params.subsidy(height) + fees);
  const answer = reward.ok ? checkAllScripts(applied) : reward;
  return answer.ok ? { ok: true, undo: applied.flatMap(({ spent }) => spent.map(({ coin }) => coin)), fees } : answer;
}

/** Bitcoin's BIP 30, asked for the whole block before any of it. */
function checkNothingOverwritten(created: readonly (readonly NamedCoin[])[], view: CoinView): Accepted | Rejection {
  for (const [index, coins] of created.entries()) {
    const existing = coins.find(({ outpoint }) => view.has(outpoint));
    if (existing === undefined) continue;
    const [found, expected] = [outpointKey(existing.outpoint), 'an output that is not there'];
    const message = `it creates ${found}, which exists and is unspent; it must create ${expected}`;
    return inTransaction(index, reject('bad-txns-BIP30', message, { found, expected, outpoint: found }));
  }
  return ACCEPTED;
}

function feesOutOfRange(fees: bigint, index: number): Rejection {
  const [found, expected] = [fees.toString(), `at most ${MAX_MONEY}`];
  const message = `the fees of the block so far are ${found}, there can be ${expected}`;
  return inTransaction(index, reject('bad-txns-accumulated-fee-outofrange', message, { found, expected }));
}

function checkReward([coinbase]: readonly Transaction[], allowed: bigint): Accepted | Rejection {
  const claimed = coinbase === undefined ? 0n : valueOutOf(coinbase);
  if (claimed <= allowed) return ACCEPTED;
  const [found, expected] = [claimed.toString(), `at most ${allowed}`];
  const message = `the coinbase pays out ${found} base units, subsidy and fees allow ${expected}`;
  return reject('bad-cb-amount', message, { found, expected, transaction: 0 });
}

function checkAllScripts(applied: readonly AppliedTransaction[]): Accepted | Rejection {
  for (const [index, { transaction, spent }] of applied.entries()) {
    if (spent.length === 0) continue;
    const coins = spent.map(({ coin }) => coin);
    const answer = checkScripts(transaction, coins);
    if (!answer.ok) return inTransaction(index, answer);
  }
  return ACCEPTED;
}

function apply(transaction: Transaction, created: readonly NamedCoin[], view: CoinView): AppliedTransaction {
  const spent = prevoutsOf(transaction).flatMap((outpoint) => {
    const coin = view.spend(outpoint);
    return coin === undefined ? [] : [{ outpoint, coin }];
  });
  for (const { outpoint, coin } of created) view.add(outpoint, coin);
  return { transaction, created: created.map(({ outpoint }) => outpoint), spent };
}

function revertAll(view: CoinView, applied: readonly AppliedTransaction[]): void {
  for (let index = applied.length - 1; index >= 0; index--) {
    const step = applied[index];
    if (step !== undefined) revert(view, step);
  }
}

function revert(view: CoinView, { created, spent }: Pick<AppliedTransaction, 'created' | 'spent'>): void {
  for (const outpoint of created) {
    if (view.spend(outpoint) === undefined) throw new Error(`coin view: ${outpointKey(outpoint)} is not there`);
  }
  for (const { outpoint, coin } of spent) view.add(outpoint, coin);
}

function undoCoin(undo: readonly Coin[], index: number): Coin {
  const coin = undo[index];
  if (coin === undefined) throw new Error('undo data: there are fewer coins than the block spent');
  return coin;
}

function createdOutpoints(transaction: Transaction): Outpoint[] {
  const txid = txidOf(transaction);
  return transaction.outputs.flatMap(({ scriptPubKey }, vout) => (isP2pkhScript(scriptPubKey) ? [{ txid, vout }] : []));
}

/** What a transaction spends: nothing for a coinbase. */
function prevoutsOf(transaction: Transaction): Outpoint[] {
  return isCoinbase(transaction) ? [] : transaction.inputs.map(({ prevout }) => prevout);
}
