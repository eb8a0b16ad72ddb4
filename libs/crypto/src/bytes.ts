// Bytes and their two text forms: hex (everywhere) and latin1 (the original's API).
// Uint8Array only, so that it runs in a browser as it does in Node.

const NO_HEX_DIGIT = /[^0-9a-fA-F]/;
const DIGITS = bytesFromLatin1('0123456789abcdef');
/** The value of the hex digit of this byte; negative for any other. */
const VALUE_OF_DIGIT = Int8Array.from({ length: 256 }, (_, code) => {
  const text = String.fromCharCode(code);
  return NO_HEX_DIGIT.test(text) ? -1 : parseInt(text, 16);
});
const encoder = new TextEncoder();
/** Kept for the next text, for a new one costs more than what is done in it; a longer text gets one of its own. */
const shortDigits = new Uint8Array(16_384);
/** How many arguments a function call may have for certain. */
const MAX_ARGUMENTS = 8192;

/** True for an even number of hex digits of either case; with `byteLength`, for exactly that many bytes. */
export function isHex(text: string, byteLength?: number): boolean {
  return text.length === (byteLength ?? Math.floor(text.length / 2)) * 2 && !NO_HEX_DIGIT.test(text);
}

/** Lower-case hex. */
export function bytesToHex(bytes: Uint8Array): string {
  const codes = new Array<number>(bytes.length * 2);
  for (let index = 0; index < bytes.length; index++) writeDigits(codes, index * 2, bytes[index]);
  return textOfCodes(codes);
}

/** Lower-case hex of the bytes from last to first. */
export function reversedHex(bytes: Uint8Array): string {
  const codes = new Array<number>(bytes.length * 2);
  for (let index = 0; index < bytes.length; index++) writeDigits(codes, (bytes.length - 1 - index) * 2, bytes[index]);
  return textOfCodes(codes);
}

/** The bytes of a hex text of either case. Throws TypeError for anything else; ask `isHex` before. */
export function hexToBytes(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1);
  // One call for all digits is faster than asking the text for each.
  const digits = hex.length <= shortDigits.length ? shortDigits : new Uint8Array(hex.length);
  const { read, written } = encoder.encodeInto(hex, digits);
  let seen = hex.length % 2 === 0 && read === hex.length && written === hex.length ? 0 : -1;
  for (let index = 0, at = 0; index < bytes.length; index++, at += 2) {
    const byte = (valueOf(digits[at]) << 4) | valueOf(digits[at + 1]);
    seen |= byte;
    bytes[index] = byte;
  }
  if (seen < 0) throw new TypeError('hex: expected an even number of hex digits');
  return bytes;
}

/** Negative where no hex digit stands, so that one sign tells of all digits. */
function valueOf(digit = 0): number {
  return VALUE_OF_DIGIT[digit] ?? -1;
}

function writeDigits(codes: number[], offset: number, byte = 0): void {
  codes[offset] = DIGITS[byte >> 4] ?? 0;
  codes[offset + 1] = DIGITS[byte & 0x0f] ?? 0;
}

/** Made in one go: a text put together from pieces is a chain of them that every later reader must walk. */
function textOfCodes(codes: readonly number[]): string {
  if (codes.length <= MAX_ARGUMENTS) return String.fromCharCode(...codes);
  let text = '';
  for (let start = 0; start < codes.length; start += MAX_ARGUMENTS) {
    text += String.fromCharCode(...codes.slice(start, start + MAX_ARGUMENTS));
  }
  return text;
}

/** All parts, one after the other, in a new array. */
export function concatBytes(...parts: Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Same length and same bytes. Not constant time: for public data only. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}

/** The bytes from last to first, in a new array. */
export function reversed(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes).reverse();
}

/** Each byte as the character of the same code point: the original's way of putting bytes into JSON. */
export function latin1FromBytes(bytes: Uint8Array): string {
  return textOfCodes(Array.from(bytes));
}

/** The inverse of `latin1FromBytes`. Throws RangeError for a character above U+00FF. */
export function bytesFromLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code > 0xff) throw new RangeError(`latin1: character U+${code.toString(16)} is above U+00FF`);
    return code;
  });
}
