/** Bodies of hex: every way to be wrong with the sentence it gets, and that schema and check agree on anything at all. */
import fc from 'fast-check';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { HexItem, HexItems, checkItem, checkItems, type BodyCheck } from '../src/hex-request.ts';

/** The sentence of a refusal; undefined for a body that is taken. */
function wrongOf(check: BodyCheck, body: unknown): string | undefined {
  const outcome = check(body);
  return 'error' in outcome ? outcome.error.message : undefined;
}

const taken: [string, unknown][] = [
  ['one byte', { hex: '00' }],
  ['either case', { hex: 'aBcDeF' }],
  ['the most digits', { hex: '0'.repeat(2_100_000) }],
];
const refused: [string, unknown, string][] = [
  ['nothing', undefined, 'body is missing, it must be an object {"hex": "..."}'],
  ['null', null, 'body is null, it must be an object {"hex": "..."}'],
  ['text', '00', 'body is a string, it must be an object {"hex": "..."}'],
  ['a number', 1, 'body is a number, it must be an object {"hex": "..."}'],
  ['no field', {}, 'body/hex is missing, it must be a string of hex digits'],
  ['another field', { hex: '00', x: 1 }, 'body has the field "x", it must have "hex" alone'],
  ['a number for hex', { hex: 12 }, 'body/hex is a number, it must be a string of hex digits'],
  ['null for hex', { hex: null }, 'body/hex is null, it must be a string of hex digits'],
  ['an array for hex', { hex: ['00'] }, 'body/hex is an array, it must be a string of hex digits'],
  ['an object for hex', { hex: {} }, 'body/hex is an object, it must be a string of hex digits'],
  ['empty hex', { hex: '' }, 'body/hex is empty, it must hold at least one byte'],
  ['half a byte', { hex: '012' }, 'body/hex has 3 digits, it must have two for each byte'],
  ['no hex digit', { hex: '00g0' }, 'body/hex has "g" at place 2, it must have the digits 0-9 and a-f only'],
  ['a prefix', { hex: '0x00' }, 'body/hex has "x" at place 1, it must have the digits 0-9 and a-f only'],
  ['a line break', { hex: '00\n' }, 'body/hex has "\\n" at place 2, it must have the digits 0-9 and a-f only'],
  ['too many digits', { hex: '0'.repeat(2_100_002) }, 'body/hex has 2100002 digits, it may have at most 2100000'],
];

describe('one item', () => {
  it.each(taken)('is taken: %s', (_, body) => {
    expect(checkItem(body)).toEqual({ value: body });
  });

  it.each(refused)('is refused: %s', (_, body, sentence) => {
    expect(wrongOf(checkItem, body)).toBe(sentence);
  });

  it('is no array', () => {
    expect(wrongOf(checkItem, [{ hex: '00' }])).toBe('body is an array, it must be an object {"hex": "..."}');
  });
});

describe('one item or more', () => {
  const item = { hex: '00' };

  it.each([...taken, ['an array of one', [item]], ['an array of 1,000', Array(1_000).fill(item)]])(
    'are taken: %s',
    (_, body) => {
      expect(checkItems(body)).toEqual({ value: body });
    },
  );

  it.each(refused)('are refused with the place of the wrong one: %s', (_, wrong, sentence) => {
    expect(wrongOf(checkItems, [item, item, wrong, wrong])).toBe(sentence.replace('body', 'body/2'));
  });

  it.each([
    ['no array', 'text', 'body is a string, it must be an object {"hex": "..."} or an array of such objects'],
    ['none', [], 'the array has 0 items, it must have 1 to 1000'],
    ['1,001', Array(1_001).fill(item), 'the array has 1001 items, it must have 1 to 1000'],
    ['an array in an array', [[item]], 'body/0 is an array, it must be an object {"hex": "..."}'],
  ])('are refused: %s', (_, body, sentence) => {
    expect(wrongOf(checkItems, body)).toBe(sentence);
  });
});

describe('schema and check', () => {
  const hexLike = fc.oneof(
    fc.string({ unit: fc.constantFrom('0', '9', 'a', 'f', 'A', 'F', 'g', 'x', ' ') }),
    fc.anything(),
  );
  const itemLike = fc.oneof(
    fc.record({ hex: hexLike }, { noNullPrototype: true }),
    fc.record({ hex: hexLike, other: fc.anything() }, { requiredKeys: [], noNullPrototype: true }),
    fc.jsonValue(),
  );

  it('agree on one item', () => {
    fc.assert(
      fc.property(itemLike, (body) => {
        expect(wrongOf(checkItem, body) === undefined).toBe(Value.Check(HexItem, body));
      }),
    );
  });

  it('agree on one item or more', () => {
    const schema = Type.Union([HexItem, HexItems]);
    fc.assert(
      fc.property(fc.oneof(itemLike, fc.array(itemLike, { maxLength: 4 })), (body) => {
        expect(wrongOf(checkItems, body) === undefined).toBe(Value.Check(schema, body));
      }),
    );
  });
});
