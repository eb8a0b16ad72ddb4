/** Branches for any chain: good blocks of the network, from any place, different where the salt is. */
import { CoinView, checkBlock, connectBlock, networks, NULL_BLOCK_HASH, type BlockContext } from '@pocket/chain';
import { beforeAll, describe, expect, it } from 'vitest';
import { useFastestSecp256k1 } from '@pocket/crypto/native';
import { mined, mineOn, ownerOf, spend, tipOf } from '../../src/builders.ts';
import { branch, placed, type BranchPoint } from '../../src/consensus/index.ts';

const params = networks.pocket;
const alice = ownerOf(1);
const genesis = placed(mineOn(undefined, alice), 0);

beforeAll(async () => {
  await useFastestSecp256k1();
});

const contextOn = (below: BranchPoint): BlockContext => ({
  height: below.height + 1,
  previousBlockHash: below.blockHash,
  bits: params.initialBits,
  medianTimePast: below.time,
  now: below.time,
});

describe('a branch', () => {
  it('is made of good blocks, each on the one before', () => {
    const blocks = branch(genesis, 3);
    expect(blocks.map(({ height }) => height)).toEqual([1, 2, 3]);
    let below: BranchPoint = genesis;
    for (const block of blocks) {
      expect(checkBlock(block.block, contextOn(below), params)).toEqual({ ok: true });
      below = block;
    }
  });

  it('holds the payments it is given, pays their fees to its owner, and connects', () => {
    const view = new CoinView();
    expect(connectBlock(view, genesis.block, 0, params)).toMatchObject({ ok: true });
    const coins = [...view.entries()];
    const transaction = spend(coins, alice, [alice, 999_999_990n]);
    const transactions = (height: number) => (height === 2 ? [{ transaction, fee: 10n }] : []);
    for (const { block, height } of branch(genesis, 2, { owner: alice, transactions })) {
      expect(connectBlock(view, block, height, params)).toMatchObject({ ok: true, fees: height === 2 ? 10n : 0n });
    }
  });

  it('is the same for the same salt and another for another', () => {
    const hashes = [0, 0, 1, 2].map((salt) => branch(genesis, 1, { salt })[0]?.blockHash);
    expect(new Set(hashes).size).toBe(3);
    expect(hashes[0]).toBe(hashes[1]);
  });

  it('can begin with nothing below it but a name', () => {
    const from = { blockHash: NULL_BLOCK_HASH, height: -1, time: 1_700_000_000 };
    const [first] = branch(from, 1, { time: () => 1_800_000_000 });
    expect(first).toMatchObject({ height: 0, time: 1_800_000_000 });
    expect(mined(genesis.block)).toEqual(genesis.block);
    expect(tipOf(genesis.block, 0)).toEqual({ height: 0, blockHash: genesis.blockHash });
  });
});
