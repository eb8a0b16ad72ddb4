/** When a template is worth no more searching, because a fresh one would be another. Pure. */
import { txidOf, type Block } from '@pocket/chain';

/** A block's time is its miner's clock: what is found later should not say so much earlier. */
const MAX_AGE_SECONDS = 60;

/** Why `fresh`, made now, takes the place of `template`; undefined when it does not. */
export function supersededBy(template: Block, fresh: Block): string | undefined {
  if (fresh.header.previousBlockHash !== template.header.previousBlockHash) return 'the tip has moved';
  if (paymentsOf(fresh) !== paymentsOf(template)) return 'the pool has other transactions for it';
  if (fresh.header.time - template.header.time >= MAX_AGE_SECONDS) return 'its time has passed';
  return undefined;
}

/** All but the coinbase, which is another each time. */
function paymentsOf({ transactions }: Block): string {
  return transactions.slice(1).map(txidOf).join();
}
