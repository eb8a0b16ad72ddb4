/** What the miner asks of the pool for an outside miner's template. The pool and the chainstate are stand-ins. */
import { describe, expect, it } from 'vitest';
import { networks } from '@pocket/chain';
import { contextOfOwn, type ServiceClient } from '@pocket/service-kit';
import { ownerOf } from '@pocket/testkit/builders';
import { readTemplate } from '../src/queries.ts';

const TIP = 'ab'.repeat(32);
const { name: network, initialBits: bits } = networks.pocket;
const next = { height: 7, previousBlockHash: TIP, bits, medianTimePast: 0 };

describe('a template for an outside miner', () => {
  it('asks for what a block may hold beside its coinbase, and why the rest is not in it', async () => {
    const asked: string[] = [];
    const get = (_: unknown, path: string) => {
      asked.push(path);
      const value =
        path === '/tip'
          ? { chainId: 'chain', network, blockHash: TIP, height: 6, next }
          : { tip: TIP, transactions: [], leftOut: [] };
      return Promise.resolve({ ok: true, value });
    };
    const client = { get } as unknown as ServiceClient;
    const wish = { address: ownerOf(1).address, maxTransactions: 50, order: 'fee-rate' as const };
    expect(await readTemplate({ pool: client, chainstate: client }, contextOfOwn(), wish)).toMatchObject({ ok: true });
    const limits = 'limit=50&order=fee-rate&maxSizeBytes=999000&maxSignatureOperations=19900&explain=true';
    expect(asked).toEqual(['/tip', `/candidates?${limits}`]);
  });
});
