/** The pool's writer on tables in memory: what it loads and remembers, as store.ts does it on Postgres. */
import { CoinView, outpointKey, type Outpoint } from '@pocket/chain';
import { Writer } from '@pocket/eventstore';
import type { PoolCommand, PoolReply, Submission } from '../../services/tx-pool/src/domain/commands.ts';
import { decide } from '../../services/tx-pool/src/domain/decide.ts';
import type { PoolPolicy } from '../../services/tx-pool/src/domain/policy.ts';
import { youngestCoinbase } from '../../services/tx-pool/src/domain/recording.ts';
import {
  emptyPool,
  KEPT_TIMES,
  NO_TIP,
  POOL_STREAM,
  waitingOf,
  type PoolState,
} from '../../services/tx-pool/src/domain/state.ts';
import type { Session, Statement } from '../world/database.ts';
import type { MemoryLog } from '../world/memory-log.ts';
import { foldPool, lastTimes, type PoolTables } from './tables.ts';

export type PoolWriter = Writer<PoolCommand, PoolState, PoolReply, Statement<PoolTables>>;
type PoolSession = Session<PoolTables>;

const MAX_BATCH = 256;
/** So few that forgetting them happens too. */
const MAX_KNOWN_COINS = 50;

export function createPoolWriter(session: PoolSession, log: MemoryLog<PoolTables>, policy: PoolPolicy): PoolWriter {
  let cached: PoolState | undefined;
  let current = emptyPool();
  return new Writer({
    log,
    load: async (commands, fresh) => {
      current = fresh || cached === undefined ? await loadPool(session) : cached;
      cached = undefined;
      await Promise.all([addTimes(session, current, commands), addCoins(session, current, submissionsOf(commands))]);
      return current;
    },
    versionOf: ({ version }) => version,
    mayShare: (first, other) => first.type !== 'FollowStart' && other.type !== 'FollowStart',
    decide: (command, state) => decide(command, state, policy),
    project: (decided) => {
      const state = current;
      return changesTables(decided) ? [(tables, base) => foldPool(tables, base, decided, state)] : [];
    },
    committed: (state, events) => {
      const coins = state.coins.size > MAX_KNOWN_COINS ? new CoinView() : state.coins;
      cached = { ...state, version: state.version + events.length, coins };
    },
    maxBatch: MAX_BATCH,
  });
}

function changesTables(decided: readonly { command: PoolCommand; events: readonly unknown[] }[]): boolean {
  return decided.some(({ command, events }) => events.length > 0 || command.type.includes('ollow'));
}

/** The whole pool as it is at one moment, then the coins that tell when what waits is mature. */
async function loadPool(session: PoolSession): Promise<PoolState> {
  const { state, waiting } = await session.read((tables) => {
    const times = lastTimes(tables, KEPT_TIMES);
    const version = session.database.versions.get(POOL_STREAM) ?? 0;
    const tip = tables.tip === undefined ? NO_TIP : { ...tables.tip, times };
    const rows = [...tables.waiting.values()].sort((left, right) => left.ordinal - right.ordinal);
    return { state: { ...emptyPool(), version, tip }, waiting: rows.map((row) => waitingOf(row)) };
  });
  const mined = new CoinView();
  if (state.tip.network.coinbaseMaturity > 0)
    await addFound(
      session,
      mined,
      waiting.flatMap(({ transaction }) => transaction.inputs.map(({ prevout }) => prevout)),
    );
  for (const each of waiting) state.pool.add({ ...each, coinbaseHeight: youngestCoinbase(each.transaction, mined) });
  return state;
}

/** Blocks that are taken off need the times of those far below them. */
async function addTimes(session: PoolSession, state: PoolState, commands: PoolCommand[]): Promise<void> {
  const { height, times, network } = state.tip;
  const needed = network.medianTimeSpan + commands.filter(({ type }) => type === 'UnfollowBlock').length;
  if (height === undefined || times.length >= Math.min(needed, height + 1)) return;
  const read = await session.read((tables) => lastTimes(tables, Math.max(needed, KEPT_TIMES)));
  state.tip = { ...state.tip, times: read };
}

function submissionsOf(commands: PoolCommand[]): Submission[] {
  return commands.flatMap((command) => {
    if (command.type === 'SubmitTransaction') return [command];
    return command.type === 'TestTransactions' ? command.submissions : [];
  });
}

/** The coins that transactions want to spend, and where one is missing their own outputs. */
async function addCoins(session: PoolSession, state: PoolState, submissions: Submission[]): Promise<void> {
  const { pool, coins } = state;
  const coming = new Set<string>(submissions.map(({ txid }) => txid));
  const isUnknown = (outpoint: Outpoint): boolean =>
    !coins.has(outpoint) && !pool.has(outpoint.txid) && !coming.has(outpoint.txid);
  const unknownInputs = ({ transaction }: Submission): Outpoint[] =>
    transaction.inputs.map(({ prevout }) => prevout).filter(isUnknown);
  await addFound(session, coins, submissions.flatMap(unknownInputs));
  const suspects = submissions.filter((each) => !pool.has(each.txid) && unknownInputs(each).length > 0);
  const outputs = suspects.flatMap(({ txid, transaction }) => transaction.outputs.map((_, vout) => ({ txid, vout })));
  await addFound(session, coins, outputs);
}

async function addFound(session: PoolSession, view: CoinView, wanted: Outpoint[]): Promise<void> {
  if (wanted.length === 0) return;
  const found = await session.read(({ coins }) => wanted.flatMap((outpoint) => coins.get(outpointKey(outpoint)) ?? []));
  for (const { outpoint, coin } of found) view.add(outpoint, coin);
}
