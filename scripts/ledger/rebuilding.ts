/**
 * Makes a service's tables again from the logs, beside the live ones, and puts them in their place once they have caught
 * up; the service goes on answering all the while. Whatever interrupts it leaves the live tables as they are.
 */
import pg from 'pg';
import { FoldedTables, positionsOf, readStoredHead, type FoldedTable, type FoldPositions } from '@pocket/eventstore';
import { StackError } from '@pocket/stack';
import { CONNECT_WITHIN_MS, logsOf, openPool, type LedgerService } from './services.ts';
import { makeLasting, openShadow } from './shadow.ts';

export interface RebuildProgress {
  /** Events folded so far, and how many there were to fold when it was looked last. */
  done: number;
  of: number;
  eventsPerSecond: number;
  secondsLeft: number;
}

export interface RebuildOptions {
  databaseUrl: string;
  service: LedgerService;
  /** Those that are replaced; all of the service's are folded. */
  tables: readonly FoldedTable[];
  onProgress: (progress: RebuildProgress) => void;
  signal: AbortSignal;
}

export interface Rebuilt {
  events: number;
  seconds: number;
  /** How long the service had to wait at the end, milliseconds. */
  swapMs: number;
}

/** So far behind, the rest is folded while the service waits. */
const NEAR_EVENTS = 100;
/** Statements of the service that began before must end; if they do not, or wait for each other, it is tried again. */
const LOCK_WITHIN_MS = 200;
const SWAP_ATTEMPTS = 50;
const PROGRESS_MS = 500;

/**
 * @throws StackError when another rebuild of the service is under way, when it has never run on this database, and when a
 * log cannot be read; Error when the service is so busy that its tables could not be replaced. Nothing has changed then.
 */
export async function rebuild(options: RebuildOptions): Promise<Rebuilt> {
  const { databaseUrl, service, signal } = options;
  const begun = performance.now();
  const reader = openPool(databaseUrl);
  const lock = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    options: `-c search_path=${service.schema}`,
  });
  // A connection that breaks also fails the query under way, which says so.
  lock.on('error', () => undefined);
  const shadow = `${service.schema}_rebuild`;
  try {
    await lock.connect();
    await requireLog(lock, service);
    await lockOut(lock, service);
    const pool = await openShadow(databaseUrl, service, shadow);
    try {
      const fresh = new FoldedTables({ fold: service.fold, pool, logs: logsOf(reader) });
      await catchUp(fresh, lock, options);
      await makeLasting(pool, service);
      await catchUp(fresh, lock, options);
      signal.throwIfAborted();
      const swapMs = await swap(fresh, lock, options, shadow);
      return { events: sum(fresh.positions), seconds: (performance.now() - begun) / 1_000, swapMs };
    } finally {
      await pool.end();
      await lock.query(`DROP SCHEMA IF EXISTS "${shadow}" CASCADE`).catch(() => undefined);
    }
  } finally {
    await lock.end().catch(() => undefined);
    await reader.end();
  }
}

async function requireLog(lock: pg.Client, { service, schema }: LedgerService): Promise<void> {
  if ((await readStoredHead(lock, schema)) === undefined)
    throw new StackError(`There is no log of ${service} in this database: no such service has ever run on it.`);
}

async function lockOut(lock: pg.Client, { service }: LedgerService): Promise<void> {
  const { rows } = await lock.query<{ locked: boolean }>(
    `SELECT pg_try_advisory_lock(hashtext('pocket-rebuild'), hashtext($1)) AS locked`,
    [service],
  );
  if (rows[0]?.locked !== true)
    throw new StackError(`Another rebuild of ${service} is under way: wait for it, or end it.`);
}

async function catchUp(fresh: FoldedTables, lock: pg.Client, options: RebuildOptions): Promise<void> {
  const begun = performance.now();
  let told = begun;
  for (;;) {
    const target = await livePositions(lock, options.service);
    const of = sum(target);
    if (of - sum(fresh.positions) <= NEAR_EVENTS) return;
    await fresh.advance(target, () => {
      options.signal.throwIfAborted();
      if (performance.now() - told < PROGRESS_MS) return;
      told = performance.now();
      const done = sum(fresh.positions);
      const eventsPerSecond = (done * 1_000) / (told - begun);
      options.onProgress({ done, of, eventsPerSecond, secondsLeft: (of - done) / eventsPerSecond });
    });
  }
}

/** @param database whose search path begins with the live schema. */
async function livePositions(database: Pick<pg.Client, 'query'>, { fold }: LedgerService): Promise<FoldPositions> {
  const { text, values } = positionsOf(fold);
  const query = { text: `SELECT ${text} AS positions`, values: [...values] };
  return (await database.query<{ positions: FoldPositions }>(query)).rows[0]?.positions ?? {};
}

/**
 * Takes the live tables from the service for a moment, folds what has come meanwhile, and changes places. Whoever wants a
 * lock that the service holds gives way, so that it is never the service's commit that fails.
 */
async function swap(fresh: FoldedTables, lock: pg.Client, options: RebuildOptions, shadow: string): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const begun = performance.now();
    try {
      await lock.query('BEGIN');
      await lock.query(`SET LOCAL lock_timeout = ${LOCK_WITHIN_MS}`);
      await swapOnce(fresh, lock, options, shadow);
      await lock.query('COMMIT');
      return performance.now() - begun;
    } catch (error) {
      await lock.query('ROLLBACK');
      const { code } = error as { code?: string };
      const busy = code === '55P03' || code === '40P01';
      if (!busy || attempt === SWAP_ATTEMPTS || options.signal.aborted) throw error;
    }
  }
}

async function swapOnce(
  fresh: FoldedTables,
  lock: pg.Client,
  { service, tables }: RebuildOptions,
  shadow: string,
): Promise<void> {
  const { schema } = service;
  const live = tables.map(({ name }) => `"${schema}"."${name}"`).join(', ');
  await lock.query(`LOCK TABLE ${live} IN ACCESS EXCLUSIVE MODE`);
  // Who remembers what the tables held reads them again.
  await lock.query(`UPDATE "${schema}".log_head SET rebuilds = rebuilds + 1 WHERE id = 1`);
  await lock.query(`LOCK TABLE "${schema}".checkpoints IN SHARE MODE`);
  await fresh.advance(await livePositions(lock, service));
  for (const { name } of tables) {
    await lock.query(`DROP TABLE "${schema}"."${name}"`);
    await lock.query(`ALTER TABLE "${shadow}"."${name}" SET SCHEMA "${schema}"`);
  }
}

const sum = (positions: FoldPositions): number => Object.values(positions).reduce((total, each) => total + each, 0);
