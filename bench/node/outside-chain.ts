/*
 * A chain of Bitcoin's regression test network that is made here and handed to a node block by block, with as many
 * coins of our own as a bench wants to spend.
 */
import { bytesToHex } from '@pocket/crypto';
import {
  blockHashOf,
  createdCoins,
  encodeBlock,
  encodeTransaction,
  type Block,
  type BlockHash,
  type NamedCoin,
  type Transaction,
} from '@pocket/chain';
import { blockOf, FIRST_BLOCK, fanOutOf } from '../connect/blocks.ts';
import type { NodeClient } from './client.ts';

/** A reward may be spent by a block so many above its own. */
const MATURITY = 100;
/** 34 bytes each: about as many as the pool's and the block's limits allow a transaction to make. */
const COINS_PER_TRANSACTION = 1_000;
/** A block may hold 20,000 signature operations, one for each output. */
const TRANSACTIONS_PER_BLOCK = 19;

export class OutsideChain {
  height = 0;
  private readonly client: NodeClient;
  private tip: BlockHash = blockHashOf(FIRST_BLOCK.header);
  private readonly rewards: NamedCoin[] = [];

  constructor(client: NodeClient) {
    this.client = client;
  }

  /** A block of these payments on top. Milliseconds until the node has said that it is its tip. */
  async add(payments: readonly Transaction[] = []): Promise<number> {
    const block = blockOf(this.height + 1, this.tip, payments);
    const elapsedMs = await this.submit(block);
    this.height++;
    this.tip = blockHashOf(block.header);
    const [coinbase] = block.transactions;
    if (coinbase !== undefined) this.rewards.push(...createdCoins(coinbase, this.height));
    return elapsedMs;
  }

  /** Blocks of nothing until the chain is so high. */
  async growTo(height: number): Promise<void> {
    while (this.height < height) await this.add();
  }

  /** So many confirmed coins, each worth the same. */
  async makeCoins(count: number): Promise<NamedCoin[]> {
    const coins: NamedCoin[] = [];
    for (let left = Math.ceil(count / COINS_PER_TRANSACTION); left > 0; left -= TRANSACTIONS_PER_BLOCK) {
      const wanted = Math.min(left, TRANSACTIONS_PER_BLOCK);
      await this.growTo(Math.max(this.height, MATURITY + wanted));
      while (this.spendable() < wanted) await this.add();
      const fans = this.rewards.splice(0, wanted).map((reward) => fanOutOf(reward, COINS_PER_TRANSACTION));
      await this.add(fans);
      coins.push(...fans.flatMap((transaction) => createdCoins(transaction, this.height)));
    }
    return coins.slice(0, count);
  }

  private spendable(): number {
    return this.rewards.filter(({ coin }) => coin.height + MATURITY <= this.height + 1).length;
  }

  private submit(block: Block): Promise<number> {
    const body = JSON.stringify({ hex: bytesToHex(encodeBlock(block)) });
    return this.client.postAll('/v1/blocks', [body], 201);
  }
}

/** A transaction as a stranger sends it. */
export function hexOf(transaction: Transaction): { hex: string } {
  return { hex: bytesToHex(encodeTransaction(transaction)) };
}
