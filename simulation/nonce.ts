/** The search for a nonce, inline: the simulation's targets are met by a few hashes. */
import { displayHash, doubleSha256 } from '@pocket/crypto';

/** Beyond it a target has become too hard to be met in passing. */
export const MAX_HASHES = 20_000;
const NONCE_OFFSET = 76;

/** The first nonce with which these 80 bytes meet the target; null where it would take too long. */
export function nonceOf(header: Uint8Array, target: bigint): number | null {
  const bytes = header.slice();
  const view = new DataView(bytes.buffer);
  for (let nonce = 0; nonce < MAX_HASHES; nonce++) {
    view.setUint32(NONCE_OFFSET, nonce, true);
    if (BigInt(`0x${displayHash(doubleSha256(bytes))}`) <= target) return nonce;
  }
  return null;
}
