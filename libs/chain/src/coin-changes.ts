// What blocks that come and go, one after another, leave changed in a set of coins: the net effect, in which every
// coin stands once. Whoever keeps coins in a table writes it with two statements, however many blocks there were.
import type { Block } from './block.ts';
import type { NamedCoin } from './coin-view.ts';
import type { Coin } from './coin.ts';
import { createdCoins, spentCoins } from './consensus/connect.ts';
import { outpointKey, type Outpoint } from './outpoint.ts';

interface Change {
  readonly outpoint: Outpoint;
  /** Whether the set held a coin of this name before the first block. */
  readonly existed: boolean;
  /** The coin it holds now; undefined for none. */
  readonly coin: Coin | undefined;
}

/** Gathers the changes of blocks in the order in which they are connected and disconnected. */
export class CoinChanges {
  private readonly changes = new Map<string, Change>();

  /** A block that went on top at this height, with the coins it spent in block order. */
  connect(block: Block, undo: readonly Coin[], height: number): void {
    const spent = spentCoins(block, undo);
    block.transactions.forEach((transaction, index) => {
      for (const { outpoint } of spent[index] ?? []) this.remove(outpoint);
      for (const { outpoint, coin } of createdCoins(transaction, height)) this.add(outpoint, coin);
    });
  }

  /** A block that was taken off the top, the opposite of `connect`. */
  disconnect(block: Block, undo: readonly Coin[], height: number): void {
    const spent = spentCoins(block, undo);
    for (let index = block.transactions.length - 1; index >= 0; index--) {
      const transaction = block.transactions[index];
      for (const { outpoint } of transaction === undefined ? [] : createdCoins(transaction, height))
        this.remove(outpoint);
      for (const { outpoint, coin } of spent[index] ?? []) this.add(outpoint, coin);
    }
  }

  /** The coins that were there and are no more. */
  removed(): Outpoint[] {
    return [...this.changes.values()].flatMap(({ outpoint, existed, coin }) =>
      existed && coin === undefined ? [outpoint] : [],
    );
  }

  /** The coins that are new, or come again with another height. */
  added(): NamedCoin[] {
    return [...this.changes.values()].flatMap(({ outpoint, coin }) => (coin === undefined ? [] : [{ outpoint, coin }]));
  }

  private add(outpoint: Outpoint, coin: Coin): void {
    const key = outpointKey(outpoint);
    this.changes.set(key, { outpoint, existed: this.changes.get(key)?.existed ?? false, coin });
  }

  private remove(outpoint: Outpoint): void {
    const key = outpointKey(outpoint);
    const existed = this.changes.get(key)?.existed ?? true;
    if (existed) this.changes.set(key, { outpoint, existed, coin: undefined });
    else this.changes.delete(key);
  }
}
