// Connects a block to a coin view and takes it off again: the step in which coins come to be and are spent.
// Checks what `checkBlock` cannot without coins: that they exist, are the signers', and pay for what is paid out.
// The caller fills the view with `coinsNeededBy(block)`; the undo data is what it must keep to disconnect.
import type { Block } from '../block.ts';
import type { CoinView, NamedCoin } from '../coin-view.ts';
import type { Coin } from '../coin.ts';
import { isCoinbase } from '../coinbase.ts';
import type { NetworkParameters } from '../network.ts';
import { type Outpoint, outpointKey } from '../outpoint.ts';
import { ACCEPTED, type Accepted, type Rejection, reject } from '../rejection.ts';
import { type Transaction, txidOf } from '../transaction.ts';
import { checkTransactionInputs, checkTransactionScripts, valueOutOf } from './transaction-rules.ts';

export interface ConnectedBlock {
  readonly ok: true;
  /** The coins spent, in block order of the inputs, without the coinbase's: what `disconnectBlock` needs. */
  readonly undo: Coin[];
  /** What all inputs exceed all outputs by, base units. */
  readonly fees: bigint;
}

/** One transaction that has been applied to a view, with the outputs it created and the coins it spent. */
interface AppliedTransaction {
  readonly created: readonly Outpoint[];
  readonly spent: readonly NamedCoin[];
}

/**
 * Spends and adds the coins of a block that passed `checkBlock`, transaction by transaction, so that later ones may
 * spend earlier ones' outputs. On a refusal the view is as it was.
 */
export function connectBlock(
  view: CoinView,
  block: Block,
  height: number,
  params: NetworkParameters,
): ConnectedBlock | Rejection {
  const applied: AppliedTransaction[] = [];
  let fees = 0n;
  const refused = (rejection: Rejection) => {
    revertAll(view, applied);
    return rejection;
  };
  for (const transaction of block.transactions) {
    const checked = checkInView(transaction, view, height, params);
    if (!checked.ok) return refused(checked);
    const created = createdCoins(transaction, height);
    const overwritten = checkNothingOverwritten(created, view);
    if (!overwritten.ok) return refused(overwritten);
    applied.push(apply(transaction, created, view));
    fees += checked.fee;
  }
  const reward = checkReward(block, params.subsidy(height) + fees);
  if (!reward.ok) return refused(reward);
  return { ok: true, undo: applied.flatMap(({ spent }) => spent.map(({ coin }) => coin)), fees };
}

/**
 * Takes the tip off the view: removes the coins the block created and puts back those it spent.
 * Throws when the view or the undo data is not that of this block, which no input from outside can bring about.
 */
export function disconnectBlock(view: CoinView, block: Block, undo: readonly Coin[]): void {
  let left = undo.length;
  for (const transaction of [...block.transactions].reverse()) {
    const prevouts = prevoutsOf(transaction);
    left -= prevouts.length;
    const spent = prevouts.map((outpoint, index) => ({ outpoint, coin: undoCoin(undo, left + index) }));
    revert(view, { created: createdOutpoints(transaction), spent });
  }
  if (left !== 0) throw new Error(`undo data: ${left} coins are left over`);
}

/** The coins the block's transaction creates at this height. */
export function createdCoins(transaction: Transaction, height: number): NamedCoin[] {
  const txid = txidOf(transaction);
  const coinbase = isCoinbase(transaction);
  return transaction.outputs.map(({ value, scriptPubKey }, vout) => ({
    outpoint: { txid, vout },
    coin: { value, scriptPubKey, height, coinbase },
  }));
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

function checkInView(
  transaction: Transaction,
  view: CoinView,
  height: number,
  params: NetworkParameters,
): { readonly ok: true; readonly fee: bigint } | Rejection {
  if (isCoinbase(transaction)) return { ok: true, fee: 0n };
  const inputs = checkTransactionInputs(transaction, view, height, params);
  if (!inputs.ok) return inputs;
  const scripts = checkTransactionScripts(transaction, view);
  return scripts.ok ? inputs : scripts;
}

function checkNothingOverwritten(created: readonly NamedCoin[], view: CoinView): Accepted | Rejection {
  const existing = created.find(({ outpoint }) => view.has(outpoint));
  if (existing === undefined) return ACCEPTED;
  const outpoint = outpointKey(existing.outpoint);
  return reject('bad-txns-BIP30', `the output ${outpoint} exists already and is unspent`, { outpoint });
}

function checkReward(block: Block, allowed: bigint): Accepted | Rejection {
  const [coinbase] = block.transactions;
  const claimed = coinbase === undefined ? 0n : valueOutOf(coinbase);
  if (claimed <= allowed) return ACCEPTED;
  const message = `the coinbase pays out ${claimed} base units, subsidy and fees are ${allowed}`;
  return reject('bad-cb-amount', message, { claimed: claimed.toString(), allowed: allowed.toString() });
}

function apply(transaction: Transaction, created: readonly NamedCoin[], view: CoinView): AppliedTransaction {
  const spent = prevoutsOf(transaction).flatMap((outpoint) => {
    const coin = view.spend(outpoint);
    return coin === undefined ? [] : [{ outpoint, coin }];
  });
  for (const { outpoint, coin } of created) view.add(outpoint, coin);
  return { created: created.map(({ outpoint }) => outpoint), spent };
}

function revertAll(view: CoinView, applied: readonly AppliedTransaction[]): void {
  for (const transaction of [...applied].reverse()) revert(view, transaction);
}

function revert(view: CoinView, { created, spent }: AppliedTransaction): void {
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
  return transaction.outputs.map((_, vout) => ({ txid, vout }));
}

/** What a transaction spends: nothing for a coinbase. */
function prevoutsOf(transaction: Transaction): Outpoint[] {
  return isCoinbase(transaction) ? [] : transaction.inputs.map(({ prevout }) => prevout);
}
