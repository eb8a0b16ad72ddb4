/**
 * What a service's tables hold, as a hash for each: SHA-256 over the sorted SHA-256 of their rows. Now and then the
 * leader records them in its log, together with how far each log was folded by then, so that anybody who folds the logs
 * again can prove that the tables were what the logs tell.
 */
import type { Logger } from 'pino';
import { ConflictError } from './failure.ts';
import { identifier, rowOf, STATE_HASHED, type Fold, type FoldedTable, type FoldPositions } from './fold.ts';
import type { Log } from './log.ts';
import { join, raw, sql, type Sql, type SqlClient } from './sql.ts';

/** `data` of the event StateHashed. */
export interface StateHashes {
  /** How far each log was folded. */
  positions: FoldPositions;
  /** SHA-256 by table, hex. */
  tables: Record<string, string>;
}

export const STATE_STREAM = 'state';
const SCHEMA_VERSION = 1;
const LOOK_MS = 1_000;
/** Hashing may take this part of the time at most. */
const SHARE = 20;

/** The hash of one table as a scalar query. */
export function hashOfTable(table: FoldedTable): Sql {
  return sql`(SELECT encode(sha256(coalesce(string_agg(hash, ''::bytea ORDER BY hash), ''::bytea)), 'hex')
                FROM (SELECT sha256(convert_to(${rowOf(table)}::text, 'UTF8')) AS hash FROM ${identifier(table.name)}) rows)`;
}

/** One row with the hash of each table in a column of its name. */
export function hashesOf({ tables }: Fold): Sql {
  return sql`SELECT ${join(tables.map((table) => sql`${hashOfTable(table)} AS ${identifier(table.name)}`))}`;
}

export interface StateRecorderOptions {
  client: SqlClient;
  log: Pick<Log, 'append'>;
  fold: Fold;
  /** After so many events, of its own log and of those it follows; 0 for never. */
  every: number;
  logger: Logger;
}

/** Records state hashes while this replica leads. Returns how to end it. */
export function keepRecording(options: StateRecorderOptions): () => void {
  if (options.every === 0) return () => undefined;
  let restUntil = 0;
  let last: number | undefined;
  let working = false;
  const look = async (): Promise<void> => {
    last ??= await lastRecorded(options);
    const now = await foldedSoFar(options);
    if (sum(now) - last < options.every) return;
    const begun = performance.now();
    last = sum((await recordState(options)).positions);
    restUntil = performance.now() + SHARE * (performance.now() - begun);
  };
  const timer = setInterval(() => {
    if (working || performance.now() < restUntil) return;
    working = true;
    look()
      .catch((error: unknown) => options.logger.warn({ err: error }, 'the state was not hashed'))
      .finally(() => (working = false));
  }, LOOK_MS);
  return () => clearInterval(timer);
}

/**
 * Hashes the tables as they are at one moment and records it.
 * @throws ConflictError when another replica was faster.
 */
export async function recordState({
  client,
  log,
  fold,
}: Pick<StateRecorderOptions, 'client' | 'log' | 'fold'>): Promise<StateHashes> {
  const [row] = await client.$queryRaw<
    { version: number | null; positions: FoldPositions; tables: StateHashes['tables'] }[]
  >(
    sql`SELECT (SELECT max(version) FROM events WHERE stream = ${STATE_STREAM}) AS version,
               ${positionsOf(fold)} AS positions,
               json_build_object(${join(fold.tables.map((table) => sql`${raw(literal(table.name))}, ${hashOfTable(table)}`))}) AS tables`,
  );
  if (row === undefined) throw new ConflictError('the state could not be read');
  const data: StateHashes = { positions: row.positions, tables: row.tables };
  const metadata = { correlationId: `state-of-${fold.log}`, causationId: null, traceparent: null };
  const place = { stream: STATE_STREAM, version: (row.version ?? 0) + 1 };
  const event = { ...place, type: STATE_HASHED, schemaVersion: SCHEMA_VERSION, data, metadata };
  await log.append({ events: [event], recordedAt: new Date().toISOString(), checkpoints: [], projections: [] });
  return data;
}

async function foldedSoFar({ client, fold }: StateRecorderOptions): Promise<FoldPositions> {
  const [row] = await client.$queryRaw<{ positions: FoldPositions }[]>(sql`SELECT ${positionsOf(fold)} AS positions`);
  return row?.positions ?? {};
}

async function lastRecorded({ client }: StateRecorderOptions): Promise<number> {
  const [row] = await client.$queryRaw<{ data: StateHashes }[]>(
    sql`SELECT data FROM events WHERE stream = ${STATE_STREAM} ORDER BY version DESC LIMIT 1`,
  );
  return row === undefined ? 0 : sum(row.data.positions);
}

/** How far the own log has come, and the others have been followed, as one JSON object. */
export function positionsOf({ log, follows }: Pick<Fold, 'log' | 'follows'>): Sql {
  const followed = follows.map(
    (source) => sql`, ${raw(literal(source))}, coalesce((SELECT position FROM checkpoints
                       WHERE consumer = ${raw(literal(log))} AND source = ${raw(literal(source))}), 0)`,
  );
  const own = sql`${raw(literal(log))}, (SELECT position FROM log_head WHERE id = 1)`;
  return sql`json_build_object(${own}${followed.length === 0 ? raw('') : join(followed, '')})`;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const sum = (positions: FoldPositions): number => Object.values(positions).reduce((total, each) => total + each, 0);
