/** What the pool tells: its rows, and what a miner may take. Reads only. */
import type { CandidateTransactions, PoolEntryView } from '@pocket/contracts';
import { sql } from '@pocket/eventstore';
import type { PrismaClient } from './store.ts';

/** More would not fit into a block of 1,000,000 bytes: the smallest payment has 192. */
const MAX_CANDIDATES = 5_300;

/** Waiting transactions and failed payments, oldest first. */
export async function readPool(client: PrismaClient): Promise<PoolEntryView[]> {
  const rows = await client.poolEntry.findMany({ orderBy: { ordinal: 'asc' } });
  return rows.map(({ txid, from, to, amount, hex, receivedAt, code, message }) => ({
    txid,
    from,
    to,
    amount: amount.toFixed(0),
    hex,
    receivedAt: receivedAt.getTime(),
    reason: code === null ? null : { code, message: message ?? '' },
  }));
}

interface CandidateRow {
  tip: string | null;
  txid: string | null;
  hex: string;
  fee: bigint;
  receivedAt: Date;
}

/** The oldest `limit` waiting transactions, with the tip they are valid on: one statement, one moment. */
export async function readCandidates(client: PrismaClient, limit: number): Promise<CandidateTransactions> {
  const rows = await client.$queryRaw<CandidateRow[]>(
    sql`SELECT tip.block_hash AS tip, w.txid, w.hex, w.fee, w.received_at AS "receivedAt"
          FROM (VALUES (1)) AS one(id) LEFT JOIN tip USING (id)
          LEFT JOIN LATERAL (SELECT * FROM p WHERE txid IS NOT NULL ORDER BY ordinal LIMIT ${Math.min(limit, MAX_CANDIDATES)}) w
                 ON true
         ORDER BY w.ordinal`,
  );
  const transactions = rows.flatMap(({ txid, hex, fee, receivedAt }) =>
    txid === null ? [] : [{ txid, hex, fee: fee.toString(), receivedAt: receivedAt.getTime() }],
  );
  return { tip: rows[0]?.tip ?? null, transactions };
}
