/**
 * Every scenario, played to the rules alone; then what the scenarios have made is held to Bitcoin's own libraries,
 * to the supply that the subsidies allow, and to every order in which the same blocks may come.
 */
import { decodeBlock, outpointKey, type CoinView, type Rejection } from '@pocket/chain';
import { bytesToHex, hexToBytes } from '@pocket/crypto';
import { useFastestSecp256k1 } from '@pocket/crypto/native';
import { Block as BlockJudge, Transaction as TransactionJudge } from 'bitcoinjs-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ChainLab,
  LAB_NETWORK,
  play,
  pureJudge,
  pureNode,
  scenarios,
  submitBase,
  type Judge,
  type Verdict,
} from '../../src/consensus/index.ts';
import { randomOf } from '../../src/random.ts';

const NOW = 1_700_000_000;
const lab = new ChainLab(NOW);
const node = pureNode(LAB_NETWORK, () => NOW);
const said: { thing: 'block' | 'transaction'; hex: string; verdict: Verdict }[] = [];
const judge = recording(pureJudge(node));

/** The judge, and everything it was asked and said. */
function recording(inner: Judge): Judge {
  const record = async (thing: 'block' | 'transaction', hex: string, verdict: Promise<Verdict>) => {
    said.push({ thing, hex, verdict: await verdict });
    return verdict;
  };
  return {
    submitBlock: (hex) => record('block', hex, inner.submitBlock(hex)),
    submitTransaction: (hex) => record('transaction', hex, inner.submitTransaction(hex)),
    tip: () => inner.tip(),
  };
}

function contentOf(coins: CoinView): string[] {
  return [...coins.entries()]
    .map(({ outpoint, coin }) => `${outpointKey(outpoint)} ${coin.value} ${coin.height}`)
    .sort();
}

beforeAll(async () => {
  await useFastestSecp256k1();
  await submitBase(lab, judge);
});

describe('the rules alone', () => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario.rule, scenario] as const))('%s: %s', async (...row) => {
    await play(row[2], lab, judge);
  });
});

describe('a judge that is wrong', () => {
  const refusing = scenarios.slice(0, 1);
  const played = (judged: Judge) => Promise.all(refusing.map((scenario) => play(scenario, lab, judged)));
  const says = (verdict: Verdict): Judge => ({
    submitBlock: () => Promise.resolve(verdict),
    submitTransaction: () => Promise.resolve(verdict),
    tip: () => Promise.resolve({ height: lab.tip.height, hash: lab.tip.blockHash }),
  });

  it.each<[string, Verdict, RegExp]>([
    ['accepts', { ok: true }, /expected bad-txns-vin-empty/],
    ['has another reason', { ok: false, code: 'bad-txns-vout-empty' }, /expected bad-txns-vin-empty/],
    ['names no values', { ok: false, code: 'bad-txns-vin-empty' }, /what was found/],
    [
      'names another value',
      { ok: false, code: 'bad-txns-vin-empty', details: { found: 1, expected: 'at least 1' } },
      /found to be 0/,
    ],
  ])('and %s is told so', async (_, verdict, message) => {
    await expect(played(says(verdict))).rejects.toThrow(message);
  });

  it('and moves the tip on a refusal is told so', async () => {
    const right = says({ ok: false, code: 'bad-txns-vin-empty', details: { found: 0, expected: 'at least 1' } });
    const moved = { ...right, tip: () => Promise.resolve({ height: 0, hash: lab.base[0]?.blockHash ?? null }) };
    await expect(played(moved)).rejects.toThrow(/the tip must be/);
  });
});

describe('the scenarios', () => {
  const refusals = () => said.flatMap(({ verdict }) => (verdict.ok ? [] : [verdict]));

  it('refuse more than 60 times, for more than 25 reasons', () => {
    expect(scenarios.length).toBeGreaterThan(100);
    expect(refusals().length).toBeGreaterThan(60);
    expect(new Set(refusals().map(({ code }) => code)).size).toBeGreaterThan(25);
  });

  it('are answered in sentences that name what was found and what was expected', () => {
    for (const verdict of refusals()) {
      const { message, details } = verdict as Rejection;
      expect(message).toContain(String(details.found));
      expect(message).toContain(String(details.expected));
    }
  });

  it('have names of their own', () => {
    expect(new Set(scenarios.map(({ name, rule }) => `${name} ${rule}`)).size).toBe(scenarios.length);
  });

  it('are always the same', async () => {
    const [again, other] = [new ChainLab(NOW), pureJudge(pureNode(LAB_NETWORK, () => NOW))];
    await submitBase(again, other);
    for (const scenario of scenarios) await play(scenario, again, other);
    expect(again.tip.blockHash).toBe(lab.tip.blockHash);
  });
});

describe('what the lab makes', () => {
  const wellFormed = () => said.filter(({ verdict }) => verdict.ok || !/decode|vin-empty/.test(verdict.code));

  it('is read and written again by bitcoinjs-lib', () => {
    expect(wellFormed().length).toBeGreaterThan(250);
    for (const { thing, hex } of wellFormed()) {
      const bytes = hexToBytes(hex);
      const read = thing === 'block' ? BlockJudge.fromBuffer(bytes) : TransactionJudge.fromBuffer(bytes);
      expect(bytesToHex(read.toBuffer())).toBe(hex);
    }
  });
});

describe('the chain at the end', () => {
  it('holds what the subsidies allowed, less what miners left and what was never a coin', () => {
    let subsidies = 0n;
    let claimed = 0n;
    let fees = 0n;
    for (let at = node.tip; at !== undefined && at.height > 0; at = at.parent) {
      const known = node.blocks.get(at.blockHash);
      if (known?.undo === undefined) throw new Error('a block of the chain was never connected');
      const [coinbase, ...payments] = known.block.transactions.map(({ outputs }) =>
        outputs.reduce((sum, { value }) => sum + value, 0n),
      );
      const spent = known.undo.reduce((sum, { value }) => sum + value, 0n);
      subsidies += at.height < 150 ? 5_000_000_000n : 2_500_000_000n;
      claimed += coinbase ?? 0n;
      fees += spent - payments.reduce((sum, value) => sum + value, 0n);
    }
    const supply = [...node.coins.entries()].reduce((sum, { coin }) => sum + coin.value, 0n);
    const left = subsidies + fees - claimed;
    expect(fees).toBeGreaterThan(0n);
    expect(left).toBeGreaterThan(0n);
    expect(supply).toBe(subsidies - left);
  });

  it('is the same in whatever order the blocks come', async () => {
    const blocks = said.flatMap(({ thing, hex, verdict }) => (thing === 'block' && verdict.ok ? [hex] : []));
    expect(blocks.every((hex) => decodeBlock(hexToBytes(hex)).ok)).toBe(true);
    for (const seed of [1, 2, 3, 4, 5]) {
      const other = pureNode(LAB_NETWORK, () => NOW);
      const otherJudge = pureJudge(other);
      for (const hex of shuffled(blocks, seed)) await otherJudge.submitBlock(hex);
      expect(other.tip?.blockHash, `seed ${seed}`).toBe(node.tip?.blockHash);
      expect(contentOf(other.coins)).toEqual(contentOf(node.coins));
    }
  });
});

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = randomOf(seed);
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)).flat();
}
