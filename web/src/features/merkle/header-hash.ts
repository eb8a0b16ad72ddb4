/** A block's hash step by step: SHA-256 of the header's 80 bytes, SHA-256 of that, turned round, and held against the target. */
import { blockHashOf, encodeHeader, hashMeetsTarget, targetFromBits, type BlockHeader } from '@pocket/chain';
import { bytesToHex, displayHash, sha256 } from '@pocket/crypto';

export interface HeaderHash {
  /** The 80 bytes, hex. */
  header: string;
  /** SHA-256 of them, and SHA-256 of that, hex, as they are. */
  first: string;
  second: string;
  /** The second one from its last byte to its first: the block's hash as people see it. */
  hash: string;
  /** Whether the protocol library says the same. */
  agrees: boolean;
  /** The highest hash that would do, 64 hex digits. */
  target: string;
  meets: boolean;
}

export function headerHash(header: BlockHeader): HeaderHash {
  const bytes = encodeHeader(header);
  const first = sha256(bytes);
  const second = sha256(first);
  const hash = displayHash(second);
  const known = blockHashOf(header);
  return {
    ...{ header: bytesToHex(bytes), first: bytesToHex(first), second: bytesToHex(second), hash },
    agrees: hash === known,
    target: targetFromBits(header.bits).toString(16).padStart(64, '0'),
    meets: hashMeetsTarget(known, header.bits),
  };
}
