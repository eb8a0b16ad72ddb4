// Addresses: Base58Check of one version byte and the HASH160 of a compressed public key.
// The version keeps networks apart; the checksum catches typing errors.
import { base58 } from '@scure/base';
import { concatBytes, equalBytes } from './bytes.ts';
import { doubleSha256 } from './hash.ts';

/** An address whose checksum, version and length have been checked. */
export type Address = string & { readonly __brand: 'Address' };

/** Why a text is no address. */
export type AddressErrorCode = 'bad-base58' | 'bad-checksum' | 'bad-version' | 'bad-length';

export type DecodedAddress =
  | { readonly ok: true; readonly hash160: Uint8Array; readonly address: Address }
  | { readonly ok: false; readonly code: AddressErrorCode; readonly message: string };

const CHECKSUM_LENGTH = 4;
const HASH160_LENGTH = 20;
/** Decoding base58 takes time in the square of the length; an address has at most 35 characters, a key in WIF 52. */
const MAX_TEXT_LENGTH = 128;

/** Base58 of the payload and the first four bytes of its double SHA-256. */
export function encodeBase58Check(payload: Uint8Array): string {
  return base58.encode(concatBytes(payload, checksumOf(payload)));
}

/** The payload; undefined for a text that is not base58, longer than 128 characters, or of a wrong checksum. */
export function decodeBase58Check(text: string): Uint8Array | undefined {
  const bytes = decodeBase58(text);
  return bytes && checkedPayload(bytes);
}

/** The address of a 20-byte HASH160 on the network with this version byte. Throws RangeError for another length. */
export function encodeAddress(hash160: Uint8Array, version: number): Address {
  if (hash160.length !== HASH160_LENGTH) throw new RangeError('hash160: expected 20 bytes');
  return encodeBase58Check(concatBytes(Uint8Array.of(version), hash160)) as Address;
}

/** The HASH160 of an address of the network with this version byte, or the first thing that is wrong with the text. */
export function decodeAddress(text: string, version: number): DecodedAddress {
  const bytes = decodeBase58(text);
  if (bytes === undefined) return refused('bad-base58', `an address is up to ${MAX_TEXT_LENGTH} base58 characters`);
  const payload = checkedPayload(bytes);
  if (payload === undefined)
    return refused('bad-checksum', "the address's checksum does not match; check the spelling");
  if (payload[0] !== version) {
    return refused('bad-version', `the address has version ${payload[0] ?? 'none'}, this network's have ${version}`);
  }
  if (payload.length !== 1 + HASH160_LENGTH) {
    return refused('bad-length', `the address holds ${payload.length - 1} bytes instead of 20`);
  }
  return { ok: true, hash160: payload.slice(1), address: text as Address };
}

function refused(code: AddressErrorCode, message: string): DecodedAddress {
  return { ok: false, code, message };
}

function decodeBase58(text: string): Uint8Array | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined;
  try {
    return base58.decode(text);
  } catch {
    return undefined;
  }
}

function checkedPayload(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < CHECKSUM_LENGTH) return undefined;
  const payload = bytes.slice(0, -CHECKSUM_LENGTH);
  return equalBytes(bytes.subarray(-CHECKSUM_LENGTH), checksumOf(payload)) ? payload : undefined;
}

function checksumOf(payload: Uint8Array): Uint8Array {
  return doubleSha256(payload).subarray(0, CHECKSUM_LENGTH);
}
