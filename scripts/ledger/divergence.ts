/**
 * Where tables and logs part: rows that are not what the logs tell, and for each, found by bisection, the first event
 * whose effect it lacks. Every probe is a fresh fold up to one event.
 */
import {
  FoldedTables,
  openTemporaryTables,
  type FoldedTable,
  type FoldPositions,
  type ReadLog,
} from '@pocket/eventstore';
import type { LedgerService } from './services.ts';

export interface Divergence {
  table: string;
  /** The row's key, as JSON. */
  key: string;
  /** The row as JSON, as the logs tell it; null for none. */
  told: string | null;
  /** As it is in the table. */
  found: string | null;
  /** The first event whose effect is missing; null where the row is not what any event since the last proved state left. */
  event: { source: string; position: number } | null;
}

export interface Comparison {
  service: LedgerService;
  databaseUrl: string;
  logs: Readonly<Record<string, ReadLog>>;
  /** The last recorded state that agreed; all at 0 for none. */
  proved: FoldPositions;
  /** Where the tables stand. */
  reached: FoldPositions;
  /** The rows of a table as they are. */
  rowsFound: (table: FoldedTable) => Promise<Map<string, string>>;
}

/** So many rows of a table are traced to an event. */
const MAX_TRACED = 5;

/** Every row of these tables that differs, at most `MAX_TRACED` of each table with the event at fault. */
export async function findDivergences(
  comparison: Comparison,
  tables: readonly FoldedTable[],
): Promise<{ traced: Divergence[]; rows: number }> {
  const traced: Divergence[] = [];
  let rows = 0;
  const told = await rowsAt(comparison, comparison.reached, tables);
  for (const table of tables) {
    const found = await comparison.rowsFound(table);
    const expected = told.get(table.name) ?? new Map<string, string>();
    const keys = [...new Set([...expected.keys(), ...found.keys()])].filter(
      (key) => expected.get(key) !== found.get(key),
    );
    rows += keys.length;
    for (const key of keys.sort().slice(0, MAX_TRACED)) {
      const pair = { told: expected.get(key) ?? null, found: found.get(key) ?? null };
      traced.push({ table: table.name, key, ...pair, event: await firstMissing(comparison, table, key, pair) });
    }
  }
  return { traced, rows };
}

/**
 * The first event from which on the row is not what was found: between the last proved state, where the tables were
 * right, and where they stand.
 */
async function firstMissing(
  comparison: Comparison,
  table: FoldedTable,
  key: string,
  { told, found }: Pick<Divergence, 'told' | 'found'>,
): Promise<Divergence['event']> {
  const order = eventsBetween(comparison);
  const rowAfter = async (count: number): Promise<string | null> => {
    const rows = await rowsAt(comparison, positionsAfter(comparison, order, count), [table]);
    return rows.get(table.name)?.get(key) ?? null;
  };
  const before = await rowAfter(0);
  // Changed by something else than an event: none since the last proof has touched it.
  if (before === told) return null;
  const differs = before === found ? (row: string | null) => row !== found : (row: string | null) => row === told;
  let [low, high] = [0, lengthOf(order)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (differs(await rowAfter(middle))) high = middle;
    else low = middle;
  }
  return eventAt(order, high);
}

/** The stretch of each log that was folded since the last proof, in the order of folding. */
interface Stretch {
  source: string;
  from: number;
  to: number;
}

function eventsBetween({ service: { fold }, proved, reached }: Comparison): Stretch[] {
  return [fold.log, ...fold.follows].map((source) => ({
    source,
    from: proved[source] ?? 0,
    to: reached[source] ?? 0,
  }));
}

const lengthOf = (order: Stretch[]): number => order.reduce((total, { from, to }) => total + to - from, 0);

function positionsAfter({ proved }: Comparison, order: Stretch[], count: number): FoldPositions {
  let left = count;
  const entries = order.map(({ source, from, to }) => {
    const taken = Math.min(left, to - from);
    left -= taken;
    return [source, from + taken] as const;
  });
  return { ...proved, ...Object.fromEntries(entries) };
}

/** The `count`-th event of the stretch, from 1. */
function eventAt(order: Stretch[], count: number): Divergence['event'] {
  let left = count;
  for (const { source, from, to } of order) {
    if (left <= to - from) return { source, position: from + left };
    left -= to - from;
  }
  return null;
}

/** The rows of these tables by key, after a fresh fold up to here. */
async function rowsAt(
  { service: { schema, fold }, databaseUrl, logs }: Comparison,
  positions: FoldPositions,
  tables: readonly FoldedTable[],
): Promise<Map<string, Map<string, string>>> {
  const pool = await openTemporaryTables(databaseUrl, schema, fold);
  try {
    await new FoldedTables({ fold, pool, logs }).advance(positions);
    const rows = new Map<string, Map<string, string>>();
    for (const table of tables) rows.set(table.name, rowsByKey((await pool.query(rowsQuery(table))).rows as RowText[]));
    return rows;
  } finally {
    await pool.end();
  }
}

export interface RowText {
  key: string;
  row: string;
}

/** Every row as JSON, with its key. */
export function rowsQuery({ name, key, columns }: FoldedTable): string {
  const object = (names: readonly string[]): string =>
    `json_build_object(${names.map((column) => `'${column}', "${column}"`).join(', ')})::text`;
  return `SELECT ${object(key)} AS key, ${object(columns)} AS row FROM "${name}"`;
}

export function rowsByKey(rows: RowText[]): Map<string, string> {
  return new Map(rows.map(({ key, row }) => [key, row]));
}
