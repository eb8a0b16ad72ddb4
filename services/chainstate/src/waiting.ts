/** Blocks whose parent is unknown wait here, bounded: what strangers send must not fill the disk. */
import { decodeBlock, type Block, type BlockHash } from '@pocket/chain';
import { bytesToHex, hexToBytes } from '@pocket/crypto';
import { sql } from '@pocket/eventstore';
import type { PrismaClient } from './store.ts';

/** The oldest make room for the newest. */
export const MAX_WAITING_BLOCKS = 100;

export interface WaitingBlock {
  blockHash: BlockHash;
  block: Block;
  hex: string;
}

/** The blocks that wait, by the parent they wait for. */
export interface WaitingBlocks {
  /** Keeps a block until its parent comes. */
  keep(waiting: WaitingBlock): Promise<void>;
  /** The blocks that wait for this one, first come first. */
  waitingFor(parent: string): Promise<WaitingBlock[]>;
  remove(blockHash: string): Promise<void>;
}

export function waitingBlocks(client: PrismaClient): WaitingBlocks {
  return {
    keep: (waiting) => keepWaiting(client, waiting),
    waitingFor: (parent) => waitingFor(client, parent),
    remove: async (blockHash) => {
      await client.$executeRaw(sql`DELETE FROM waiting WHERE block_hash = ${blockHash}`);
    },
  };
}

async function keepWaiting(client: PrismaClient, { blockHash, block, hex }: WaitingBlock): Promise<void> {
  await client.$executeRaw(
    sql`INSERT INTO waiting (block_hash, previous_block_hash, block, received_at)
        VALUES (${blockHash}, ${block.header.previousBlockHash}, ${hexToBytes(hex)}, now()) ON CONFLICT DO NOTHING`,
  );
  await client.$executeRaw(
    sql`DELETE FROM waiting WHERE block_hash IN
          (SELECT block_hash FROM waiting ORDER BY received_at DESC, block_hash OFFSET ${MAX_WAITING_BLOCKS})`,
  );
}

async function waitingFor(client: PrismaClient, parent: string): Promise<WaitingBlock[]> {
  const rows = await client.$queryRaw<{ blockHash: string; block: Uint8Array<ArrayBuffer> }[]>(
    sql`SELECT block_hash AS "blockHash", block FROM waiting
         WHERE previous_block_hash = ${parent} ORDER BY received_at, block_hash`,
  );
  return rows.map(({ blockHash, block }) => {
    const decoded = decodeBlock(block);
    if (!decoded.ok) throw new Error(`block ${blockHash} of table waiting cannot be read`);
    return { blockHash: blockHash as BlockHash, block: decoded.block, hex: bytesToHex(block) };
  });
}
