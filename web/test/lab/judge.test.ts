/**
 * The lab's verdicts: a real chain stands, every ready-made tampering breaks exactly the rule that it should at every stage of
 * mending, the later blocks fall, and work done again with the kernel is accepted.
 */
import { blockHashOf, hashMeetsTarget, txidOf, type Block } from '@pocket/chain';
import { mined } from '@pocket/testkit/builders';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { useFastestSecp256k1 } from '@pocket/crypto/native';
import { takenFrom, withoutTransaction, type LabBlock } from '../../src/features/lab/lab-block.ts';
import { MENDED, mend } from '../../src/features/lab/mending.ts';
import type { RealChain } from '../../src/features/lab/real-chain.ts';
import { placesOf } from '../../src/features/lab/rejection-place.ts';
import { TAMPERINGS, tamper, type Tampering } from '../../src/features/lab/tamperings.ts';
import { testChain } from './lab-chain.ts';
import { labAt, subjectOf, verdictsOf, withFirst } from './judged.ts';

const SEED = 20_267;

beforeAll(async () => {
  await useFastestSecp256k1();
});

/** Block 14 has a coinbase and four payments, and blocks behind it spend what it makes. */
const payments = [0, 0, 0, 1, 2, 1, 0, 3, 2, 1, 2, 2, 3, 4, 2, 3, 0, 1];
const chain = testChain(payments);
const HEIGHT = 14;
let real: RealChain;
beforeAll(async () => {
  real = await labAt(chain, HEIGHT);
});

describe('an untouched block', () => {
  it('is valid, and so are all behind it', () => {
    expect(verdictsOf(real, real.blocks).map(({ standing }) => standing)).toEqual(real.blocks.map(() => 'valid'));
    expect(verdictsOf(real, real.blocks)[0]).toMatchObject({ height: HEIGHT, work: 4095n, onlyWork: true });
  });

  it('is, of any chain, at any height, mended or not', async () => {
    const anyPayments = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 14 });
    const property = fc.asyncProperty(anyPayments, fc.nat(), fc.boolean(), async (counts, place, mended) => {
      const lab = await labAt(testChain(counts), place % (counts.length + 1));
      const blocks = mended ? mend(lab.blocks.map(takenFrom), MENDED).map(({ block }) => block) : lab.blocks;
      expect(hashesOf(blocks)).toEqual(hashesOf(lab.blocks));
      expect(verdictsOf(lab, blocks).every(({ standing }) => standing === 'valid')).toBe(true);
    });
    await fc.assert(property, { seed: SEED, numRuns: 25 });
  }, 60_000);
});

type Words = [asItIs: string, mended: string, worked: string];

/** What the first rule to say no says: as the block is, with its header mended, and with its work done again. */
const EXPECTED: Record<Tampering, Words> = {
  payMore: ['bad-txnmrklroot', 'high-hash', 'bad-cb-amount'],
  steal: ['bad-txnmrklroot', 'high-hash', 'mandatory-script-verify-flag-failed'],
  changeAmount: ['bad-txnmrklroot', 'high-hash', 'mandatory-script-verify-flag-failed'],
  swap: ['bad-txnmrklroot', 'high-hash', 'valid'],
  takeOut: ['bad-txnmrklroot', 'high-hash', 'valid'],
  timeBack: ['high-hash', 'high-hash', 'time-too-old'],
  easier: ['high-hash', 'high-hash', 'high-hash'],
  duplicateLast: ['bad-txns-duplicate', 'bad-txns-duplicate', 'bad-txns-duplicate'],
};

function tampered(tampering: Tampering): LabBlock {
  const lab = tamper(tampering, subjectOf(real));
  if (lab === undefined) throw new Error(`block ${HEIGHT} does not lend itself to ${tampering}`);
  return lab;
}

describe('every ready-made tampering', () => {
  const wordOf = (blocks: readonly Block[]): string => {
    const [verdict] = verdictsOf(real, blocks);
    return verdict?.rejection?.code ?? verdict?.standing ?? '';
  };

  it.each(TAMPERINGS)('%s is answered by exactly the rule that it breaks', (tampering) => {
    const lab = tampered(tampering);
    const mended = withFirst(real, lab, MENDED);
    expect([wordOf(withFirst(real, lab)), wordOf(mended), wordOf(mended.slice(0, 1).map(mined))]).toEqual(
      EXPECTED[tampering],
    );
  });

  it.each(TAMPERINGS)('%s shows before any work what waits behind it', (tampering) => {
    const [verdict] = verdictsOf(real, withFirst(real, tampered(tampering), MENDED));
    const [, mended, worked] = EXPECTED[tampering];
    const behind = tampering === 'easier' ? 'bad-diffbits' : worked === 'valid' ? undefined : worked;
    expect(verdict?.behind?.code).toBe(behind === mended ? undefined : behind);
    expect(verdict?.onlyWork).toBe(worked === 'valid');
  });

  it('that leaves the header alone leaves the hash, and the later blocks on what no longer stands', () => {
    const verdicts = verdictsOf(real, withFirst(real, tampered('duplicateLast')));
    expect(verdicts[0]).toMatchObject({ blockHash: hashesOf(real.blocks)[0] });
    expect(verdicts.slice(1).map(({ standing }) => standing)).toEqual(real.blocks.slice(1).map(() => 'orphaned'));
  });

  it('says in which field it was found', () => {
    const places = (tampering: Tampering, mended: boolean): string[] => {
      const blocks = withFirst(real, tampered(tampering), mended ? MENDED : undefined);
      const { rejection, behind } = verdictsOf(real, blocks)[0] ?? {};
      return [behind ?? rejection].flatMap((no) => (no === undefined ? [] : placesOf(no)));
    };
    expect(places('payMore', false)).toEqual(['header.merkleRoot']);
    expect(places('payMore', true)).toEqual(['tx.0.out.0.value']);
    expect(places('steal', true)).toEqual(['tx.5.in.0.signature', 'tx.5.in.0.scriptSig']);
    expect(places('timeBack', true)).toEqual(['header.time']);
    expect(places('easier', false)).toEqual(['header.bits']);
    expect(places('swap', true)).toEqual(['header.nonce']);
  });

  it('is not offered where the block does not lend itself to it', async () => {
    const alone = subjectOf(await labAt(chain, 0));
    expect(TAMPERINGS.filter((tampering) => tamper(tampering, alone) === undefined)).toEqual([
      ...['changeAmount', 'swap', 'takeOut', 'timeBack', 'duplicateLast'],
    ]);
  });

  it('breaks just that rule in any chain', async () => {
    const counts = fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 6, maxLength: 9 });
    const property = fc.asyncProperty(counts, fc.constantFrom(...TAMPERINGS), async (more, tampering) => {
      const lab = await labAt(testChain([1, 1, 1, ...more]), 3 + more.length);
      const changed = tamper(tampering, subjectOf(lab));
      if (changed === undefined) return;
      const [asItIs] = verdictsOf(lab, withFirst(lab, changed));
      const [mended] = verdictsOf(lab, withFirst(lab, changed, MENDED));
      const [first, second, third] = EXPECTED[tampering];
      const isLucky = mended !== undefined && hashMeetsTarget(mended.blockHash, 0x1f100000);
      expect(asItIs?.rejection?.code).toBe(isLucky && first === 'high-hash' ? third : first);
      if (!isLucky) expect(mended?.rejection?.code).toBe(second);
    });
    await fc.assert(property, { seed: SEED, numRuns: 40 });
  }, 60_000);
});

describe('the later blocks', () => {
  const standings = (blocks: readonly Block[]) => verdictsOf(real, blocks).map(({ standing }) => standing);
  const others = () => real.blocks.slice(2);

  it('no longer fit, and those on them are orphaned, once the changed block has another hash', () => {
    const rooted = withFirst(real, tampered('swap'), { merkleRoot: true, links: false });
    expect(standings(rooted)).toEqual(['refused', 'unlinked', ...others().map(() => 'orphaned')]);
  });

  it('lack their work once they are linked again, and nothing else', () => {
    const verdicts = verdictsOf(real, withFirst(real, tampered('swap'), MENDED));
    expect(verdicts.map(({ rejection, onlyWork }) => [rejection?.code, onlyWork])).toEqual(
      real.blocks.map(() => ['high-hash', true]),
    );
  });

  it('miss the coin that a payment taken out does not make any more', () => {
    const spent = new Set(real.blocks.slice(1).flatMap(inputsOf));
    const index = real.blocks[0]?.transactions.findIndex((one, place) => place > 0 && spent.has(txidOf(one))) ?? -1;
    expect(index).toBeGreaterThan(0);
    const lab = withoutTransaction(subjectOf(real).lab, index);
    const blocks = withFirst(real, lab, MENDED);
    expect(verdictsOf(real, blocks).some(({ behind }) => behind?.code === 'bad-txns-inputs-missingorspent')).toBe(true);
    expect(standings(workedAgain(blocks))).toContain('missing');
  });

  it('are all valid again when the kernel has done their work', () => {
    const worked = workedAgain(withFirst(real, tampered('swap'), MENDED));
    expect(standings(worked)).toEqual(real.blocks.map(() => 'valid'));
    expect(hashesOf(worked).filter((hash) => hashesOf(real.blocks).includes(hash))).toEqual([]);
  });
});

function hashesOf(blocks: readonly Block[]): string[] {
  return blocks.map(({ header }) => blockHashOf(header));
}

function inputsOf({ transactions }: Block): string[] {
  return transactions.flatMap(({ inputs }) => inputs.map(({ prevout }) => prevout.txid));
}

/** Each block linked to the one before it as that is now, and mined again with the kernel. */
function workedAgain(blocks: readonly Block[]): Block[] {
  const done: LabBlock[] = [];
  for (const block of blocks) {
    const linked = mend([...done.slice(-1), takenFrom(block)], MENDED).at(-1) ?? takenFrom(block);
    done.push({ ...linked, block: mined(linked.block) });
  }
  return done.map(({ block }) => block);
}
