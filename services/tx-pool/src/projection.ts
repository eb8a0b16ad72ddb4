/** The statements that keep the pool's read models: the rows of p from our own events, coins and tip from the chain's. */
import { CoinChanges } from '@pocket/chain';
import { writeCoins } from '@pocket/coin-table';
import type { PoolEvent } from '@pocket/contracts';
import { sql, type Decided, type Sql } from '@pocket/eventstore';
import type { FollowBlock, FollowStart, PoolCommand, UnfollowBlock } from './domain/commands.ts';
import type { PoolState, PoolTip } from './domain/state.ts';

type BlockCommand = FollowBlock | UnfollowBlock;

/** @param state the pool after all of the batch. */
export function project(decided: Decided<PoolCommand>[], state: PoolState): Sql[] {
  const commands = decided.map(({ command }) => command);
  const start = commands.find((command) => command.type === 'FollowStart');
  if (start !== undefined) return projectStart(start);
  const blocks = commands.filter((command) => command.type === 'FollowBlock' || command.type === 'UnfollowBlock');
  return [...projectEntries(decided, state), ...projectCoins(blocks), ...projectTip(blocks, state.tip)];
}

function projectStart({ chainId, network }: FollowStart): Sql[] {
  return [
    sql`DELETE FROM p`,
    sql`DELETE FROM coins`,
    sql`DELETE FROM block_times`,
    sql`INSERT INTO tip (id, chain_id, network) VALUES (1, ${chainId}, ${network.name})
        ON CONFLICT (id) DO UPDATE SET chain_id = excluded.chain_id, network = excluded.network, block_hash = NULL,
          height = NULL, reorganized_from = NULL`,
  ];
}

interface Row {
  /** The event's place in the batch, from 1. */
  offset: number;
  txid: string | null;
  from: string;
  to: string;
  amount: string;
  fee: string | null;
  hex: string | null;
  /** Unix milliseconds; null for now. */
  receivedAt: number | null;
  /** Unix milliseconds; null for what does not wait. */
  waitingSince: number | null;
  code: string | null;
  message: string | null;
  coinbaseHeight: number | null;
}

function projectEntries(decided: Decided<PoolCommand>[], { pool }: PoolState): Sql[] {
  const events = decided.flatMap(({ events }) => events) as unknown as PoolEvent[];
  const rows = events.flatMap((event, index) => {
    const row = rowOf(event, index + 1);
    return row === undefined ? [] : [row];
  });
  const added = new Map(rows.map((row) => [row.txid ?? row.offset, row]));
  for (const [key, row] of added) {
    if (row.txid === null) continue;
    const entry = pool.get(row.txid);
    if (entry === undefined) added.delete(key);
    else row.coinbaseHeight = entry.coinbaseHeight ?? null;
  }
  const removed = events.flatMap((event) => {
    const leaves = event.type === 'TransactionConfirmed' || event.type === 'TransactionEvicted';
    return leaves && !pool.has(event.data.txid) ? [event.data.txid] : [];
  });
  return [
    ...(removed.length === 0 ? [] : [sql`DELETE FROM p WHERE txid = ANY(${removed}::text[])`]),
    ...(added.size === 0 ? [] : [insertRows([...added.values()])]),
  ];
}

function rowOf(event: PoolEvent, offset: number): Row | undefined {
  switch (event.type) {
    case 'TransactionAccepted':
      return waitingRow(event.data, event.data.receivedAt, offset);
    case 'TransactionReturned':
      return waitingRow(event.data, event.data.waitingSince, offset);
    case 'FailedPaymentListed': {
      const { from, to, amount, reason } = event.data;
      const unknown = { txid: null, fee: null, hex: null, receivedAt: null, waitingSince: null, coinbaseHeight: null };
      return { offset, from, to, amount, ...reason, ...unknown };
    }
    case 'TransactionConfirmed':
    case 'TransactionEvicted':
    case 'PoolCleared':
    case 'BlockFollowed':
    case 'BlockUnfollowed':
      return undefined;
    default:
      return event satisfies never;
  }
}

type WaitingData = Extract<PoolEvent, { type: 'TransactionAccepted' }>['data'];

function waitingRow(data: WaitingData, waitingSince: number, offset: number): Row {
  const { txid, from, to, amount, fee, hex, receivedAt } = data;
  const known = { txid, from, to, amount, fee, hex, receivedAt, waitingSince };
  return { offset, ...known, code: null, message: null, coinbaseHeight: null };
}

/** A transaction that was confirmed and came back in one batch is in the table still. */
function insertRows(rows: Row[]): Sql {
  const text = (values: (string | null)[]): Sql => sql`${values}::text[]`;
  return sql`INSERT INTO p (ordinal, txid, from_address, to_address, amount, fee, hex, received_at, waiting_since,
                            code, message, coinbase_height)
    SELECT base + r.ordinal, r.txid, r.sender, r.recipient, r.amount::numeric, r.fee::bigint, r.hex,
           coalesce(to_timestamp(r.received_at / 1000.0), now()),
           to_timestamp(r.waiting_since / 1000.0), r.code, r.message, r.coinbase_height
      FROM head, unnest(${rows.map(({ offset }) => offset)}::int[], ${text(rows.map(({ txid }) => txid))},
             ${text(rows.map(({ from }) => from))}, ${text(rows.map(({ to }) => to))},
             ${text(rows.map(({ amount }) => amount))}, ${text(rows.map(({ fee }) => fee))},
             ${text(rows.map(({ hex }) => hex))}, ${rows.map(({ receivedAt }) => receivedAt)}::bigint[],
             ${rows.map(({ waitingSince }) => waitingSince)}::bigint[],
             ${text(rows.map(({ code }) => code))}, ${text(rows.map(({ message }) => message))},
             ${rows.map(({ coinbaseHeight }) => coinbaseHeight)}::int[])
           AS r(ordinal, txid, sender, recipient, amount, fee, hex, received_at, waiting_since, code, message,
                coinbase_height)
    ON CONFLICT (txid) DO UPDATE SET ordinal = excluded.ordinal, received_at = excluded.received_at,
      waiting_since = excluded.waiting_since, coinbase_height = excluded.coinbase_height`;
}

export const COINS = sql`coins`;

function projectCoins(blocks: BlockCommand[]): Sql[] {
  const changes = new CoinChanges();
  for (const { type, block, undo, height } of blocks)
    if (type === 'FollowBlock') changes.connect(block, undo, height);
    else changes.disconnect(block, undo, height);
  return writeCoins(changes, { table: COINS });
}

/** Where the tip stands after all of the batch, and when the blocks up to it were made. */
function projectTip(blocks: BlockCommand[], { blockHash, height, reorganizedFrom }: PoolTip): Sql[] {
  if (blocks.length === 0) return [];
  const times = new Map<number, number>();
  for (const { type, block, height } of blocks)
    if (type === 'FollowBlock') times.set(height, block.header.time);
    else times.delete(height);
  const left = blocks.some(({ type }) => type === 'UnfollowBlock');
  return [
    sql`UPDATE tip SET block_hash = ${blockHash ?? null}, height = ${height ?? null},
               reorganized_from = ${reorganizedFrom ?? null} WHERE id = 1`,
    ...(left ? [sql`DELETE FROM block_times WHERE height > ${height ?? -1}`] : []),
    ...(times.size === 0 ? [] : [insertTimes(times)]),
  ];
}

function insertTimes(times: Map<number, number>): Sql {
  return sql`INSERT INTO block_times (height, time)
    SELECT * FROM unnest(${[...times.keys()]}::int[], ${[...times.values()]}::bigint[])
    ON CONFLICT (height) DO UPDATE SET time = excluded.time`;
}
