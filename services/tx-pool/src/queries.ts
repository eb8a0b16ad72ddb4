/** What the pool tells: its rows, and what a miner may take. Reads only. */
import type { CandidateTotals, CandidateTotalsQuery, CandidateTransactions, PoolEntryView } from '@pocket/contracts';
import { sql, type Sql } from '@pocket/eventstore';
import type { PrismaClient, Reader } from './store.ts';

/** More rows than these are not read: memory has them. */
const MAX_CANDIDATES = 4_000;
/** Of the pool's transactions only outputs name signature checks, one each: 8 bytes of value, 26 of P2PKH script. */
const BYTES_PER_SIGNATURE_OPERATION = 34;

/** Of a transaction with one input and one output, however empty they are. */
const SMALLEST_BYTES = 60;

/** One that waits; undefined where none of that txid does. */
export async function readWaiting(reader: Reader, txid: string): Promise<PoolEntryView | undefined> {
  const [row] = await reader.$queryRaw<Row[]>(sql`SELECT ${columns} FROM p WHERE txid = ${txid}`);
  return row && viewOf(row);
}

/** Waiting transactions and failed payments, in the order of their arrival. */
export async function readPool(reader: Reader): Promise<PoolEntryView[]> {
  const rows = await reader.$queryRaw<Row[]>(sql`SELECT ${columns} FROM p ORDER BY received_at, ordinal`);
  return rows.map(viewOf);
}

interface Row {
  txid: string | null;
  from: string;
  to: string;
  /** Wider than any number that we could count with. */
  amount: string;
  fee: bigint | null;
  hex: string | null;
  receivedAt: Date;
  code: string | null;
  message: string | null;
}

const columns = sql`txid, from_address AS "from", to_address AS "to", amount::text AS amount, fee, hex,
                    received_at AS "receivedAt", code, message`;

function viewOf({ txid, from, to, amount, fee, hex, receivedAt, code, message }: Row): PoolEntryView {
  return {
    ...{ txid, from, to, amount, fee: fee?.toString() ?? null, hex },
    receivedAt: receivedAt.getTime(),
    reason: code === null ? null : { code, message: message ?? '' },
  };
}

interface CandidateRow {
  tip: string | null;
  reorganizing: boolean | null;
  txid: string | null;
  hex: string;
  fee: bigint;
  receivedAt: Date;
}

/**
 * First come, first served, with the tip these are valid on: one statement, one moment, and no more rows than asked
 * for. undefined where the table cannot tell: while a reorganization is under way, when some of the rows may be too
 * early; and for so many bytes that their signature operations, which no column holds, might be too many.
 */
export async function readFirstCandidates(
  client: PrismaClient,
  { limit, maxSizeBytes, maxSignatureOperations }: CandidateTotalsQuery,
): Promise<CandidateTransactions | undefined> {
  const rows = await client.$queryRaw<CandidateRow[]>(
    sql`SELECT tip.block_hash AS tip, tip.reorganized_from IS NOT NULL AS reorganizing, w.txid, w.hex, w.fee,
               w.received_at AS "receivedAt"
          FROM ${firstOnTip(Math.min(limit, MAX_CANDIDATES), maxSizeBytes)}
         ORDER BY w.received_at, w.ordinal`,
  );
  if (rows[0]?.reorganizing === true || (rows.length === MAX_CANDIDATES && limit > MAX_CANDIDATES)) return undefined;
  const transactions = rows.flatMap(({ txid, hex, fee, receivedAt }) =>
    txid === null ? [] : [{ txid, hex, fee: fee.toString(), receivedAt: receivedAt.getTime() }],
  );
  const sizeBytes = transactions.reduce((sum, { hex }) => sum + hex.length / 2, 0);
  if (sizeBytes > BYTES_PER_SIGNATURE_OPERATION * maxSignatureOperations) return undefined;
  return { tip: rows[0]?.tip ?? null, transactions, leftOut: [] };
}

/** How much those are; undefined as above, but for however many. */
export async function readFirstTotals(
  client: PrismaClient,
  { limit, maxSizeBytes, maxSignatureOperations }: CandidateTotalsQuery,
): Promise<CandidateTotals | undefined> {
  const [row] = await client.$queryRaw<(Pick<CandidateRow, 'tip' | 'reorganizing'> & Sums)[]>(
    sql`SELECT tip.block_hash AS tip, tip.reorganized_from IS NOT NULL AS reorganizing, count(w.txid) AS count,
               coalesce(max(w.bytes), 0)::bigint AS "sizeBytes", coalesce(sum(w.fee), 0)::bigint AS fees
          FROM ${firstOnTip(Math.min(limit, Math.floor(maxSizeBytes / SMALLEST_BYTES)), maxSizeBytes)}
         GROUP BY tip.block_hash, tip.reorganized_from`,
  );
  if (row === undefined || row.reorganizing === true) return undefined;
  const sizeBytes = Number(row.sizeBytes);
  if (sizeBytes > BYTES_PER_SIGNATURE_OPERATION * maxSignatureOperations) return undefined;
  return { tip: row.tip, count: Number(row.count), sizeBytes, fees: row.fees.toString() };
}

/** The same of transactions that are at hand. */
export function totalsOf({ tip, transactions }: CandidateTransactions): CandidateTotals {
  const sizeBytes = transactions.reduce((sum, { hex }) => sum + hex.length / 2, 0);
  const fees = transactions.reduce((sum, { fee }) => sum + BigInt(fee), 0n);
  return { tip, count: transactions.length, sizeBytes, fees: fees.toString() };
}

interface Sums {
  count: bigint;
  sizeBytes: bigint;
  fees: bigint;
}

/** The tip, and beside it the first `limit` that wait, as far as they fit into `maxSizeBytes`; `bytes` are summed up. */
function firstOnTip(limit: number, maxSizeBytes: number): Sql {
  return sql`(VALUES (1)) AS one(id) LEFT JOIN tip USING (id)
          LEFT JOIN LATERAL (
            SELECT *, sum(octet_length(hex) / 2) OVER (ORDER BY received_at, ordinal) AS bytes
              FROM (SELECT * FROM p WHERE txid IS NOT NULL ORDER BY received_at, ordinal
                     LIMIT ${limit}) first) w
                 ON w.bytes <= ${maxSizeBytes}::bigint`;
}
