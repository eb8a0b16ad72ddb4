/**
 * Where the pool is kept and how it is written. The pool, the tip and coins that were seen lately are kept in memory
 * between commands; the versions of the one stream `pool` tell when another replica has written, and then all of it is
 * read anew. Its read models' statements are in projection.ts.
 */
import { CoinView, networkNamed, type BlockHash, type Outpoint } from '@pocket/chain';
import { readCoins } from '@pocket/coin-table';
import {
  postgresAdapter,
  sql,
  Writer,
  type EventLog,
  type Sql,
  type SqlDriverAdapterFactory,
  withDirectStatements,
} from '@pocket/eventstore';
import { PrismaClient, type Prisma } from './generated/client.ts';
import type { PoolCommand, PoolReply, Submission } from './domain/commands.ts';
import { decide } from './domain/decide.ts';
import { DEFAULT_POLICY, type PoolPolicy } from './domain/policy.ts';
import type { Waiting } from './domain/pool.ts';
import { youngestCoinbase } from './domain/recording.ts';
import { emptyPool, KEPT_TIMES, NO_TIP, POOL_STREAM, waitingOf, type PoolState, type PoolTip } from './domain/state.ts';
import { COINS, project } from './projection.ts';

export { PrismaClient };
export type PoolWriter = Writer<PoolCommand, PoolState, PoolReply>;

/** So many submissions share a commit; their signatures take some 50 ms. */
const MAX_BATCH = 256;
/** Coins kept in memory between batches; with more than these it begins again with none. */
const MAX_KNOWN_COINS = 100_000;

/** What reads need: the live tables, those of one moment, or those of a moment of the past. */
export type Reader = Prisma.TransactionClient;

export function openClient(databaseUrl: string): PrismaClient {
  return withDirectStatements(postgresAdapter(databaseUrl, 'tx_pool'), clientOn);
}

export function clientOn(adapter: SqlDriverAdapterFactory): PrismaClient {
  return new PrismaClient({ errorFormat: 'minimal', adapter });
}

export function createPoolWriter(client: PrismaClient, log: EventLog, policy: PoolPolicy = DEFAULT_POLICY): PoolWriter {
  let cached: PoolState | undefined;
  let current = emptyPool();
  return new Writer({
    log,
    load: async (commands, fresh) => {
      current = fresh || cached === undefined ? await loadPool(client) : cached;
      cached = undefined;
      await Promise.all([addTimes(client, current, commands), addCoins(client, current, submissionsOf(commands))]);
      return current;
    },
    versionOf: (state) => state.version,
    mayShare: (first, other) => first.type !== 'FollowStart' && other.type !== 'FollowStart',
    decide: (command, state) => decide(command, state, policy),
    project: (decided, recordedAt) => project(decided, current, recordedAt),
    committed: (state, events) => {
      const coins = state.coins.size > MAX_KNOWN_COINS ? new CoinView() : state.coins;
      cached = { ...state, version: state.version + events.length, coins };
    },
    maxBatch: MAX_BATCH,
  });
}

interface TipRow {
  version: number;
  /** null before the first chain, as the network then is. */
  chainId: string | null;
  network: string | null;
  blockHash: string | null;
  height: number | null;
  reorganizedFrom: number | null;
  /** In the first row only. */
  times: bigint[] | null;
}

interface WaitingRow {
  /** All null where nothing waits. */
  txid: string | null;
  hex: string | null;
  fee: bigint | null;
  receivedAt: Date | null;
  waitingSince: Date | null;
}

/** The whole pool as it is at one moment, and so by one statement: the tip, and beside it each that waits. */
async function loadPool(client: PrismaClient): Promise<PoolState> {
  const rows = await client.$queryRaw<(TipRow & WaitingRow)[]>(
    sql`SELECT v.version, tip.chain_id AS "chainId", tip.network, tip.block_hash AS "blockHash", tip.height,
               tip.reorganized_from AS "reorganizedFrom",
               CASE WHEN row_number() OVER (ORDER BY w.ordinal) = 1
                    THEN (SELECT array_agg(time ORDER BY height) FROM (${lastTimes(KEPT_TIMES)}) t) END AS times,
               w.txid, w.hex, w.fee, w.received_at AS "receivedAt", w.waiting_since AS "waitingSince"
          FROM (SELECT coalesce(max(version), 0) AS version FROM events WHERE stream = ${POOL_STREAM}) v
          LEFT JOIN tip ON tip.id = 1
          LEFT JOIN p w ON w.txid IS NOT NULL
         ORDER BY w.ordinal`,
  );
  const [first] = rows;
  const state = { ...emptyPool(), version: first?.version ?? 0, tip: tipOf(first) };
  const waiting = rows.flatMap(({ txid, hex, fee, receivedAt, waitingSince }) => {
    if (txid === null || hex === null || fee === null || receivedAt === null || waitingSince === null) return [];
    return [waitingOf({ txid, hex, fee, receivedAt: receivedAt.getTime(), waitingSince: waitingSince.getTime() })];
  });
  const mined = await minedCoins(client, state.tip, waiting);
  for (const each of waiting) state.pool.add({ ...each, coinbaseHeight: youngestCoinbase(each.transaction, mined) });
  return state;
}

/** The confirmed coins that waiting transactions spend; none where mined coins need not mature. */
async function minedCoins(client: PrismaClient, { network }: PoolTip, waiting: Waiting[]): Promise<CoinView> {
  if (network.coinbaseMaturity === 0) return new CoinView();
  const spent = waiting.flatMap(({ transaction }) => transaction.inputs.map(({ prevout }) => prevout));
  return new CoinView(await readCoins(client, COINS, spent));
}

const lastTimes = (count: number): Sql => sql`SELECT height, time FROM block_times ORDER BY height DESC LIMIT ${count}`;

function tipOf(row: TipRow | undefined): PoolTip {
  if (row === undefined || row.chainId === null || row.network === null) return NO_TIP;
  const network = networkNamed(row.network);
  if (network === undefined) throw new Error(`the pool was kept for the network ${row.network}, which is unknown here`);
  return {
    chainId: row.chainId,
    network,
    blockHash: (row.blockHash ?? undefined) as BlockHash | undefined,
    height: row.height ?? undefined,
    times: (row.times ?? []).map(Number),
    reorganizedFrom: row.reorganizedFrom ?? undefined,
  };
}

/** Blocks that are taken off need the times of those far below them. */
async function addTimes(client: PrismaClient, state: PoolState, commands: PoolCommand[]): Promise<void> {
  const { height, times, network } = state.tip;
  const needed = network.medianTimeSpan + commands.filter(({ type }) => type === 'UnfollowBlock').length;
  if (height === undefined || times.length >= Math.min(needed, height + 1)) return;
  const rows = await client.$queryRaw<{ time: bigint }[]>(lastTimes(Math.max(needed, KEPT_TIMES)));
  state.tip = { ...state.tip, times: rows.map(({ time }) => Number(time)).reverse() };
}

function submissionsOf(commands: PoolCommand[]): Submission[] {
  return commands.flatMap((command) => {
    if (command.type === 'SubmitTransaction') return [command];
    return command.type === 'TestTransactions' ? command.submissions : [];
  });
}

/**
 * Reads the coins that transactions want to spend and that are known neither from earlier nor from the pool. Where one
 * is missing, the transaction may be in a block already: then its own outputs tell.
 */
async function addCoins(client: PrismaClient, { pool, coins }: PoolState, submissions: Submission[]): Promise<void> {
  const coming = new Set<string>(submissions.map(({ txid }) => txid));
  const isUnknown = (outpoint: Outpoint): boolean =>
    !coins.has(outpoint) && !pool.has(outpoint.txid) && !coming.has(outpoint.txid);
  const unknownInputs = ({ transaction }: Submission): Outpoint[] =>
    transaction.inputs.map(({ prevout }) => prevout).filter(isUnknown);
  for (const coin of await readCoins(client, COINS, submissions.flatMap(unknownInputs)))
    coins.add(coin.outpoint, coin.coin);
  const suspects = submissions.filter((each) => !pool.has(each.txid) && unknownInputs(each).length > 0);
  const outputs = suspects.flatMap(({ txid, transaction }) => transaction.outputs.map((_, vout) => ({ txid, vout })));
  for (const coin of await readCoins(client, COINS, outputs)) coins.add(coin.outpoint, coin.coin);
}
