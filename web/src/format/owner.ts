/** Who owns what a script locks, as an address. */
import { ADDRESS_VERSION, p2pkhHash } from '@pocket/chain';
import { encodeAddress, hexToBytes } from '@pocket/crypto';

/** undefined for a script that pays to no address. @param script bytes, or hex digits. */
export function ownerOfScript(script: Uint8Array | string): string | undefined {
  const hash = p2pkhHash(typeof script === 'string' ? hexToBytes(script) : script);
  return hash && encodeAddress(hash, ADDRESS_VERSION);
}
