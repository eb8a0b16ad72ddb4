/**
 * The list of coins by pages. The gateway gives a page from where the one before it ends, so those ends are kept, and of the
 * coins only those of the pages in sight, however long the list is. Pure; what asks for a page comes in.
 */
import type { ChainstateView, CoinView } from '@pocket/contracts';

export interface CoinsInSight {
  /** What is counted of the chain as a whole. */
  counted: ChainstateView;
  /** By the row's place in the list, from 0. */
  coins: ReadonlyMap<number, CoinView>;
}

/** @param after where the page before ends; undefined for the first. */
export type AskCoins = (after: string | undefined) => Promise<ChainstateView>;

export interface CoinPages {
  /** The coins of the pages that these rows stand on. */
  read: (ask: AskCoins, first: number, last: number) => Promise<CoinsInSight>;
}

/** @param size rows of a page, as many as `ask` answers with. */
export function createCoinPages(size: number): CoinPages {
  /** Of each page where it ends, as far as they are known, and at which block they did. */
  let ends: string[] = [];
  let endedAt: string | null = null;

  return {
    read: async (ask, first, last) => {
      const counted = await ask(undefined);
      if (counted.blockHash !== endedAt) ends = [];
      endedAt = counted.blockHash;
      const coins = new Map<number, CoinView>();
      const [from, until] = [Math.floor(first / size), Math.floor(last / size)];
      let after: string | null | undefined;
      for (let page = 0; page <= until && after !== null; page++) {
        const end = ends[page];
        if (page < from && end !== undefined) {
          after = end;
          continue;
        }
        const view: ChainstateView = page === 0 ? counted : await ask(after);
        if (page >= from) view.coins.forEach((coin, index) => coins.set(page * size + index, coin));
        after = view.next;
        if (view.next !== null) ends[page] = view.next;
      }
      return { counted, coins };
    },
  };
}
