/** How the chain moves to its heaviest valid branch, and what an operator may say about a block. */
import { describe, expect, it } from 'vitest';
import { blockHashOf, createCoinbase, merkleRoot, txidOf, type Block, type BlockHash } from '@pocket/chain';
import type { ChainEvent } from '@pocket/contracts';
import { coinOf, mined, mineOn, ownerOf, spend, tipOf, type Owner } from '@pocket/testkit/builders';
import { decide } from '../src/domain/decide.ts';
import { emptyChain, evolve } from '../src/domain/state.ts';
import { chain, connected, disconnected, started, stored, submit } from './chain-scenario.ts';

const [alice, bob, carol] = [ownerOf(1), ownerOf(2), ownerOf(3)];
const genesis = mineOn(undefined, alice);
const hashOf = ({ header }: Block): BlockHash => blockHashOf(header);

/** As many blocks as asked for, on top of `parent` at `height`, paying `owner`. */
function branch(parent: Block, height: number, owner: Owner, length: number): Block[] {
  const blocks: Block[] = [];
  for (let below = parent; blocks.length < length; below = blocks.at(-1) ?? parent)
    blocks.push(mineOn(tipOf(below, height + blocks.length), owner));
  return blocks;
}

const [a1, a2, a3] = branch(genesis, 0, alice, 3) as [Block, Block, Block];
const [b1, b2, b3, b4] = branch(genesis, 0, bob, 4) as [Block, Block, Block, Block];
const begun = [started, connected(genesis, 0)];
const tipIs = (block: Block, height: number) => ({ ok: true as const, blockHash: hashOf(block), height });

describe('a heavier branch', () => {
  it('becomes the chain: off with the old blocks from the top, on with the new ones', () => {
    chain()
      .given(...begun, connected(a1, 1), connected(a2, 2))
      .when(submit(b1), submit(b2), submit(b3))
      .thenEvents(
        stored(b1, 1),
        stored(b2, 2),
        stored(b3, 3),
        disconnected(a2, 2),
        disconnected(a1, 1),
        connected(b1, 1),
        connected(b2, 2),
        connected(b3, 3),
      )
      .thenReply(tipIs(b3, 3));
  });

  it('of the same work does not: the first seen stays', () => {
    const { state } = chain()
      .given(...begun, connected(a1, 1))
      .when(submit(b1));
    expect(state.chain?.tip?.blockHash).toBe(hashOf(a1));
  });

  it('may win and lose again', () => {
    const { state } = chain()
      .given(...begun, connected(a1, 1))
      .when(submit(b1), submit(b2), submit(a2), submit(a3));
    expect(state.chain?.tip?.blockHash).toBe(hashOf(a3));
    expect([...state.coins.entries()].map(({ coin }) => coin.height).sort()).toEqual([0, 1, 2, 3]);
  });

  it('gives back the coins that the old one has spent, and takes those it created', () => {
    const coin = coinOf(alice, 10n, 1);
    const paying = mineOn(tipOf(genesis, 0), alice, spend([coin], alice, [carol, 10n]));
    const { state } = chain(coin)
      .given(...begun)
      .when(submit(paying), submit(b1), submit(b2));
    expect(state.coins.get(coin.outpoint)).toEqual(coin.coin);
    expect([...state.coins.entries()].some(({ coin: { scriptPubKey } }) => scriptPubKey === carol.script)).toBe(false);
  });
});

describe('a branch with a block that breaks a rule', () => {
  const greedy = mined({
    header: { ...b2.header, merkleRoot: merkleRoot([greedyCoinbase()].map(txidOf)).root },
    transactions: [greedyCoinbase()],
  });
  const onGreedy = mineOn(tipOf(greedy, 2), bob);

  it('leaves the chain as it was, and the block is known as invalid', () => {
    const { state, events } = chain()
      .given(...begun, connected(a1, 1), connected(a2, 2))
      .when(submit(b1), submit(greedy), submit(onGreedy))
      .thenReply(tipIs(a2, 2));
    expect(events.at(-1)).toMatchObject({
      type: 'BlockInvalidated',
      data: { blockHash: hashOf(greedy), reason: { code: 'bad-cb-amount' } },
    });
    expect(state.coins.size).toBe(3);
    expect(state.chain?.tip?.blockHash).toBe(hashOf(a2));
  });

  it('takes no block on top of it any more', () => {
    chain()
      .given(...begun, connected(a1, 1), connected(a2, 2))
      .when(submit(b1), submit(greedy), submit(onGreedy), submit(onGreedy), submit(mineOn(tipOf(onGreedy, 3), bob)))
      .thenReplies(
        { ok: true },
        { ok: true },
        tipIs(a2, 2),
        { ok: false, code: 'duplicate-invalid' },
        { ok: false, code: 'bad-prevblk' },
      );
  });
});

function greedyCoinbase() {
  const outputs = [{ value: 1_000_000_001n, scriptPubKey: bob.script }];
  return createCoinbase({ height: 2, extraNonce: new Uint8Array(8), outputs });
}

describe('an operator', () => {
  const withBranch = [...begun, connected(a1, 1), connected(a2, 2), connected(a3, 3), stored(b1, 1), stored(b2, 2)];

  it('invalidates a block: the best branch without it becomes the chain', () => {
    chain()
      .given(...withBranch)
      .when({ type: 'InvalidateBlock', blockHash: hashOf(a2) })
      .thenReply(tipIs(b2, 2));
  });

  it('invalidates the branch too: back to what is left of the first', () => {
    chain()
      .given(...withBranch)
      .when({ type: 'InvalidateBlock', blockHash: hashOf(a2) }, { type: 'InvalidateBlock', blockHash: hashOf(b1) })
      .thenReply(tipIs(a1, 1));
  });

  it('reconsiders it: what was best before is best again', () => {
    chain()
      .given(...withBranch)
      .when({ type: 'InvalidateBlock', blockHash: hashOf(a1) }, { type: 'ReconsiderBlock', blockHash: hashOf(a3) })
      .thenReply(tipIs(a3, 3));
  });

  it('may say it twice; nothing happens the second time', () => {
    const { decisions } = chain()
      .given(...withBranch)
      .when(
        { type: 'InvalidateBlock', blockHash: hashOf(b1) },
        { type: 'InvalidateBlock', blockHash: hashOf(b2) },
        { type: 'ReconsiderBlock', blockHash: hashOf(b1) },
        { type: 'ReconsiderBlock', blockHash: hashOf(b1) },
      );
    expect(decisions.map(({ events }) => events.length)).toEqual([1, 0, 1, 0]);
  });

  it.each(['InvalidateBlock', 'ReconsiderBlock'] as const)('%s of an unknown block is refused', (type) => {
    chain()
      .given(...begun)
      .when({ type, blockHash: hashOf(b4) })
      .thenNothing()
      .thenReply({ ok: false, code: 'not-found' });
  });

  it('cannot take the first block away', () => {
    chain()
      .given(...begun)
      .when({ type: 'InvalidateBlock', blockHash: hashOf(genesis) })
      .thenNothing()
      .thenReply({ ok: false, code: 'genesis-block' });
  });
});

describe('a step', () => {
  const events = [...begun, connected(a1, 1), connected(a2, 2), stored(b1, 1), stored(b2, 2), stored(b3, 3)];

  it('goes as far as its blocks were loaded, and says that it is unfinished', () => {
    const { state } = chain()
      .given(...events)
      .when();
    const loaded = new Map([...state.blocks].filter(([blockHash]) => blockHash === hashOf(a2)));
    const decision = decide({ type: 'ActivateBest' }, { ...state, blocks: loaded });
    expect(decision.events.map(({ type }) => type)).toEqual(['BlockDisconnected']);
    expect(decision.reply).toMatchObject({ ...tipIs(a1, 1), unfinished: true });
    evolve(state, decision.events[0] as unknown as ChainEvent);
    expect(state.chain?.tip?.blockHash).toBe(hashOf(a1));
  });

  it('without any of its blocks is a bug of the caller', () => {
    const { state } = chain()
      .given(...events)
      .when();
    expect(() => decide({ type: 'ActivateBest' }, { ...state, blocks: new Map() })).toThrow(/without its blocks/);
    expect(() => decide({ type: 'ActivateBest' }, emptyChain())).toThrow(/no chain has been started/);
  });
});
