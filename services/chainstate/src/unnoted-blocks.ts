/** Blocks that were kept before it was noted what they mention: noted once, at the start. */
import { decodeBlock, decodeCoins } from '@pocket/chain';
import { sql } from '@pocket/eventstore';
import { mentionsOf } from './mentions.ts';
import type { PrismaClient } from './store.ts';

const BLOCKS_PER_READ = 32;

interface UnnotedRow {
  blockHash: string;
  block: Uint8Array;
  undo: Uint8Array;
}

/** Notes what the blocks mention that came before this was noted. */
export async function noteMentions(client: PrismaClient): Promise<void> {
  for (;;) {
    const rows = await client.$queryRaw<UnnotedRow[]>(
      sql`SELECT block_hash AS "blockHash", block, undo FROM b
           WHERE undo IS NOT NULL AND mentions IS NULL LIMIT ${BLOCKS_PER_READ}`,
    );
    if (rows.length === 0) return;
    await client.$executeRaw(
      sql`UPDATE b SET mentions = u.mentions::bigint[]
            FROM unnest(${rows.map(({ blockHash }) => blockHash)}::text[], ${rows.map(noted)}::text[]) AS u(block_hash, mentions)
           WHERE b.block_hash = u.block_hash`,
    );
  }
}

function noted({ blockHash, block, undo }: UnnotedRow): string {
  const [decoded, coins] = [decodeBlock(block), decodeCoins(undo)];
  if (!decoded.ok || !coins.ok) throw new Error(`block ${blockHash} of table b cannot be read`);
  return `{${mentionsOf(decoded.block, coins.coins).join(',')}}`;
}
