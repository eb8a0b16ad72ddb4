/** What the lab takes from the chain: blocks and coins, no more of them than are needed, and how it follows what comes after. */
import { blockHashOf, encodeBlock, outpointKey } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { describe, expect, it } from 'vitest';
import { honestChain, honestWork, told } from '../../src/features/lab/honest-chain.ts';
import { coinBelow, isSameChain, loadRealChain } from '../../src/features/lab/real-chain.ts';
import { gatewayOf, testChain } from './lab-chain.ts';
import { verdictsOf } from './judged.ts';

const chain = testChain([0, 0, 0, 1, 2, 1, 0, 3, 2, 1, 2, 2, 3, 4, 2, 3, 0, 1]);
const hashAt = (height: number): string => hashes[height] ?? '';
const hashes = chain.blocks.map(({ header }) => blockHashOf(header));

describe('a real chain in the lab', () => {
  it('begins with the chosen block and goes on to the tip', async () => {
    const real = await loadRealChain(hashAt(14), gatewayOf(chain));
    expect(real).toMatchObject({ first: 14, chosen: 0, onBestChain: true, more: false });
    expect(real.blocks.map(({ header }) => blockHashOf(header))).toEqual(hashes.slice(14));
    expect(real.ground.below).toMatchObject({ height: 13, blockHash: hashAt(13), chainWork: 0n });
  });

  it('has nothing below its first block at height 0', async () => {
    const real = await loadRealChain(hashAt(0), gatewayOf(chain));
    expect(real.ground).toMatchObject({ below: undefined, coins: [] });
    expect(real.blocks).toHaveLength(chain.blocks.length);
  });

  it('holds 100 blocks behind the chosen one at most, and says that there are more', async () => {
    const long = testChain(new Array<number>(140).fill(0));
    const [chosen] = long.blocks.slice(20);
    const real = await loadRealChain(blockHashOf(chosen?.header ?? never()), gatewayOf(long));
    expect([real.blocks.length, real.more]).toEqual([101, true]);
    expect(verdictsOf(real, real.blocks).every(({ standing }) => standing === 'valid')).toBe(true);
  });

  it('asks for what a block has spent only where that is not in the lab', async () => {
    const gateway = gatewayOf(chain);
    const real = await loadRealChain(hashAt(1), gateway);
    expect(gateway.asked.filter((what) => what.startsWith('block '))).toEqual(['block 1']);
    expect(real.ground.coins.map(({ coin }) => coin.height)).toEqual([0]);
  });

  it('takes a branch from its first block up to the chosen one', async () => {
    const gateway = gatewayOf(chain);
    const beside = new Set([hashAt(15), hashAt(16)]);
    const branch = {
      ...gateway,
      block: async (hash: string) => ({ ...(await gateway.block(hash)), ...besides(hash) }),
    };
    const besides = (hash: string) => (beside.has(hash) ? { onBestChain: false, spent: null } : {});
    const real = await loadRealChain(hashAt(16), branch);
    expect(real).toMatchObject({ first: 15, chosen: 1, onBestChain: false, more: false });
    expect(verdictsOf(real, real.blocks).map(({ standing }) => standing)).toEqual(['valid', 'valid']);
  });

  it('is the same when it is asked for again, until a block comes or one is chosen', async () => {
    const real = await loadRealChain(hashAt(14), gatewayOf(chain));
    expect(isSameChain(real, await loadRealChain(hashAt(14), gatewayOf(chain)))).toBe(true);
    expect(isSameChain(real, await loadRealChain(hashAt(13), gatewayOf(chain)))).toBe(false);
    expect(isSameChain(real, { ...real, blocks: real.blocks.slice(0, -1) })).toBe(false);
    expect(isSameChain(real, { ...real, onBestChain: false })).toBe(false);
  });

  it('does not begin on a network that it does not know', async () => {
    const gateway = { ...gatewayOf(chain), network: () => Promise.resolve('elsewhere') };
    await expect(loadRealChain(hashAt(3), gateway)).rejects.toThrow('this stand knows no network elsewhere');
  });
});

describe('a coin that is looked up', () => {
  const gateway = gatewayOf(chain);
  const [spent] = chain.undo[15] ?? [];
  const outpoint = spent?.outpoint ?? never();

  it('is the one that a transaction made, as long as nobody has spent it', async () => {
    expect(await coinBelow(outpoint, 15, gateway)).toEqual(spent);
    expect(await coinBelow(outpoint, 16, gateway)).toBeUndefined();
    expect(await coinBelow(outpoint, spent?.coin.height ?? 0, gateway)).toBeUndefined();
  });

  it('is none where there is no such transaction or output', async () => {
    expect(await coinBelow({ ...outpoint, vout: 9 }, 15, gateway)).toBeUndefined();
    expect(
      await coinBelow({ ...outpoint, txid: '00'.repeat(32) as typeof outpoint.txid }, 15, gateway),
    ).toBeUndefined();
    expect(outpointKey(outpoint)).toMatch(/^[0-9a-f]{64}:\d$/);
  });
});

describe('the honest chain', () => {
  const begun = honestChain(10, chain.blocks.slice(10, 15));
  const news = (type: string, height: number) => ({
    type,
    data: { height, blockHash: hashAt(height), block: bytesToHex(encodeBlock(chain.blocks[height] ?? never())) },
  });

  it('grows and shrinks by what is connected and disconnected', () => {
    const grown = told(begun, news('BlockConnected', 15));
    expect(grown.blocks.map(({ hash }) => hash)).toEqual(hashes.slice(10, 16));
    expect(told(grown, news('BlockDisconnected', 15))).toEqual(begun);
    expect(honestWork(grown, 1) - honestWork(begun, 1)).toBe(4095n);
  });

  it('does not mind what it knows already, and what it cannot place', () => {
    for (const [type, height] of [
      ['BlockConnected', 12],
      ['BlockConnected', 9],
      ['BlockConnected', 17],
      ['BlockStored', 15],
      ['BlockDisconnected', 16],
    ] as const)
      expect(told(begun, news(type, height))).toEqual(begun);
  });

  it('is gone where it begins anew, or gives up what lies below', () => {
    expect(told(begun, { type: 'ChainStarted', data: {} }).gone).toBe(true);
    expect(told(begun, news('BlockDisconnected', 9)).gone).toBe(true);
  });
});

function never(): never {
  throw new Error('the test chain is shorter than that');
}
