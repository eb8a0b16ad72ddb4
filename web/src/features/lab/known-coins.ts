/** The coins that a block of the lab could spend: those below the lab, and what its blocks make. No rule is asked. Pure. */
import {
  createdCoins,
  isCoinbase,
  outpointKey,
  type Block,
  type Coin,
  type NamedCoin,
  type Outpoint,
} from '@pocket/chain';

export interface KnownCoins {
  coinOf: (outpoint: Outpoint) => Coin | undefined;
  /** That no block up to and with this one spends, in the order in which they came to be known. */
  readonly unspent: readonly NamedCoin[];
}

/**
 * As seen from the block at `index`: what the blocks below it make, and its own transactions too.
 * @param first the height of the lab's first block.
 */
export function knownCoins(
  coins: readonly NamedCoin[],
  blocks: readonly Block[],
  index: number,
  first: number,
): KnownCoins {
  const upTo = blocks.slice(0, index + 1);
  const made = upTo.flatMap(({ transactions }, place) =>
    transactions.flatMap((transaction) => createdCoins(transaction, first + place)),
  );
  const known = new Map([...coins, ...made].map((named) => [outpointKey(named.outpoint), named]));
  const spent = new Set(upTo.flatMap(outpointsSpent).map(outpointKey));
  return {
    coinOf: (outpoint) => known.get(outpointKey(outpoint))?.coin,
    unspent: [...known].filter(([key]) => !spent.has(key)).map(([, named]) => named),
  };
}

export function outpointsSpent({ transactions }: Block): Outpoint[] {
  return transactions
    .filter((transaction) => !isCoinbase(transaction))
    .flatMap(({ inputs }) => inputs.map(({ prevout }) => prevout));
}
