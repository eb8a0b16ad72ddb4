// The vectors every implementation of the hash functions must answer before it is used: published digests, and the
// reference's on inputs of every length around the blocks of 64 bytes in which both functions work.
import { bytesFromLatin1, bytesToHex, equalBytes } from './bytes.ts';
import type { Hashes } from './hash-implementation.ts';

/** FIPS 180-4's examples, and those of the authors of RIPEMD-160. */
const PUBLISHED: readonly (readonly [text: string, sha256: string, ripemd160: string])[] = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', '9c1185a5c5e9fc54612808977ee8f548b2258d31'],
  [
    'abc',
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    '8eb208f7e05d987a9b044a8e98c6b087f15a0bfc',
  ],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    '12a053384a9c0c88e405a06c27dcf49ada62eb2b',
  ],
];
const LONGEST = 130;

/** What the implementation gets wrong, in words; undefined when it agrees with every vector and with the reference. */
export function hashDisagreementOf(hashes: Hashes, reference: Hashes): string | undefined {
  try {
    return publishedDisagreement(hashes) ?? referenceDisagreement(hashes, reference);
  } catch (error) {
    return `it threw ${String(error)}`;
  }
}

function publishedDisagreement(hashes: Hashes): string | undefined {
  for (const [text, sha256, ripemd160] of PUBLISHED) {
    const bytes = bytesFromLatin1(text);
    if (bytesToHex(hashes.sha256(bytes)) !== sha256) return `another SHA-256 of "${text}"`;
    if (bytesToHex(hashes.ripemd160(bytes)) !== ripemd160) return `another RIPEMD-160 of "${text}"`;
  }
  return undefined;
}

function referenceDisagreement(hashes: Hashes, reference: Hashes): string | undefined {
  const bytes = Uint8Array.from({ length: LONGEST }, (_, index) => (index * 167) & 0xff);
  for (let length = 0; length <= LONGEST; length++) {
    const input = bytes.subarray(LONGEST - length);
    if (!equalBytes(hashes.sha256(input), reference.sha256(input))) return `another SHA-256 of ${length} bytes`;
    if (!equalBytes(hashes.ripemd160(input), reference.ripemd160(input)))
      return `another RIPEMD-160 of ${length} bytes`;
  }
  return undefined;
}
