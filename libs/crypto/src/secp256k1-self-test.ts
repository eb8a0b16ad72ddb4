// The vectors every secp256k1 implementation must answer before it is used: accepted, rejected, signed, decompressed.
// Made with two independent implementations; the first is the well-known RFC 6979 vector of the key 1.
import { bytesToHex, hexToBytes } from './bytes.ts';
import type { Secp256k1 } from './secp256k1-implementation.ts';

const ZERO = '00'.repeat(32);
const ORDER = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141';
const FIELD = 'fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f';
const X = '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798';
const Y = '483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8';
const R = '934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8';
const LOW_S = '2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5';
const HIGH_S = 'dbbd3162d46e9f9bef7feb87c16dc13b4f6568a87f4e83f728e2443ba586675c';

const PRIVATE_KEY = `${'00'.repeat(31)}01`;
const PUBLIC_KEY = `02${X}`;
/** SHA-256 of "Satoshi Nakamoto". */
const DIGEST = 'a0dc65ffca799873cbea0ac274015b9526505daaaed385155425f7337704883e';
/** No point of the curve has x = 5. */
const OFF_CURVE = `02${'00'.repeat(31)}05`;

const REFUSED: readonly (readonly [why: string, compact: string, digest: string, publicKey: string])[] = [
  ['a high S', R + HIGH_S, DIGEST, PUBLIC_KEY],
  ['another digest', R + LOW_S, ZERO, PUBLIC_KEY],
  ['the negated public key', R + LOW_S, DIGEST, `03${X}`],
  ['r = 0', ZERO + LOW_S, DIGEST, PUBLIC_KEY],
  ['s = 0', R + ZERO, DIGEST, PUBLIC_KEY],
  ['r = the order', ORDER + LOW_S, DIGEST, PUBLIC_KEY],
  ['s = the order', R + ORDER, DIGEST, PUBLIC_KEY],
  ['a point off the curve', R + LOW_S, DIGEST, OFF_CURVE],
  ['x = the field prime', R + LOW_S, DIGEST, `02${FIELD}`],
  ['the prefix 0x05', R + LOW_S, DIGEST, `05${X}`],
  ['an uncompressed public key', R + LOW_S, DIGEST, `04${X}${Y}`],
  ['a hybrid public key', R + LOW_S, DIGEST, `06${X}${Y}`],
  ['an empty public key', R + LOW_S, DIGEST, ''],
  ['a short signature', R + LOW_S.slice(2), DIGEST, PUBLIC_KEY],
  ['a long signature', `${R}${LOW_S}00`, DIGEST, PUBLIC_KEY],
  ['an empty digest', R + LOW_S, '', PUBLIC_KEY],
];

const NOT_COMPRESSED = [
  '',
  OFF_CURVE,
  `02${FIELD}`,
  `04${X}`,
  `00${X}`,
  PUBLIC_KEY.slice(2),
  `04${X}${Y}`,
  `06${X}${Y}`,
];

const NO_PRIVATE_KEY = [ZERO, ORDER, 'ff'.repeat(32), '01', ''];

/** What the implementation gets wrong, in words; undefined when it agrees with every vector. */
export function disagreementOf(implementation: Secp256k1): string | undefined {
  try {
    return (
      signingDisagreement(implementation) ??
      verificationDisagreement(implementation) ??
      decompressionDisagreement(implementation) ??
      privateKeyDisagreement(implementation)
    );
  } catch (error) {
    return `it threw ${String(error)}`;
  }
}

function signingDisagreement({ publicKey, sign }: Secp256k1): string | undefined {
  const key = hexToBytes(PRIVATE_KEY);
  if (bytesToHex(publicKey(key)) !== PUBLIC_KEY) return 'another public key for the private key 1';
  if (bytesToHex(sign(hexToBytes(DIGEST), key)) !== R + LOW_S) return 'another signature by the private key 1';
  return undefined;
}

function verificationDisagreement({ verify }: Secp256k1): string | undefined {
  const verifyHex = (compact: string, digest: string, publicKey: string) =>
    verify(hexToBytes(compact), hexToBytes(digest), hexToBytes(publicKey));
  if (!verifyHex(R + LOW_S, DIGEST, PUBLIC_KEY)) return 'it refused a valid signature';
  const accepted = REFUSED.find(([, compact, digest, publicKey]) => verifyHex(compact, digest, publicKey));
  return accepted && `it accepted ${accepted[0]}`;
}

function decompressionDisagreement({ decompress }: Secp256k1): string | undefined {
  const point = decompress(hexToBytes(PUBLIC_KEY));
  if (point === undefined || bytesToHex(point) !== `04${X}${Y}`) return 'another point for the public key of 1';
  const accepted = NOT_COMPRESSED.find((publicKey) => decompress(hexToBytes(publicKey)) !== undefined);
  return accepted === undefined ? undefined : `it decompressed "${accepted}"`;
}

function privateKeyDisagreement({ publicKey, sign }: Secp256k1): string | undefined {
  const accepted = NO_PRIVATE_KEY.map(hexToBytes).find(
    (key) => !throws(() => publicKey(key)) || !throws(() => sign(hexToBytes(DIGEST), key)),
  );
  return accepted && `it used the private key "${bytesToHex(accepted)}"`;
}

function throws(action: () => unknown): boolean {
  try {
    action();
    return false;
  } catch {
    return true;
  }
}
