/** Where a search leads: asks the gateway which block or transaction there is. */
import type { RouteLocationRaw } from 'vue-router';
import { block, blocks, transaction, type Moment } from '../../api/chain.ts';
import { ApiError } from '../../api/problem.ts';
import { searchTarget } from './search-target.ts';

/** undefined where nothing is found. @throws ApiError where nobody can say. */
export async function searchChain(text: string, moment: Moment): Promise<RouteLocationRaw | undefined> {
  const target = searchTarget(text);
  switch (target.kind) {
    case 'height': {
      const [found] = (await blocks(moment, { from: target.height, limit: 1 })).blocks;
      return found?.height === target.height ? { name: 'block', params: { hash: found.hash } } : undefined;
    }
    case 'hash':
      return searchHash(target.hash, moment);
    case 'address':
      return { name: 'address', params: { address: target.address } };
    case 'nothing':
      return undefined;
  }
}

/** Proof of work shows in a hash: one without it is looked for among the transactions first. */
async function searchHash(hash: string, moment: Moment): Promise<RouteLocationRaw | undefined> {
  const asBlock = async (): Promise<RouteLocationRaw | undefined> =>
    (await exists(block(hash, moment))) ? { name: 'block', params: { hash } } : undefined;
  const asTransaction = async (): Promise<RouteLocationRaw | undefined> =>
    (await exists(transaction(hash, moment))) ? { name: 'transaction', params: { txid: hash } } : undefined;
  const [first, second] = WORKED.test(hash) ? [asBlock, asTransaction] : [asTransaction, asBlock];
  return (await first()) ?? second();
}

/** Twelve zero bits, the least work of a network with work to speak of. */
const WORKED = /^000/;

async function exists(asked: Promise<unknown>): Promise<boolean> {
  try {
    await asked;
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}
