/**
 * How a service's tables come about from logs: the one definition that the service itself writes by, and by which they
 * are rebuilt, proved and shown as they were. A fold is pure: events in, statements out. What it makes depends only on
 * how far each log was folded, not on how the logs took turns: each row, or part of a row, is told by one log alone,
 * where the service's own comes first.
 */
import type { RecordedEvent } from './event.ts';
import { join, raw, sql, type Sql } from './sql.ts';

/** A table that holds nothing but what logs tell. */
export interface FoldedTable {
  readonly name: string;
  /** The columns that logs tell; others are the service's own notes. */
  readonly columns: readonly string[];
  /** Those by which a row is known. */
  readonly key: readonly string[];
}

export type ReadRows = <Row>(query: Sql) => Promise<Row[]>;

export interface Fold {
  /** The service's own log, which is folded first. */
  readonly log: string;
  /** The other logs that its tables follow. */
  readonly follows: readonly string[];
  readonly tables: readonly FoldedTable[];
  /** Begins where the tables stand that `read` reads; they may be empty. */
  begin(read: ReadRows): Promise<Folding>;
}

export interface Folding {
  /**
   * What these events change, as statements to be run one after the other. They may refer to `head.base`, the position
   * before the first of the events, by `FROM head`.
   * @param events of one log, directly behind those before.
   * @throws UnreadableEventError for an event this code cannot read.
   */
  statements(source: string, events: readonly RecordedEvent[]): Sql[];
}

/** What every log says of itself now and then: see state-hash.ts. No fold is changed by it. */
export const STATE_HASHED = 'StateHashed';

/** The positions up to which the logs were folded, by log. */
export type FoldPositions = Readonly<Record<string, number>>;

/** A statement of a fold, run by itself. */
export function withHead(statement: Sql, base: number): Sql {
  return sql`WITH head AS (SELECT ${base}::bigint AS base) ${statement}`;
}

/** The columns of a table as one row value. */
export function rowOf({ columns }: FoldedTable): Sql {
  return sql`ROW(${join(columns.map(identifier))})`;
}

export function identifier(name: string): Sql {
  return raw(`"${name.replaceAll('"', '""')}"`);
}
