// The coins a block or transaction is checked against: filled by the caller with what it fetched,
// changed by connecting and disconnecting blocks. It knows no rule and no database.
import type { Coin } from './coin.ts';
import { type Outpoint, outpointKey } from './outpoint.ts';

/** A coin with its name. */
export interface NamedCoin {
  readonly outpoint: Outpoint;
  readonly coin: Coin;
}

/** A set of unspent coins by outpoint. */
export class CoinView {
  private readonly coins = new Map<string, NamedCoin>();

  constructor(coins: Iterable<NamedCoin> = []) {
    for (const { outpoint, coin } of coins) this.add(outpoint, coin);
  }

  get size(): number {
    return this.coins.size;
  }

  has(outpoint: Outpoint): boolean {
    return this.coins.has(outpointKey(outpoint));
  }

  get(outpoint: Outpoint): Coin | undefined {
    return this.coins.get(outpointKey(outpoint))?.coin;
  }

  /** Adds a coin, in place of one of the same name. */
  add(outpoint: Outpoint, coin: Coin): void {
    this.coins.set(outpointKey(outpoint), { outpoint, coin });
  }

  /** Takes a coin out and returns it; undefined when it is not there. */
  spend(outpoint: Outpoint): Coin | undefined {
    const key = outpointKey(outpoint);
    const coin = this.coins.get(key)?.coin;
    this.coins.delete(key);
    return coin;
  }

  /** All coins, in no order to rely on. */
  entries(): Iterable<NamedCoin> {
    return this.coins.values();
  }
}
