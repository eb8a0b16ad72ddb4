/** What the pool's tests are told in: pools with coins and waiting transactions, chains that grow and are left, commands. */
import {
  blockHashOf,
  CoinView,
  connectBlock,
  encodeTransaction,
  networks,
  txidOf,
  type Block,
  type Coin,
  type NamedCoin,
  type NetworkParameters,
  type Transaction,
  type Txid,
} from '@pocket/chain';
import type { CandidateQuery, PoolEvent } from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import { scenario } from '@pocket/eventstore/scenario';
import { mineOn, ownerOf, spend, tipOf, type Owner } from '@pocket/testkit/builders';
import type { FollowBlock, PoolCommand, PoolReply, SubmitTransaction, UnfollowBlock } from '../src/domain/commands.ts';
import { decide } from '../src/domain/decide.ts';
import { DEFAULT_POLICY, type PoolPolicy } from '../src/domain/policy.ts';
import type { Pool, Waiting } from '../src/domain/pool.ts';
import { emptyPool, evolve, type PoolState } from '../src/domain/state.ts';

export const [alice, bob, carol] = [ownerOf(1), ownerOf(2), ownerOf(3)];
export const NOW = 1_700_000_000_000;
/** All that a block may hold, first come first served. */
export const ANY: CandidateQuery = {
  limit: 1_000,
  maxSizeBytes: 1_000_000,
  maxSignatureOperations: 19_900,
  order: 'arrival',
  explain: false,
};

export const hexOf = (transaction: Transaction): string => bytesToHex(encodeTransaction(transaction));

/** The output of a transaction as a coin that somebody may spend. */
export function outputOf(transaction: Transaction, vout: number): NamedCoin {
  const output = transaction.outputs[vout];
  if (output === undefined) throw new RangeError(`there is no output ${vout}`);
  return { outpoint: { txid: txidOf(transaction), vout }, coin: { ...output, height: 1, coinbase: false } };
}

export function waiting(transaction: Transaction, changes: Partial<Waiting> = {}): Waiting {
  const sizeBytes = encodeTransaction(transaction).length;
  const { receivedAt = NOW } = changes;
  const facts = { fee: 0n, sizeBytes, receivedAt, waitingSince: receivedAt, coinbaseHeight: undefined };
  return { txid: txidOf(transaction), transaction, ...facts, ...changes };
}

export interface Scene {
  coins?: NamedCoin[];
  /** Transactions that wait, in the order of their arrival. */
  waits?: Waiting[];
  policy?: Partial<PoolPolicy>;
  network?: NetworkParameters;
  tip?: Partial<PoolState['tip']>;
}

export function stateOf({ coins = [], waits = [], network = networks.pocket, tip = {} }: Scene): PoolState {
  const state = emptyPool();
  state.tip = { ...state.tip, network, ...tip };
  state.coins = new CoinView(coins);
  for (const each of waits) state.pool.add(each);
  return state;
}

/** A pool in this scene: `.when(commands).thenReply(…)`. */
export function pool(scene: Scene = {}) {
  const policy = { ...DEFAULT_POLICY, ...scene.policy };
  return scenario<PoolCommand, PoolState, PoolReply, PoolEvent>({
    initial: () => stateOf(scene),
    evolve: (state, event) => evolve(state, event),
    decide: (command, state) => decide(command, state, policy),
  });
}

export function submit(transaction: Transaction, now = NOW): SubmitTransaction {
  return { type: 'SubmitTransaction', ...submissionOf(transaction), now };
}

export function submissionOf(transaction: Transaction) {
  return { transaction, txid: txidOf(transaction), hex: hexOf(transaction) };
}

/** A transaction of these coins that leaves `fee` to the miner and pays the rest back to its owner in one output. */
export function payFee(fee: bigint, coins: NamedCoin[], owner: Owner = alice): Transaction {
  return spend(coins, owner, [owner, coins.reduce((sum, { coin }) => sum + coin.value, 0n) - fee]);
}

/** `length` transactions, each of which spends the one output of the one before. */
export function chainFrom(first: NamedCoin, length: number, owner: Owner = alice): Transaction[] {
  const chain: Transaction[] = [];
  for (let coin = first; chain.length < length;) {
    const next = payFee(0n, [coin], owner);
    chain.push(next);
    coin = outputOf(next, 0);
  }
  return chain;
}

/** A chain of blocks that really spend each other's coins; what it mines can be followed and left. */
export class TestChain {
  readonly blocks: { block: Block; undo: Coin[]; height: number }[] = [];
  readonly view: CoinView;
  readonly network: NetworkParameters;

  constructor(coins: NamedCoin[] = [], network: NetworkParameters = networks.pocket) {
    this.view = new CoinView(coins);
    this.network = network;
  }

  /** Another chain that has the first blocks in common with this one. */
  fork(height: number, coins: NamedCoin[]): TestChain {
    const other = new TestChain(coins, this.network);
    for (const { block } of this.blocks.slice(0, height + 1)) other.connect(block);
    return other;
  }

  mine(owner: Owner, ...transactions: Transaction[]): this {
    const last = this.blocks.at(-1);
    const tip = last === undefined ? undefined : tipOf(last.block, last.height);
    return this.connect(mineOn(tip, owner, ...transactions));
  }

  follow(height: number): FollowBlock {
    const { block, undo } = this.at(height);
    return { type: 'FollowBlock', block, undo, blockHash: blockHashOf(block.header), height };
  }

  unfollow(height: number, firstSeen: (number | null)[] = [], now = NOW): UnfollowBlock {
    return { ...this.follow(height), type: 'UnfollowBlock', firstSeen, now };
  }

  /** The reward of the block at this height. */
  reward(height: number): NamedCoin {
    const [coinbase] = this.at(height).block.transactions;
    if (coinbase === undefined) throw new Error('a block without a coinbase');
    const { outpoint, coin } = outputOf(coinbase, 0);
    return { outpoint, coin: { ...coin, height, coinbase: true } };
  }

  private connect(block: Block): this {
    const height = this.blocks.length;
    const connected = connectBlock(this.view, block, height, { ...this.network, subsidy: networks.pocket.subsidy });
    if (!connected.ok) throw new Error(connected.message);
    this.blocks.push({ block, undo: connected.undo, height });
    return this;
  }

  private at(height: number) {
    const stored = this.blocks[height];
    if (stored === undefined) throw new RangeError(`no block at height ${height}`);
    return stored;
  }
}

/** The txids that wait, first come first. */
export function order(held: Pool): Txid[] {
  const entries = [...held.values()].sort((a, b) => a.receivedAt - b.receivedAt || a.ordinal - b.ordinal);
  return entries.map(({ txid }) => txid);
}

/** `[type, txid]` of every event about a transaction, with the code of an eviction. */
export function stories(events: readonly { type: string; data: unknown }[]): string[][] {
  return events.flatMap(({ type, data }) => {
    const { txid, reason } = data as { txid?: string; reason?: { code: string } };
    if (txid === undefined) return [];
    return [[type, txid, ...(reason === undefined ? [] : [reason.code])]];
  });
}
