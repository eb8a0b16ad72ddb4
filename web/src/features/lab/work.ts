/** Which block of the lab still lacks its work, and the block that comes on top of all of them. Pure. */
import {
  blockHashOf,
  contextOn,
  createBlockTemplate,
  hashMeetsTarget,
  rollTemplate,
  targetFromBits,
  templateTime,
  type Block,
} from '@pocket/chain';
import { encodeAddress, hash160, publicKeyOf } from '@pocket/crypto';
import { coinbaseScript } from './coinbase-script.ts';
import { onTop, type Ground } from './judge.ts';
import type { LabBlock } from './lab-block.ts';
import type { LabKey } from './lab-key.ts';

/** The lowest block whose hash misses its own target; -1 where none does. A target that no hash can meet is left out. */
export function firstWithoutWork(blocks: readonly LabBlock[]): number {
  return blocks.findIndex(({ block: { header } }) => {
    return targetFromBits(header.bits) > 0n && !hashMeetsTarget(blockHashOf(header), header.bits);
  });
}

/** The same block with other hashes, when all its nonces have been tried; undefined where its coinbase has no extra nonce. */
export function rolled(lab: LabBlock): LabBlock | undefined {
  const [coinbase] = lab.block.transactions;
  if (coinbase === undefined || coinbaseScript(coinbase) === undefined) return undefined;
  return { ...lab, block: rollTemplate(lab.block)(1) };
}

/** An empty block on top of these, which pays the lab's key and lacks only its work. @param now unix seconds. */
export function nextBlock(ground: Ground, blocks: readonly LabBlock[], { privateKey }: LabKey, now: number): Block {
  const { network } = ground;
  const parent = blocks.reduce((below, { block }) => onTop(below, block), ground.below);
  const { height, previousBlockHash, bits, medianTimePast } = contextOn(parent, network, now);
  return createBlockTemplate({
    ...{ height, previousBlockHash, bits, time: templateTime(now, medianTimePast), transactions: [], params: network },
    payTo: encodeAddress(hash160(publicKeyOf(privateKey)), network.addressVersion),
    extraNonce: new Uint8Array(8),
  });
}
