// The DER form in which signatures stand in transactions, as strict as BIP 66 demands:
// 0x30 [total length] 0x02 [length of r] [r] 0x02 [length of s] [s], every byte determined by r and s.
// The hash type byte behind it belongs to the script, not to this file.
import { concatBytes } from './bytes.ts';

const SEQUENCE_TAG = 0x30;
const INTEGER_TAG = 0x02;
const SCALAR_LENGTH = 32;
const MIN_DER_LENGTH = 8;
const MAX_DER_LENGTH = 72;

/** r‖s (64 bytes, big endian) of a strict DER signature without hash type; undefined for any other bytes. */
export function decodeDer(der: Uint8Array): Uint8Array | undefined {
  if (der.length < MIN_DER_LENGTH || der.length > MAX_DER_LENGTH) return undefined;
  if (der[0] !== SEQUENCE_TAG || der[1] !== der.length - 2) return undefined;
  const r = integerAt(der, 2);
  if (r === undefined) return undefined;
  const s = integerAt(der, r.end);
  if (s?.end !== der.length) return undefined;
  return concatBytes(r.scalar, s.scalar);
}

/** The minimal, non-negative integer whose tag stands at `offset`, as a 32-byte scalar. */
function integerAt(der: Uint8Array, offset: number): { scalar: Uint8Array; end: number } | undefined {
  const length = der[offset + 1];
  if (der[offset] !== INTEGER_TAG || length === undefined || length === 0) return undefined;
  const end = offset + 2 + length;
  if (end > der.length) return undefined;
  const scalar = scalarOf(der.subarray(offset + 2, end));
  return scalar && { scalar, end };
}

function scalarOf(integer: Uint8Array): Uint8Array | undefined {
  const [first = 0, second = 0] = integer;
  const negative = first >= 0x80;
  const padded = integer.length > 1 && first === 0;
  if (negative || (padded && second < 0x80)) return undefined;
  const digits = padded ? integer.subarray(1) : integer;
  if (digits.length > SCALAR_LENGTH) return undefined;
  const scalar = new Uint8Array(SCALAR_LENGTH);
  scalar.set(digits, SCALAR_LENGTH - digits.length);
  return scalar;
}

/** The DER form of r‖s (64 bytes): 8 to 72 bytes, without hash type. Throws RangeError for another length. */
export function encodeDer(compact: Uint8Array): Uint8Array {
  if (compact.length !== 2 * SCALAR_LENGTH) throw new RangeError('compact signature: expected 64 bytes');
  const r = encodeInteger(compact.subarray(0, SCALAR_LENGTH));
  const s = encodeInteger(compact.subarray(SCALAR_LENGTH));
  return concatBytes(Uint8Array.of(SEQUENCE_TAG, r.length + s.length), r, s);
}

function encodeInteger(scalar: Uint8Array): Uint8Array {
  const firstDigit = scalar.findIndex((byte) => byte !== 0);
  const digits = scalar.subarray(firstDigit === -1 ? SCALAR_LENGTH - 1 : firstDigit);
  const sign = (digits[0] ?? 0) >= 0x80 ? [0] : [];
  return Uint8Array.of(INTEGER_TAG, sign.length + digits.length, ...sign, ...digits);
}
