/**
 * Bodies that carry transactions or a block as hex. The schemas say what is taken; the check is written out, because
 * whoever sends a thousand items must be told which one is wrong, where, and what would be right.
 */
import type { FastifySchemaCompiler } from 'fastify';
import Type, { type Static } from 'typebox';
import type { HttpServer } from '@pocket/service-kit';

/** A little more than a block may hold, so that what is too large is refused by its rule and in Bitcoin's word. */
const MAX_HEX_DIGITS = 2_100_000;
const MAX_ITEMS = 1_000;
const NO_HEX_DIGIT = /[^0-9a-fA-F]/;

export const HexItem = Type.Object(
  {
    hex: Type.String({
      minLength: 2,
      maxLength: MAX_HEX_DIGITS,
      pattern: '^([0-9a-fA-F]{2})*$',
      description: 'The bytes as Bitcoin serializes them, hex.',
    }),
  },
  { additionalProperties: false },
);
export type HexItem = Static<typeof HexItem>;
export const HexItems = Type.Array(HexItem, { minItems: 1, maxItems: MAX_ITEMS });

/** The body as it is, or the sentence that refuses it. */
export type BodyCheck = (body: unknown) => { value: unknown } | { error: Error };

/** For a body that is one item. */
export const checkItem: BodyCheck = (body) => checked(body, wrongItem(body, 'body'));

/** For a body that is one item or an array of them. */
export const checkItems: BodyCheck = (body) =>
  checked(body, Array.isArray(body) ? wrongItems(body) : wrongItem(body, 'body', ' or an array of such objects'));

/** The validator compiler of a route whose body is checked so; paths and queries are left to the server's. */
export function checkingBody({ validatorCompiler }: HttpServer, check: BodyCheck): FastifySchemaCompiler<object> {
  return (route) => (route.httpPart === 'body' || validatorCompiler === undefined ? check : validatorCompiler(route));
}

function checked(value: unknown, wrong: string | undefined): ReturnType<BodyCheck> {
  return wrong === undefined ? { value } : { error: new Error(wrong) };
}

function wrongItems(items: unknown[]): string | undefined {
  if (items.length === 0 || items.length > MAX_ITEMS)
    return `the array has ${items.length} items, it must have 1 to ${MAX_ITEMS}`;
  for (const [index, item] of items.entries()) {
    const wrong = wrongItem(item, `body/${index}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** The first thing that is wrong; undefined for an item. `path` says where it stands, from 0 in an array. */
function wrongItem(item: unknown, path: string, alternative = ''): string | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item))
    return `${path} is ${kindOf(item)}, it must be an object {"hex": "..."}${alternative}`;
  const unknown = Object.keys(item).find((name) => name !== 'hex');
  if (unknown !== undefined) return `${path} has the field ${JSON.stringify(unknown)}, it must have "hex" alone`;
  return wrongHex((item as { hex?: unknown }).hex, `${path}/hex`);
}

function wrongHex(hex: unknown, path: string): string | undefined {
  if (typeof hex !== 'string') return `${path} is ${kindOf(hex)}, it must be a string of hex digits`;
  if (hex === '') return `${path} is empty, it must hold at least one byte`;
  if (hex.length > MAX_HEX_DIGITS) return `${path} has ${hex.length} digits, it may have at most ${MAX_HEX_DIGITS}`;
  const place = hex.search(NO_HEX_DIGIT);
  if (place !== -1)
    return `${path} has ${JSON.stringify(hex.charAt(place))} at place ${place}, it must have the digits 0-9 and a-f only`;
  return hex.length % 2 === 0 ? undefined : `${path} has ${hex.length} digits, it must have two for each byte`;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}
