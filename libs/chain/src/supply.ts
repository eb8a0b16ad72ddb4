// How much there may be: what the blocks of a chain were allowed to create, and what their miners left of it.
// All coins together hold exactly the one without the other, at any height.
import type { Block } from './block.ts';
import type { Coin } from './coin.ts';
import { isCoinbase } from './coinbase.ts';
import type { NetworkParameters } from './network.ts';

/**
 * What blocks up to this height were allowed to create beside their fees, base units; 0n for undefined, an empty chain.
 * A network's own first block creates no coin and does not count.
 */
export function subsidiesUpTo(height: number | undefined, params: NetworkParameters): bigint {
  if (height === undefined) return 0n;
  const era = params.halvingInterval ?? height + 1;
  let total = params.genesis === null ? 0n : -params.subsidy(0);
  for (let from = 0; from <= height && params.subsidy(from) > 0n; from += era) {
    total += BigInt(Math.min(era, height + 1 - from)) * params.subsidy(from);
  }
  return total;
}

/** What a connected block's miner left of the subsidy and of the fees, base units; 0n for a network's own first block. */
export function unclaimedBy(block: Block, undo: readonly Coin[], height: number, params: NetworkParameters): bigint {
  if (height === 0 && params.genesis !== null) return 0n;
  const spent = undo.reduce((sum, { value }) => sum + value, 0n);
  let [claimed, paid] = [0n, 0n];
  for (const transaction of block.transactions) {
    const value = transaction.outputs.reduce((sum, output) => sum + output.value, 0n);
    if (isCoinbase(transaction)) claimed += value;
    else paid += value;
  }
  return params.subsidy(height) + spent - paid - claimed;
}
