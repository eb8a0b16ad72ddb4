/** The target follows the miners' speed: what the chain asks for is what retargeting says, and nothing else is taken. */
import { describe, expect, it } from 'vitest';
import {
  blockHashOf,
  createBlockTemplate,
  describeNetwork,
  networkOf,
  networks,
  NULL_BLOCK_HASH,
  type Block,
} from '@pocket/chain';
import { GENESIS_TIME, mined, ownerOf } from '@pocket/testkit/builders';
import { chain, startedOn, submit } from './chain-scenario.ts';

const EASY = 0x207fffff;
/** Every four blocks, a block meant to take ten seconds; blocks are easy, so that tests can make them. */
const network = networkOf({
  ...describeNetwork(networks.classroom),
  name: 'quick',
  initialBits: EASY,
  powLimitBits: EASY,
  retargeting: { intervalBlocks: 4, targetSpacingSeconds: 10 },
});
const miner = ownerOf(1);

/** As many blocks as times, each with the bits that stand beside it. */
function line(...places: [seconds: number, bits: number][]): Block[] {
  let previousBlockHash = NULL_BLOCK_HASH;
  return places.map(([seconds, bits], height) => {
    const template = createBlockTemplate({
      height,
      previousBlockHash,
      bits,
      time: GENESIS_TIME + seconds,
      transactions: [],
      payTo: miner.address,
      extraNonce: new Uint8Array(8),
      params: network,
    });
    const block = mined(template);
    previousBlockHash = blockHashOf(block.header);
    return block;
  });
}

const repliesTo = (blocks: Block[]) =>
  chain()
    .given(startedOn(network))
    .when(...blocks.map((block) => submit(block)))
    .decisions.map(({ reply }) => (reply.ok ? 'ok' : reply.code));

/** Four blocks in 3 seconds instead of 40: four times as hard, the most there is. */
const FAST: [number, number][] = [0, 1, 2, 3].map((seconds) => [seconds, EASY]);
const FOUR_TIMES_HARDER = 0x201fffff;

describe('a chain that retargets', () => {
  it('asks for four times the work after four blocks that came too fast, and for nothing else', () => {
    expect(repliesTo(line(...FAST, [4, FOUR_TIMES_HARDER]))).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    expect(repliesTo(line(...FAST, [4, EASY]))[4]).toBe('bad-diffbits');
    expect(repliesTo(line(...FAST, [4, 0x200fffff]))[4]).toBe('bad-diffbits');
  });

  it('keeps the target between two changes', () => {
    const kept: [number, number] = [5, FOUR_TIMES_HARDER];
    expect(repliesTo(line(...FAST, [4, FOUR_TIMES_HARDER], kept)).at(-1)).toBe('ok');
    expect(repliesTo(line(...FAST, [4, FOUR_TIMES_HARDER], [5, EASY])).at(-1)).toBe('bad-diffbits');
  });

  it('asks for less again after slow blocks, and never for less than the limit', () => {
    const slow: [number, number][] = [4, 70, 130, 190].map((seconds) => [seconds, FOUR_TIMES_HARDER]);
    expect(repliesTo(line(...FAST, ...slow, [200, 0x207ffffc])).at(-1)).toBe('ok');
    const slower: [number, number][] = [0, 500, 1_000, 1_500].map((seconds) => [seconds, EASY]);
    expect(repliesTo(line(...slower, [1_600, EASY])).at(-1)).toBe('ok');
  });

  it('says in its refusal what was found and what was expected', () => {
    const { decisions } = chain()
      .given(startedOn(network))
      .when(...line(...FAST, [4, EASY]).map((block) => submit(block)));
    expect(decisions.at(-1)?.reply).toMatchObject({ details: { found: '0x207fffff', expected: '0x201fffff' } });
  });
});
