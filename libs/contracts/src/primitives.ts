/**
 * The small shapes every event and payload is made of.
 * Amounts are base units (1 sign unit = 100,000,000) as decimal strings, because JSON numbers end at 2^53.
 */
import Type, { type TSchema } from 'typebox';

export const AmountText = Type.String({
  pattern: '^(0|[1-9][0-9]{0,39})$',
  description: 'base units in decimal digits',
});
export const Hash = Type.String({
  pattern: '^[0-9a-f]{64}$',
  description: '64 hex digits in lower case (32 bytes, display order)',
});
export const Hex = Type.String({ pattern: '^([0-9a-f]{2})*$', description: 'bytes as hex digits' });
export const AddressText = Type.String({ minLength: 1, maxLength: 100, description: 'a Base58Check address' });
export const Height = Type.Integer({ minimum: 0 });
export const UnixMilliseconds = Type.Integer({ minimum: 0 });
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
