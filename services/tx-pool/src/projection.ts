/**
 * What events make of the pool's tables: the rows of p from our own, coins, tip and block times from the chain's. Events
 * are gathered first and written then, each row once.
 */
import { CoinChanges, NULL_BLOCK_HASH } from '@pocket/chain';
import { writeCoins } from '@pocket/coin-table';
import { readEvent, type PoolEvent } from '@pocket/contracts';
import { sql, STATE_HASHED, type Decided, type Fold, type RecordedEvent, type Sql } from '@pocket/eventstore';
import { CHAIN_EVENTS, chainCommand } from './chain-events.ts';
import type { FollowBlock, FollowStart, PoolCommand, UnfollowBlock } from './domain/commands.ts';
import { reorganizedFromAfter, type PoolState, type PoolTip } from './domain/state.ts';

type BlockCommand = FollowBlock | UnfollowBlock;
type ChainCommand = BlockCommand | FollowStart;

/**
 * The statements of a commit.
 * @param tip where the pool stands after all of it.
 */
export function project(decided: Decided<PoolCommand>[], { tip }: Pick<PoolState, 'tip'>, recordedAt: string): Sql[] {
  const events = decided.flatMap(({ events }) => events) as unknown as PoolEvent[];
  const commands = decided.map(({ command }) => command);
  const start = commands.find((command) => command.type === 'FollowStart');
  const blocks = commands.filter((command) => command.type === 'FollowBlock' || command.type === 'UnfollowBlock');
  return [
    ...projectEntries(events.map((event) => ({ event, recordedAt }))),
    ...(start === undefined ? projectBlocks(blocks, tip) : projectStart(start)),
  ];
}

function projectStart({ chainId, network }: FollowStart): Sql[] {
  return [
    sql`DELETE FROM coins`,
    sql`DELETE FROM block_times`,
    sql`INSERT INTO tip (id, chain_id, network) VALUES (1, ${chainId}, ${network.name})
        ON CONFLICT (id) DO UPDATE SET chain_id = excluded.chain_id, network = excluded.network, block_hash = NULL,
          height = NULL, reorganized_from = NULL`,
  ];
}

interface Row {
  /** The event's place behind `head.base`. */
  offset: number;
  txid: string | null;
  from: string;
  to: string;
  amount: string;
  fee: string | null;
  hex: string | null;
  /** Unix milliseconds. */
  receivedAt: number;
  /** Unix milliseconds; null for what does not wait. */
  waitingSince: number | null;
  code: string | null;
  message: string | null;
}

interface FoldedEvent {
  event: PoolEvent;
  recordedAt: string;
}

/** @param events directly behind `head.base`; undefined where there is one that means nothing here. */
function projectEntries(events: readonly (FoldedEvent | undefined)[]): Sql[] {
  const added = new Map<string | number, Row>();
  const removed = new Set<string>();
  let cleared = false;
  for (const [index, folded] of events.entries()) {
    if (folded?.event.type === 'PoolCleared') {
      cleared = true;
      added.clear();
      removed.clear();
    } else if (folded?.event.type === 'TransactionConfirmed' || folded?.event.type === 'TransactionEvicted') {
      removed.add(folded.event.data.txid);
      added.delete(folded.event.data.txid);
    } else if (folded !== undefined) {
      const row = rowOf(folded, index + 1);
      if (row?.txid !== null && row !== undefined) removed.delete(row.txid);
      if (row !== undefined) added.set(row.txid ?? row.offset, row);
    }
  }
  return [
    ...(cleared ? [sql`DELETE FROM p`] : []),
    ...(removed.size === 0 ? [] : [sql`DELETE FROM p WHERE txid = ANY(${[...removed]}::text[])`]),
    ...(added.size === 0 ? [] : [insertRows([...added.values()])]),
  ];
}

function rowOf({ event, recordedAt }: FoldedEvent, offset: number): Row | undefined {
  switch (event.type) {
    case 'TransactionAccepted':
      return waitingRow(event.data, event.data.receivedAt, offset);
    case 'TransactionReturned':
      return waitingRow(event.data, event.data.waitingSince, offset);
    case 'FailedPaymentListed': {
      const { from, to, amount, reason } = event.data;
      const unknown = { txid: null, fee: null, hex: null, waitingSince: null };
      return { offset, from, to, amount, ...reason, ...unknown, receivedAt: Date.parse(recordedAt) };
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
  return { offset, txid, from, to, amount, fee, hex, receivedAt, waitingSince, code: null, message: null };
}

/** A transaction that was confirmed and came back in one batch is in the table still. */
function insertRows(rows: Row[]): Sql {
  const text = (values: (string | null)[]): Sql => sql`${values}::text[]`;
  return sql`INSERT INTO p (ordinal, txid, from_address, to_address, amount, fee, hex, received_at, waiting_since,
                            code, message)
    SELECT base + r.ordinal, r.txid, r.sender, r.recipient, r.amount::numeric, r.fee::bigint, r.hex,
           to_timestamp(r.received_at / 1000.0), to_timestamp(r.waiting_since / 1000.0), r.code, r.message
      FROM head, unnest(${rows.map(({ offset }) => offset)}::int[], ${text(rows.map(({ txid }) => txid))},
             ${text(rows.map(({ from }) => from))}, ${text(rows.map(({ to }) => to))},
             ${text(rows.map(({ amount }) => amount))}, ${text(rows.map(({ fee }) => fee))},
             ${text(rows.map(({ hex }) => hex))}, ${rows.map(({ receivedAt }) => receivedAt)}::bigint[],
             ${rows.map(({ waitingSince }) => waitingSince)}::bigint[],
             ${text(rows.map(({ code }) => code))}, ${text(rows.map(({ message }) => message))})
           AS r(ordinal, txid, sender, recipient, amount, fee, hex, received_at, waiting_since, code, message)
    ON CONFLICT (txid) DO UPDATE SET ordinal = excluded.ordinal, received_at = excluded.received_at,
      waiting_since = excluded.waiting_since`;
}

export const COINS = sql`coins`;

type TipPlace = Pick<PoolTip, 'blockHash' | 'height' | 'reorganizedFrom'>;

/** Coins, tip and block times after blocks that come and go. */
function projectBlocks(blocks: readonly BlockCommand[], tip: TipPlace): Sql[] {
  const changes = new CoinChanges();
  for (const { type, block, undo, height } of blocks)
    if (type === 'FollowBlock') changes.connect(block, undo, height);
    else changes.disconnect(block, undo, height);
  return [...writeCoins(changes, { table: COINS }), ...projectTip(blocks, tip)];
}

/** Where the tip stands after all of the batch, and when the blocks up to it were made. */
function projectTip(blocks: readonly BlockCommand[], { blockHash, height, reorganizedFrom }: TipPlace): Sql[] {
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

/** The pool's tables: p from its own log, the others from the chain's. */
export const poolFold: Fold = {
  log: 'tx-pool',
  follows: ['chainstate'],
  tables: [
    {
      name: 'p',
      key: ['ordinal'],
      columns: [
        ...['ordinal', 'txid', 'from_address', 'to_address', 'amount', 'fee', 'hex', 'received_at', 'waiting_since'],
        ...['code', 'message'],
      ],
    },
    {
      name: 'coins',
      key: ['txid', 'vout'],
      columns: ['txid', 'vout', 'value', 'height', 'script_pub_key', 'coinbase'],
    },
    { name: 'tip', key: ['id'], columns: ['id', 'chain_id', 'network', 'block_hash', 'height', 'reorganized_from'] },
    { name: 'block_times', key: ['height'], columns: ['height', 'time'] },
  ],
  begin: async (read) => {
    const [row] = await read<{ reorganized_from: number | null }>(sql`SELECT reorganized_from FROM tip WHERE id = 1`);
    let reorganizedFrom = row?.reorganized_from ?? undefined;
    return {
      statements: (source, events) => {
        if (source === 'tx-pool') return projectEntries(events.map(ownEvent));
        const relevant = events.filter(({ type }) => CHAIN_EVENTS.includes(type));
        const run = projectChain(relevant.map(chainCommand), reorganizedFrom);
        reorganizedFrom = run.reorganizedFrom;
        return run.statements;
      },
    };
  },
};

function ownEvent(recorded: RecordedEvent): FoldedEvent | undefined {
  if (recorded.type === STATE_HASHED) return undefined;
  return { event: readEvent('tx-pool', recorded), recordedAt: recorded.recordedAt };
}

function tipAfter({ type, block, blockHash, height }: BlockCommand): Pick<PoolTip, 'blockHash' | 'height'> {
  if (type === 'FollowBlock') return { blockHash, height };
  const { previousBlockHash } = block.header;
  return previousBlockHash === NULL_BLOCK_HASH
    ? { blockHash: undefined, height: undefined }
    : { blockHash: previousBlockHash, height: height - 1 };
}

/** Blocks are written together up to where a new chain starts. */
function projectChain(commands: ChainCommand[], before: number | undefined) {
  const statements: Sql[] = [];
  let blocks: BlockCommand[] = [];
  let tip: TipPlace = { blockHash: undefined, height: undefined, reorganizedFrom: before };
  const write = (): void => {
    if (blocks.length > 0) statements.push(...projectBlocks(blocks, tip));
    blocks = [];
  };
  for (const command of commands) {
    if (command.type === 'FollowStart') {
      write();
      statements.push(...projectStart(command));
      tip = { blockHash: undefined, height: undefined, reorganizedFrom: undefined };
    } else {
      blocks.push(command);
      tip = { ...tipAfter(command), reorganizedFrom: reorganizedFromAfter(tip.reorganizedFrom, command) };
    }
  }
  write();
  return { statements, reorganizedFrom: tip.reorganizedFrom };
}
