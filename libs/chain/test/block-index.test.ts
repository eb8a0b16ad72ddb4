// The tree of blocks: the best tip in any order of arrival, the way between two tips, invalid blocks and their pardon,
// and Bitcoin's own retargets. Blocks here are headers only; what matters of them is work, time and order.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BlockHash,
  BlockIndex,
  type IndexedBlock,
  NULL_BLOCK_HASH,
  type NetworkParameters,
  ancestorAt,
  isBetter,
  networks,
  nextBits,
  recentTimes,
  reorganization,
} from '../src/index.ts';

const BITS = 0x207fffff;
/** Takes twice the work of BITS. */
const HARD_BITS = 0x203fffff;
const hashOf = (name: string): BlockHash => name.padStart(64, '0') as BlockHash;

interface Link {
  readonly name: string;
  readonly parent: string | undefined;
  readonly bits?: number;
}

/** An index of these blocks, in this order; a block's time is its place in it. */
function indexOf(links: readonly Link[]): BlockIndex {
  const index = new BlockIndex();
  links.forEach(({ name, parent, bits = BITS }, time) => {
    index.add(hashOf(name), { previousBlockHash: parent === undefined ? NULL_BLOCK_HASH : hashOf(parent), time, bits });
  });
  return index;
}

function at(index: BlockIndex, name: string): IndexedBlock {
  const block = index.get(hashOf(name));
  if (block === undefined) throw new Error(`there is no block ${name}`);
  return block;
}

const namesOf = (blocks: readonly IndexedBlock[]): string[] =>
  blocks.map(({ blockHash }) => blockHash.replace(/^0+/, ''));
const chain = (...names: string[]): Link[] => names.map((name, index) => ({ name, parent: names[index - 1] }));
const onto = (parent: string, ...names: string[]): Link[] => chain(parent, ...names).slice(1);

/** a1 to a4 with two branches: b3, b4 on a2, and c4 on b3. */
const tree = [...chain('a1', 'a2', 'a3', 'a4'), ...onto('a2', 'b3', 'b4'), ...onto('b3', 'c4')];

describe('a block in the index', () => {
  it('stands above its parent, with the work of both', () => {
    const index = indexOf([...chain('a1', 'a2'), { name: 'h3', parent: 'a2', bits: HARD_BITS }]);
    expect(at(index, 'a1')).toMatchObject({ height: 0, chainWork: 2n, ordinal: 0, parent: undefined });
    expect(at(index, 'a2')).toMatchObject({ height: 1, chainWork: 4n, ordinal: 1, parent: at(index, 'a1') });
    expect(at(index, 'h3')).toMatchObject({ height: 2, chainWork: 8n, time: 2, bits: HARD_BITS });
    expect(index.size).toBe(3);
  });

  it('is the same when it comes again', () => {
    const index = indexOf(tree);
    const before = at(index, 'b3');
    expect(index.add(hashOf('b3'), { previousBlockHash: hashOf('a2'), time: 99, bits: BITS })).toBe(before);
    expect(index.size).toBe(7);
  });

  it('needs its parent', () => {
    const header = { previousBlockHash: hashOf('a9'), time: 0, bits: BITS };
    expect(() => new BlockIndex().add(hashOf('a1'), header)).toThrow(/parent/);
    expect(new BlockIndex().get(hashOf('a1'))).toBeUndefined();
  });
});

describe('the best tip', () => {
  it.each<[string, Link[], string]>([
    ['of one chain is its end', chain('a1', 'a2', 'a3'), 'a3'],
    ['of two equal ones is the first', [...chain('a1', 'a2'), ...onto('a1', 'b2')], 'a2'],
    ['is the longer one', [...chain('a1', 'a2'), ...onto('a1', 'b2', 'b3')], 'b3'],
    [
      'is the heavier one, however short',
      [...chain('a1', 'a2', 'a3'), { name: 'h2', parent: 'a1', bits: HARD_BITS }, ...onto('h2', 'b3')],
      'b3',
    ],
    [
      'is the first one of equal work, however long',
      [...chain('a1', 'a2', 'a3'), { name: 'h2', parent: 'a1', bits: HARD_BITS }],
      'a3',
    ],
  ])('%s', (_, links, best) => {
    const tip = indexOf(links).bestTip();
    expect(tip === undefined ? [] : namesOf([tip])).toEqual([best]);
  });

  it('is none of nothing', () => {
    expect(new BlockIndex().bestTip()).toBeUndefined();
  });

  it('does not depend on the order in which blocks of different work come', () => {
    const order = fc.array(fc.nat(), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 11, maxLength: 11 }), order, (parents, choices) => {
        const links = parents.map((parent, index): Link => ({
          name: `e${index + 1}`,
          parent: `e${parent % (index + 1)}`,
        }));
        const all = [{ name: 'e0', parent: undefined }, ...links].map((link, index) => ({
          ...link,
          bits: BITS - index * 0x10000,
        }));
        const inOrder = indexOf(all);
        const shuffled = indexOf(anyTopologicalOrder(all, choices));
        const blocks = all.map(({ name }) => at(inOrder, name));
        const heaviest = Math.max(...blocks.map(({ chainWork }) => Number(chainWork)));
        const first = blocks.filter(({ chainWork }) => Number(chainWork) === heaviest);
        expect(Number(shuffled.bestTip()?.chainWork)).toBe(heaviest);
        if (first.length === 1) expect(shuffled.bestTip()?.blockHash).toBe(first[0]?.blockHash);
      }),
      { seed: 20260, numRuns: 100 },
    );
  });
});

/** The links in an order in which every parent comes before its children. */
function anyTopologicalOrder(links: readonly Link[], choices: readonly number[]): Link[] {
  const left = [...links];
  const known = new Set<string | undefined>([undefined]);
  return choices.flatMap((choice) => {
    const open = left.filter(({ parent }) => known.has(parent));
    const next = open[choice % Math.max(open.length, 1)];
    if (next === undefined) return [];
    left.splice(left.indexOf(next), 1);
    known.add(next.name);
    return [next];
  });
}

const REASON = { code: 'bad-cb-amount', message: 'it pays too much' };

describe('an invalid block', () => {
  it('takes all that builds on it out of the choice', () => {
    const index = indexOf(tree);
    index.invalidate(hashOf('a3'), REASON);
    expect(index.bestTip()?.blockHash).toBe(hashOf('b4'));
    index.invalidate(hashOf('b4'), REASON);
    expect(index.bestTip()?.blockHash).toBe(hashOf('c4'));
    index.invalidate(hashOf('a2'), REASON);
    expect(index.bestTip()?.blockHash).toBe(hashOf('a1'));
    index.invalidate(hashOf('a1'), REASON);
    expect(index.bestTip()).toBeUndefined();
  });

  it('is found below what builds on it, the lowest of several', () => {
    const index = indexOf(tree);
    expect(index.invalidatedBelow(at(index, 'c4'))).toBeUndefined();
    expect(index.invalidatedBelow(undefined)).toBeUndefined();
    index.invalidate(hashOf('c4'), REASON);
    index.invalidate(hashOf('b3'), REASON);
    index.invalidate(hashOf('ff'), REASON);
    expect(index.invalidatedBelow(at(index, 'c4'))).toBe(at(index, 'b3'));
    expect(index.invalidatedBelow(at(index, 'b3'))).toBe(at(index, 'b3'));
    expect(index.invalidatedBelow(at(index, 'a4'))).toBeUndefined();
  });

  it('is known with its reason, and what comes on top of it later is invalid too', () => {
    const index = indexOf(tree);
    index.invalidate(hashOf('b4'), REASON);
    expect(index.reasonOf(at(index, 'b4'))).toEqual(REASON);
    const above = index.add(hashOf('b5'), { previousBlockHash: hashOf('b4'), time: 9, bits: at(index, 'b4').bits });
    expect(index.reasonOf(above)).toBeUndefined();
    expect(index.invalidatedBelow(above)).toBe(at(index, 'b4'));
    expect(index.bestTip()).not.toBe(above);
    index.reconsider([hashOf('b4')]);
    expect(index.bestTip()).toBe(above);
  });

  it('is pardoned with those below and above it, and no others', () => {
    const index = indexOf(tree);
    for (const name of ['a2', 'a4', 'b3', 'c4']) index.invalidate(hashOf(name), REASON);
    const around = index.invalidatedAround(hashOf('b3'));
    expect([...around].sort()).toEqual(['a2', 'b3', 'c4'].map(hashOf));
    index.reconsider(around);
    index.reconsider([hashOf('ff')]);
    expect(index.bestTip()?.blockHash).toBe(hashOf('b4'));
    expect(index.invalidatedBelow(at(index, 'a4'))).toBe(at(index, 'a4'));
    expect(index.invalidatedAround(hashOf('ff'))).toEqual([]);
  });

  it('is back as if nothing had been, the first of equals included', () => {
    const index = indexOf(tree);
    index.invalidate(hashOf('a3'), REASON);
    index.reconsider(index.invalidatedAround(hashOf('a3')));
    expect(index.bestTip()?.blockHash).toBe(hashOf('a4'));
  });
});

describe('a reorganization', () => {
  const index = indexOf(tree);

  it.each<[from: string | undefined, to: string | undefined, disconnect: string[], connect: string[]]>([
    ['a4', 'a4', [], []],
    ['a2', 'a4', [], ['a3', 'a4']],
    ['a4', 'a2', ['a4', 'a3'], []],
    ['a4', 'b4', ['a4', 'a3'], ['b3', 'b4']],
    ['a3', 'c4', ['a3'], ['b3', 'c4']],
    ['b4', 'c4', ['b4'], ['c4']],
    [undefined, 'a2', [], ['a1', 'a2']],
    ['a2', undefined, ['a2', 'a1'], []],
    [undefined, undefined, [], []],
  ])('from %s to %s', (from, to, disconnect, connect) => {
    const placeOf = (name: string | undefined) => (name === undefined ? undefined : at(index, name));
    const way = reorganization(placeOf(from), placeOf(to));
    expect({ disconnect: namesOf(way.disconnect), connect: namesOf(way.connect) }).toEqual({ disconnect, connect });
  });

  it('leads over different first blocks too', () => {
    const two = indexOf([...chain('a1', 'a2'), ...chain('b1', 'b2', 'b3')]);
    const way = reorganization(at(two, 'a2'), at(two, 'b3'));
    expect(namesOf(way.disconnect)).toEqual(['a2', 'a1']);
    expect(namesOf(way.connect)).toEqual(['b1', 'b2', 'b3']);
  });

  it('is the way back of the way back', () => {
    for (const from of ['a1', 'a4', 'b4', 'c4']) {
      for (const to of ['a1', 'a4', 'b4', 'c4']) {
        const there = reorganization(at(index, from), at(index, to));
        const back = reorganization(at(index, to), at(index, from));
        expect([...there.disconnect].reverse()).toEqual(back.connect);
        expect([...there.connect].reverse()).toEqual(back.disconnect);
      }
    }
  });
});

describe('isBetter', () => {
  it('prefers work, then what was known first, and nothing to itself', () => {
    const index = indexOf(tree);
    expect(isBetter(at(index, 'a4'), at(index, 'a3'))).toBe(true);
    expect(isBetter(at(index, 'b4'), at(index, 'c4'))).toBe(true);
    expect(isBetter(at(index, 'c4'), at(index, 'b4'))).toBe(false);
    expect(isBetter(at(index, 'a4'), at(index, 'a4'))).toBe(false);
  });
});

describe('ancestors and times', () => {
  const index = indexOf(tree);

  it('are those of the branch', () => {
    expect(ancestorAt(at(index, 'c4'), 2)).toBe(at(index, 'b3'));
    expect(ancestorAt(at(index, 'c4'), 0)).toBe(at(index, 'a1'));
    expect(ancestorAt(at(index, 'c4'), 3)).toBe(at(index, 'c4'));
    expect(ancestorAt(at(index, 'c4'), 4)).toBeUndefined();
    expect(recentTimes(at(index, 'c4'), 3)).toEqual([1, 4, 6]);
    expect(recentTimes(at(index, 'c4'), 11)).toEqual([0, 1, 4, 6]);
    expect(recentTimes(undefined, 11)).toEqual([]);
  });
});

const MAIN: NetworkParameters = {
  ...networks.pocket,
  initialBits: 0x1d00ffff,
  powLimitBits: 0x1d00ffff,
  retargeting: { intervalBlocks: 2016, targetSpacingSeconds: 600 },
};

/** A chain of one interval that ends at `height`, without its past: nextBits looks no further. */
function period(height: number, bits: number, firstTime: number, lastTime: number, blocks = 2016): IndexedBlock {
  let block: IndexedBlock | undefined;
  for (let left = blocks - 1; left >= 0; left--) {
    const time = left === blocks - 1 ? firstTime : lastTime;
    const blockHash = hashOf((height - left).toString(16));
    block = { blockHash, parent: block, height: height - left, time, bits, chainWork: 0n, ordinal: 0 };
  }
  if (block === undefined) throw new Error('a period has blocks');
  return block;
}

describe('nextBits', () => {
  it.each<[string, height: number, bits: number, first: number, last: number, next: number]>([
    ['as at block 32,256', 32_255, 0x1d00ffff, 1_261_130_161, 1_262_152_739, 0x1d00d86a],
    ['not above the limit', 2015, 0x1d00ffff, 1_231_006_505, 1_233_061_996, 0x1d00ffff],
    ['by no more than a quarter', 68_543, 0x1c05a3f4, 1_279_008_237, 1_279_297_671, 0x1c0168fd],
    ['by no more than four times', 46_367, 0x1c387f6f, 1_263_163_443, 1_269_211_443, 0x1d00e1fd],
  ])('retargets %s (vectors of Bitcoin Core, pow_tests.cpp)', (_, height, bits, first, last, next) => {
    expect(nextBits(period(height, bits, first, last), MAIN)).toBe(next);
  });

  it.each([
    ['exactly in time, for which one gap less is measured', 2016 * 600, 0x1c05a3f4],
    ['in a quarter of the time', 302_400, 0x1c0168fd],
    ['in a second less than a quarter', 302_399, 0x1c0168fd],
    ['backwards', -1000, 0x1c0168fd],
    ['in four times the time', 4 * 1_209_600, 0x1c168fd0],
    ['in a second more than four times', 4 * 1_209_600 + 1, 0x1c168fd0],
  ])('after blocks that came %s', (_, taken, next) => {
    expect(nextBits(period(4031, 0x1c05a3f4, 1_300_000_000, 1_300_000_000 + taken), MAIN)).toBe(next);
  });

  it.each([4030, 4032, 5000])('changes nothing between, at height %i', (height) => {
    expect(nextBits(period(height, 0x1c05a3f4, 0, 1), MAIN)).toBe(0x1c05a3f4);
  });

  it('is the first target for the first block, and the same for ever without retargeting', () => {
    expect(nextBits(undefined, MAIN)).toBe(0x1d00ffff);
    expect(nextBits(undefined, networks.classroom)).toBe(0x1e0fffff);
    expect(nextBits(period(2015, 0x207fffff, 0, 1), networks['bitcoin-regtest'])).toBe(0x207fffff);
  });

  it('follows a class: halves the target at double speed, and stops at the limit', () => {
    const { classroom } = networks;
    expect(nextBits(period(19, 0x1e0fffff, 0, 100, 20), classroom)).toBe(0x1e07ffff);
    expect(nextBits(period(19, 0x1f00ffff, 0, 400, 20), classroom)).toBe(0x1f00ffff);
    expect(nextBits(period(18, 0x1e0fffff, 0, 100, 19), classroom)).toBe(0x1e0fffff);
  });
});
