/**
 * Every code of the catalogue has an answer in every language, for the values that its rule really tells and for none; and the
 * answers are right. What the rules tell is taken from the rules themselves where they run here.
 */
import { readdirSync, readFileSync } from 'node:fs';
import {
  checkBlockAlone,
  checkTransaction,
  checkTransactionInputs,
  CoinView,
  decodeTransaction,
  networks,
  type Block,
  type Rejection,
  type Transaction,
} from '@pocket/chain';
import type { RefusalDetails } from '@pocket/contracts';
import { coinOf, ownerOf, spend } from '@pocket/testkit/builders';
import { describe, expect, it } from 'vitest';
import { OUR_CODES, RULE_CODES, sectionOf, wordKeyOf, type RefusalCode } from '../../src/refusal/refusal-codes.ts';
import { smallestChange, type ChangeValue, type Refused } from '../../src/refusal/smallest-change.ts';

const root = new URL('../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const [, ours = '', rules = ''] = read('docs/errors.md').split(/^## /m);
const codesIn = (section: string): string[] => [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, code = '']) => code);
const CODES: readonly RefusalCode[] = [...OUR_CODES, ...RULE_CODES];

type Words = Record<string, Record<string, string>>;
const languages = readdirSync(new URL('web/src/refusal', root))
  .filter((file) => file.startsWith('messages.'))
  .map((file) => [file, codesOf(file)] as const);
function codesOf(file: string): Words {
  return (JSON.parse(read(`web/src/refusal/${file}`)) as { refusal: { codes: Words } }).refusal.codes;
}
const keyOf = (code: string): string => wordKeyOf(code).slice('refusal.codes.'.length);
const filledIn = (text: string): string[] => [
  ...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)),
];

const [HASH, OTHER, TARGET] = ['ab'.repeat(32), 'cd'.repeat(32), `0000${'f'.repeat(60)}`];
const COIN = `${HASH}:1`;
const place = { input: 2, output: 1, transaction: 3 };
const RATE = { found: '1000', expected: `more than the 1500.5 of ${HASH}` };
const FULL = { found: '5', expected: 'more than 9 base units per 1,000 bytes' };
/** What each rule tells, where it tells values: in the very words of the code that refuses. */
const TOLD: [RefusalCode, RefusalDetails, string, Record<string, unknown>, Refused?][] = [
  ['unknown-moment', { found: 12, expected: '0 to 9' }, 'change', { found: '12', expected: '0 to 9' }],
  ['insufficient-funds', { found: '500', expected: 'at most 300' }, 'change', { amount: 200n, limit: 300n }],
  ['insufficient-funds', { found: '500', expected: 'at most 0' }, 'changeNothing', { amount: 500n, limit: 0n }],
  ['tx-decode-failed', { found: '3 bytes', expected: 'none' }, 'change', { found: '3 bytes', expected: 'none' }],
  ['header-decode-failed', { found: 'a', expected: 'b' }, 'change', { found: 'a', expected: 'b' }],
  ['block-decode-failed', { found: 'a', expected: 'b' }, 'change', { found: 'a', expected: 'b' }],
  ['coins-decode-failed', { found: 'a', expected: 'b' }, 'change', { found: 'a', expected: 'b' }],
  ['bad-txns-oversize', { found: 1_000_007, expected: 'at most 1000000' }, 'change', { less: 7 }],
  [
    'bad-txns-vout-negative',
    { found: '-12', expected: 'at least 0', ...place },
    'change',
    { amount: 12n, output: '1' },
  ],
  ['bad-txns-vout-toolarge', { found: '25', expected: 'at most 21', ...place }, 'change', { amount: 4n, limit: 21n }],
  ['bad-txns-txouttotal-toolarge', { found: '25', expected: 'at most 21' }, 'change', { amount: 4n }],
  ['bad-txns-inputs-duplicate', { found: COIN, expected: 'another', ...place }, 'change', { input: '2', found: COIN }],
  ['bad-cb-length', { found: 1, expected: '2 to 100' }, 'change', { wanted: '2', found: '1' }],
  ['bad-cb-length', { found: 130, expected: '2 to 100' }, 'change', { wanted: '100' }],
  ['bad-txns-prevout-null', { found: COIN, expected: 'an output', ...place }, 'change', { input: '2' }],
  ['scriptpubkey', { found: 'no bytes', expected: 'a P2PKH script', ...place }, 'change', { output: '1' }],
  ['bad-txns-inputs-missingorspent', { found: COIN, expected: 'unspent', ...place }, 'change', { found: COIN }],
  ['bad-txns-premature-spend-of-coinbase', { found: 7, expected: 'at least 11' }, 'change', { wait: 4, limit: 11 }],
  ['bad-txns-inputvalues-outofrange', { found: '25', expected: '0 to 21', ...place }, 'change', { amount: 4n }],
  ['bad-txns-in-belowout', { found: '25', expected: 'at most 22' }, 'change', { amount: 3n, limit: 22n }],
  ['mandatory-script-verify-flag-failed', { found: 'x', expected: 'y', ...place }, 'change', { input: '2' }],
  ['bad-txns-nonfinal', { found: 15, expected: 'below 12' }, 'change', { wait: 4, wanted: '11' }],
  ['bad-txns-nonfinal', { found: 1_700_000_009, expected: 'below 1700000000' }, 'changeTime', { wait: 10 }],
  ['bad-prevblk', { found: HASH, expected: OTHER }, 'change', { found: HASH, expected: OTHER }],
  ['bad-prevblk', { found: HASH, expected: 'only valid blocks below it' }, 'changeInvalid', { found: HASH }],
  ['bad-diffbits', { found: '0x1f00ffff', expected: '0x1f100000' }, 'change', { expected: '0x1f100000' }],
  ['high-hash', { found: HASH, expected: `at most ${TARGET}` }, 'change', { target: TARGET, hashes: 65_536 }],
  ['high-hash', { found: HASH, expected: `at most ${TARGET}` }, 'changeNonce', { nonce: '7' }, { nonce: 7 }],
  [
    'high-hash',
    { found: '0x2100ffff', expected: 'a target of at most 0x1f100000' },
    'changeBits',
    { found: '0x2100ffff' },
  ],
  ['time-too-old', { found: 95, expected: 'above 100' }, 'change', { wanted: '101', seconds: 6 }],
  ['time-too-new', { found: 130, expected: 'at most 100' }, 'change', { wanted: '100', seconds: 30 }],
  ['bad-txnmrklroot', { found: HASH, expected: OTHER }, 'change', { expected: OTHER }],
  ['bad-txns-duplicate', { found: HASH, expected: 'once', ...place }, 'change', { transaction: '3', found: HASH }],
  ['bad-blk-length', { found: 0, expected: 'at least 1' }, 'changeEmpty', {}],
  ['bad-blk-length', { found: 1_000_100, expected: 'at most 1000000' }, 'change', { less: 100 }],
  ['bad-cb-missing', { found: HASH, expected: 'a coinbase', ...place }, 'change', { found: HASH }],
  ['bad-cb-multiple', { found: HASH, expected: 'one coinbase', ...place }, 'change', { transaction: '3' }],
  ['bad-cb-height', { found: 7, expected: 8 }, 'change', { found: '7', expected: '8' }],
  ['bad-blk-sigops', { found: 20_003, expected: 'at most 20000' }, 'change', { less: 3 }],
  ['bad-version', { found: 2, expected: 'at least 4' }, 'change', { limit: '4', found: '2' }],
  ['prev-blk-not-found', { found: HASH, expected: OTHER }, 'change', { expected: OTHER }],
  ['duplicate-invalid', { found: HASH, expected: 'another block' }, 'change', { found: HASH }],
  ['bad-txns-BIP30', { found: COIN, expected: 'none', ...place }, 'change', { transaction: '3', found: COIN }],
  ['bad-txns-accumulated-fee-outofrange', { found: '25', expected: 'at most 21' }, 'change', { amount: 4n }],
  ['bad-cb-amount', { found: '1100', expected: 'at most 1000' }, 'change', { amount: 100n, limit: 1_000n }],
  ['wrong-chain', { found: 'a', expected: 'b' }, 'change', { found: 'a', expected: 'b' }],
  ['version', { found: 3, expected: '1 or 2' }, 'change', { wanted: '2', found: '3' }],
  ['version', { found: 0, expected: '1 or 2' }, 'change', { wanted: '1' }],
  ['tx-size', { found: 100_005, expected: 'at most 100000' }, 'change', { less: 5 }],
  ['scriptsig-size', { found: 1_660, expected: 'at most 1650', ...place }, 'change', { less: 10, input: '2' }],
  ['min relay fee not met', { found: '100', expected: 'at least 112' }, 'change', { amount: 12n, limit: 112n }],
  ['txn-mempool-conflict', { found: COIN, expected: 'x', ...place, conflict: HASH }, 'change', { conflict: HASH }],
  ['bad-txns-spends-conflicting-tx', { found: HASH, expected: 'x' }, 'change', { found: HASH }],
  ['replacement-adds-unconfirmed', { found: COIN, expected: 'x', ...place }, 'change', { found: COIN, input: '2' }],
  ['too many potential replacements', { found: 101, expected: 'at most 100' }, 'change', { less: 1 }],
  ['insufficient fee', { found: '300', expected: 'at least 525' }, 'change', { amount: 225n, limit: 525n }],
  [
    'insufficient fee',
    { found: '1000', expected: `more than the 1500.5 of ${HASH}` },
    'changeRate',
    { rate: '1500.5' },
  ],
  ['insufficient fee', RATE, 'changeRateSize', { amount: 101n, limit: 301n }, { sizeBytes: 200 }],
  ['too-long-mempool-chain', { found: 26, expected: 'at most 25 transactions' }, 'change', { less: 1, limit: 25 }],
  ['too-long-mempool-chain', { found: 101_200, expected: 'at most 101000 bytes' }, 'changeBytes', { less: 200 }],
  ['mempool full', FULL, 'change', { found: '5' }],
  ['mempool full', FULL, 'changeRateSize', { amount: 5n, limit: 10n }, { sizeBytes: 1_000 }],
];

const plain = (value: ChangeValue): unknown => Object.values(value)[0];

describe('the codes', () => {
  it('are those of docs/errors.md, all of them and no other, in its order', () => {
    expect([...OUR_CODES]).toEqual(codesIn(ours));
    expect([...RULE_CODES]).toEqual(codesIn(rules));
  });

  it('are told from what the catalogue does not have', () => {
    expect([sectionOf('not-found'), sectionOf('high-hash'), sectionOf('http-500')]).toEqual([
      'ours',
      'rules',
      undefined,
    ]);
  });
});

describe('the answers', () => {
  it.each(TOLD)('to %s are computed from its values, case %#', (code, details, word, values, refused) => {
    const answer = smallestChange(code, details, refused);
    expect(answer.word).toBe(word);
    const shown = Object.fromEntries(Object.entries(answer.values).map(([name, value]) => [name, plain(value)]));
    expect(shown).toMatchObject(values);
  });

  it('have their words in every language, with every value that they fill in', () => {
    expect(languages.length).toBe(2);
    const asked = [
      ...CODES.map((code) => [code, {}, {}] as const),
      ...TOLD.map(([code, details, , , refused]) => [code, details, refused ?? {}] as const),
    ];
    for (const [file, words] of languages)
      for (const [code, details, refused] of asked) {
        const { word, values } = smallestChange(code, details, refused);
        const text = words[keyOf(code)]?.[word];
        expect(text, `${file}: ${code} ${word}`).toMatch(/^\S.*[.]$/);
        for (const name of filledIn(text ?? ''))
          expect(Object.keys(values), `${file}: ${code} ${word}`).toContain(name);
        expect(words[keyOf(code)]?.['rule'], `${file}: ${code}`).toMatch(/^\S.*[.]$/);
      }
  });

  it('use every word that there is, so that none is left over', () => {
    const used = new Set([
      ...CODES.flatMap((code) => [`${keyOf(code)}.rule`, `${keyOf(code)}.${smallestChange(code).word}`]),
      ...TOLD.map(([code, details, , , refused]) => `${keyOf(code)}.${smallestChange(code, details, refused).word}`),
    ]);
    for (const [, words] of languages) {
      const all = Object.entries(words).flatMap(([key, texts]) => Object.keys(texts).map((word) => `${key}.${word}`));
      expect(all.filter((word) => !used.has(word))).toEqual([]);
    }
  });

  it('to a code whose answer has values have been asked with values', () => {
    const withValues = new Set(TOLD.map(([code]) => code));
    const unasked = CODES.filter((code) => smallestChange(code).word === 'changeUnknown' && !withValues.has(code));
    expect(unasked).toEqual([]);
  });
});

describe('what the rules themselves refuse', () => {
  const [alice, bob] = [ownerOf(1), ownerOf(2)];
  const coin = coinOf(alice, 10n, 1);
  const view = new CoinView([coin]);
  const answerTo = (answer: { ok: true } | Rejection) => {
    if (answer.ok) throw new Error('nothing was refused');
    return { code: answer.code, ...smallestChange(answer.code, answer.details) };
  };
  const paying = (value: bigint): Transaction => spend([coin], alice, [bob, value]);

  it('is passed by the change that is told', () => {
    const judge = (value: bigint) => checkTransactionInputs(paying(value), view, 5, networks.pocket);
    const { code, values } = answerTo(judge(13n));
    expect([code, values['amount']]).toEqual(['bad-txns-in-belowout', { amount: 3n }]);
    expect(judge(13n - 3n).ok).toBe(true);
    expect(judge(13n - 2n).ok).toBe(false);
  });

  it('is answered with the place', () => {
    const twice = spend([coin, coin], alice, [bob, 5n]);
    expect(answerTo(checkTransaction(twice))).toMatchObject({
      code: 'bad-txns-inputs-duplicate',
      values: { input: { text: '1' } },
    });
    const gone = checkTransactionInputs(paying(1n), new CoinView(), 5, networks.pocket);
    expect(answerTo(gone)).toMatchObject({ code: 'bad-txns-inputs-missingorspent', word: 'change' });
    const bytes = decodeTransaction(Uint8Array.of(1, 2, 3));
    expect(answerTo(bytes)).toMatchObject({ code: 'tx-decode-failed', word: 'change' });
  });

  it('of a block is its work and its root', () => {
    const hashes = { previousBlockHash: HASH, merkleRoot: HASH } as Pick<
      Block['header'],
      'previousBlockHash' | 'merkleRoot'
    >;
    const header = { version: 4, ...hashes, time: 1, bits: 0x1f100000, nonce: 0 };
    const block: Block = { header, transactions: [paying(1n)] };
    expect(answerTo(checkBlockAlone(block, networks.pocket))).toMatchObject({ code: 'high-hash', word: 'change' });
    const easy = { ...block, header: { ...block.header, bits: 0x2100ffff } };
    expect(answerTo(checkBlockAlone(easy, networks.pocket))).toMatchObject({ code: 'high-hash', word: 'changeBits' });
  });
});
