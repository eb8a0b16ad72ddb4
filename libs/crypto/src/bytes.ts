// Bytes and their two text forms: hex (everywhere) and latin1 (the original's API).
// Uint8Array only, so that it runs in a browser as it does in Node.

const NO_HEX_DIGIT = /[^0-9a-fA-F]/;
const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** True for an even number of hex digits of either case; with `byteLength`, for exactly that many bytes. */
export function isHex(text: string, byteLength?: number): boolean {
  return text.length === (byteLength ?? Math.floor(text.length / 2)) * 2 && !NO_HEX_DIGIT.test(text);
}

/** Lower-case hex. */
export function bytesToHex(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += HEX_OF_BYTE[byte] ?? '';
  return hex;
}

/** The bytes of a hex text of either case. Throws TypeError for anything else; ask `isHex` before. */
export function hexToBytes(hex: string): Uint8Array {
  if (!isHex(hex)) throw new TypeError('hex: expected an even number of hex digits');
  const bytes = new Uint8Array(hex.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = (hexDigit(hex.charCodeAt(index * 2)) << 4) | hexDigit(hex.charCodeAt(index * 2 + 1));
  }
  return bytes;
}

/** The value of one checked hex digit: '0' is 0x30, 'A' 0x41, 'a' 0x61. */
function hexDigit(charCode: number): number {
  return charCode <= 0x39 ? charCode - 0x30 : (charCode & 0x0f) + 9;
}

/** All parts, one after the other, in a new array. */
export function concatBytes(...parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Same length and same bytes. Not constant time: for public data only. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/** The bytes from last to first, in a new array. */
export function reversed(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes).reverse();
}

/** Each byte as the character of the same code point: the original's way of putting bytes into JSON. */
export function latin1FromBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The inverse of `latin1FromBytes`. Throws RangeError for a character above U+00FF. */
export function bytesFromLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code > 0xff) throw new RangeError(`latin1: character U+${code.toString(16)} is above U+00FF`);
    return code;
  });
}
