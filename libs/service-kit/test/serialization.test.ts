/** What may be null, or is one of several words, is written as JSON.stringify would, and nothing that is not in the schema. */
import Type, { type TSchema } from 'typebox';
import { expect, it } from 'vitest';
import { buildSerializer } from '../src/serialization.ts';

const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Row = Type.Object({ at: Type.String({ format: 'date-time' }), count: Type.Integer() });
const schema = Type.Object({
  text: Nullable(Type.String({ description: 'any' })),
  number: Nullable(Type.Number({ minimum: 0 })),
  flag: Nullable(Type.Boolean()),
  time: Nullable(Type.String({ format: 'date-time' })),
  row: Nullable(Row),
  rows: Nullable(Type.Array(Nullable(Row))),
  word: Type.Union([Type.Literal('one'), Type.Literal('two')]),
  maybeWord: Nullable(Type.Union([Type.Literal('one'), Type.Literal('two')])),
  flatWord: Type.Union([Type.Literal('one'), Type.Literal('two'), Type.Null()]),
  either: Type.Union([Type.Integer(), Type.String()]),
  left: Type.Optional(Nullable(Type.Integer())),
});
const write = buildSerializer({}, {})({ schema, method: 'GET', url: '/', httpStatus: '200' });
const row = { at: '2026-01-01T00:00:00.000Z', count: 3 };
const text = 'a "quoted" word\n';
const given = { text, number: 1.5, flag: false, time: row.at, row, rows: [row, null, row], either: 7 };
const words = { word: 'two', maybeWord: 'one', flatWord: 'one' };
const nothing = { text: null, number: null, flag: null, time: null, row: null, rows: null, either: 'x', left: null };

it.each([
  { ...given, ...words, left: 1 },
  { ...nothing, word: 'one', maybeWord: null, flatWord: null },
])('%j', (answer) => {
  expect(JSON.parse(write(answer))).toEqual(answer);
});

it('leaves out what is not there, and what the schema does not name', () => {
  const answer = { ...given, ...words };
  expect(JSON.parse(write({ ...answer, row: { ...row, secret: 1 }, secret: 2 }))).toEqual(answer);
});
