/** Where the pool is kept: the log, table p, the coins and the tip, one transaction for all of them. */
import {
  CoinView,
  createdCoins,
  decodeTransaction,
  outpointKey,
  type BlockHash,
  type NamedCoin,
  type Outpoint,
  type Transaction,
  type Txid,
} from '@pocket/chain';
import type { PoolEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import { postgresAdapter, sql, Writer, type Decided, type EventLog, type Sql } from '@pocket/eventstore';
import { PrismaClient } from './generated/client.ts';
import { decide, type FollowBlock, type PoolCommand, type PoolReply } from './domain/decide.ts';
import { addTransaction, emptyPool, NO_TIP, POOL_STREAM, type PoolState } from './domain/state.ts';

export { PrismaClient };
export type PoolWriter = Writer<PoolCommand, PoolState, PoolReply>;

export function openClient(databaseUrl: string): PrismaClient {
  return new PrismaClient({ errorFormat: 'minimal', adapter: postgresAdapter(databaseUrl, 'tx_pool') });
}

export function createPoolWriter(client: PrismaClient, log: EventLog): PoolWriter {
  let cached: PoolState | undefined;
  return new Writer({
    log,
    load: async (commands, fresh) => {
      const state = fresh || cached === undefined ? await loadPool(client) : cached;
      cached = undefined;
      return { ...state, coins: await loadCoins(client, commands) };
    },
    versionOf: (state) => state.version,
    mayShare: (first, other) => first.type !== 'FollowStart' && other.type !== 'FollowStart',
    decide,
    project: (decided) => project(decided),
    committed: (state, events) => {
      cached = { ...state, version: state.version + events.length, coins: new CoinView() };
    },
  });
}

async function loadPool(client: PrismaClient): Promise<PoolState> {
  const [rows, tip, last] = await Promise.all([
    client.poolEntry.findMany({ where: { txid: { not: null } }, orderBy: { ordinal: 'asc' } }),
    client.tip.findUnique({ where: { id: 1 } }),
    client.event.aggregate({ where: { stream: POOL_STREAM }, _max: { version: true } }),
  ]);
  const state = { ...emptyPool(), version: last._max.version ?? 0 };
  for (const { txid, hex } of rows)
    if (txid !== null && hex !== null) addTransaction(state, txid, readTransaction(hex));
  state.tip =
    tip === null
      ? NO_TIP
      : { ...tip, blockHash: (tip.blockHash ?? undefined) as BlockHash | undefined, height: tip.height ?? undefined };
  return state;
}

function readTransaction(hex: string): Transaction {
  const decoded = decodeTransaction(hexToBytes(hex));
  if (!decoded.ok) throw new Error(`a transaction of the pool cannot be read: ${decoded.message}`);
  return decoded.transaction;
}

interface CoinRow {
  txid: string;
  vout: number;
  value: bigint;
  height: number;
  script_pub_key: Uint8Array;
  coinbase: boolean;
}

async function loadCoins(client: PrismaClient, commands: PoolCommand[]): Promise<CoinView> {
  const needed = commands.flatMap((command) =>
    command.type === 'SubmitTransaction' ? command.transaction.inputs.map(({ prevout }) => prevout) : [],
  );
  if (needed.length === 0) return new CoinView();
  const rows = await client.$queryRaw<CoinRow[]>(
    sql`SELECT c.txid, c.vout, c.value, c.height, c.script_pub_key, c.coinbase
          FROM unnest(${txids(needed)}, ${vouts(needed)}) AS n(txid, vout) JOIN coins c USING (txid, vout)`,
  );
  return new CoinView(
    rows.map(({ txid, vout, value, height, script_pub_key, coinbase }) => ({
      outpoint: { txid: txid as Txid, vout },
      coin: { value, scriptPubKey: script_pub_key, height, coinbase },
    })),
  );
}

/** The read models' changes of a batch: the rows of p from our own events, coins and tip from the chain's. */
function project(decided: Decided<PoolCommand>[]): Sql[] {
  const start = decided.map(({ command }) => command).find((command) => command.type === 'FollowStart');
  if (start !== undefined) return projectStart(start.chainId);
  const blocks = decided.map(({ command }) => command).filter((command) => command.type === 'FollowBlock');
  return [...projectEntries(decided), ...projectCoins(blocks), ...projectTip(blocks)];
}

function projectStart(chainId: string): Sql[] {
  return [
    sql`DELETE FROM p`,
    sql`DELETE FROM coins`,
    sql`INSERT INTO tip (id, chain_id, times) VALUES (1, ${chainId}, '{}')
        ON CONFLICT (id) DO UPDATE SET chain_id = excluded.chain_id, block_hash = NULL, height = NULL, times = '{}'`,
  ];
}

function projectEntries(decided: Decided<PoolCommand>[]): Sql[] {
  const added = new Map<string, Sql>();
  const removed: string[] = [];
  const events = decided.flatMap(({ events }) => events) as unknown as PoolEvent[];
  events.forEach((event, index) => changeEntries(added, removed, event, index + 1));
  return [
    ...(removed.length === 0 ? [] : [sql`DELETE FROM p WHERE txid = ANY(${removed}::text[])`]),
    ...added.values(),
  ];
}

/** @param offset the event's place in the batch, from 1. An entry that comes and goes inside the batch is neither. */
function changeEntries(added: Map<string, Sql>, removed: string[], event: PoolEvent, offset: number): void {
  switch (event.type) {
    case 'TransactionAccepted':
      added.set(event.data.txid, insertEntry(event.data, offset));
      return;
    case 'TransactionConfirmed':
    case 'TransactionEvicted':
      if (!added.delete(event.data.txid)) removed.push(event.data.txid);
      return;
    case 'FailedPaymentListed':
      added.set(event.data.paymentId, insertFailure(event.data, offset));
      return;
    case 'PoolCleared':
    case 'BlockFollowed':
      return;
    default:
      event satisfies never;
  }
}

type AcceptedData = Extract<PoolEvent, { type: 'TransactionAccepted' }>['data'];
type FailureData = Extract<PoolEvent, { type: 'FailedPaymentListed' }>['data'];

function insertEntry({ txid, from, to, amount, fee, hex, receivedAt }: AcceptedData, offset: number): Sql {
  return sql`INSERT INTO p (ordinal, txid, from_address, to_address, amount, fee, hex, received_at)
    SELECT base + ${offset}, ${txid}, ${from}, ${to}, ${amount}::numeric, ${fee}::bigint, ${hex},
           ${new Date(receivedAt).toISOString()}::timestamptz FROM head`;
}

function insertFailure({ from, to, amount, reason }: FailureData, offset: number): Sql {
  return sql`INSERT INTO p (ordinal, from_address, to_address, amount, received_at, code, message)
    SELECT base + ${offset}, ${from}, ${to}, ${amount}::numeric, now(), ${reason.code}, ${reason.message} FROM head`;
}

function projectCoins(blocks: FollowBlock[]): Sql[] {
  const created = new Map<string, NamedCoin>();
  const spent = new Map<string, Outpoint>();
  for (const block of blocks) foldBlock(block, created, spent);
  return [
    ...(spent.size === 0 ? [] : [deleteCoins([...spent.values()])]),
    ...(created.size === 0 ? [] : [insertCoins([...created.values()])]),
  ];
}

/** Coins created and spent inside the batch are neither. */
function foldBlock(
  { block, height }: FollowBlock,
  created: Map<string, NamedCoin>,
  spent: Map<string, Outpoint>,
): void {
  block.transactions.forEach((transaction, index) => {
    for (const { prevout } of index === 0 ? [] : transaction.inputs)
      if (!created.delete(outpointKey(prevout))) spent.set(outpointKey(prevout), prevout);
    for (const coin of createdCoins(transaction, height)) created.set(outpointKey(coin.outpoint), coin);
  });
}

function deleteCoins(spent: Outpoint[]): Sql {
  return sql`DELETE FROM coins c USING unnest(${txids(spent)}, ${vouts(spent)}) AS s(txid, vout)
              WHERE c.txid = s.txid AND c.vout = s.vout`;
}

function insertCoins(created: NamedCoin[]): Sql {
  const outpoints = created.map(({ outpoint }) => outpoint);
  return sql`INSERT INTO coins (txid, vout, value, height, script_pub_key, coinbase)
    SELECT * FROM unnest(${txids(outpoints)}, ${vouts(outpoints)}, ${created.map(({ coin }) => coin.value)}::bigint[],
      ${created.map(({ coin }) => coin.height)}::int[], ${created.map(({ coin }) => coin.scriptPubKey)}::bytea[],
      ${created.map(({ coin }) => coin.coinbase)}::boolean[])`;
}

const MEDIAN_TIME_SPAN = 11;

function projectTip(blocks: FollowBlock[]): Sql[] {
  const last = blocks.at(-1);
  if (last === undefined) return [];
  const times = blocks.map(({ block }) => block.header.time);
  return [
    sql`UPDATE tip SET block_hash = ${last.blockHash}, height = ${last.height},
               times = (times || ${times}::int[])[greatest(1, cardinality(times) + ${times.length - MEDIAN_TIME_SPAN + 1}):]
         WHERE id = 1`,
  ];
}

const txids = (outpoints: Outpoint[]): Sql => sql`${outpoints.map(({ txid }) => txid)}::text[]`;
const vouts = (outpoints: Outpoint[]): Sql => sql`${outpoints.map(({ vout }) => vout)}::int[]`;
