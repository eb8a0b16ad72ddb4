// A bounded memory of the coins that recent blocks have created: most coins are spent young, and reading them back
// from a database costs more than checking them. Exact as long as it is told of every change, or cleared.
import type { CoinChanges } from './coin-changes.ts';
import type { NamedCoin } from './coin-view.ts';
import { outpointKey, type Outpoint } from './outpoint.ts';

const DEFAULT_LIMIT = 50_000;

export class RecentCoins {
  private readonly coins = new Map<string, NamedCoin>();
  private readonly limit: number;

  /** Keeps at most `limit` coins and forgets the oldest first. */
  constructor(limit = DEFAULT_LIMIT) {
    this.limit = limit;
  }

  /** The coin if it is remembered; undefined says nothing about whether there is one. */
  get(outpoint: Outpoint): NamedCoin | undefined {
    return this.coins.get(outpointKey(outpoint));
  }

  /** Takes over what blocks have changed. */
  apply(changes: CoinChanges): void {
    for (const outpoint of changes.removed()) this.coins.delete(outpointKey(outpoint));
    for (const coin of changes.added()) this.coins.set(outpointKey(coin.outpoint), coin);
    for (const key of this.coins.keys()) {
      if (this.coins.size <= this.limit) return;
      this.coins.delete(key);
    }
  }

  clear(): void {
    this.coins.clear();
  }
}
