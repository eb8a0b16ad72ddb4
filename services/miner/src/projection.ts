/** What the miner's events make of its one table: a row for each search, with how it ended. */
import { readEvent, type MinerEvent } from '@pocket/contracts';
import { sql, STATE_HASHED, type Fold, type Sql } from '@pocket/eventstore';
import { phaseAfter, type SearchPhase } from './domain/state.ts';

interface SearchRow {
  /** The event's place behind `head.base`; undefined where the row is there already. */
  offset: number | undefined;
  requested: Extract<MinerEvent, { type: 'MiningRequested' }>['data'] | undefined;
  versions: number;
  phase: SearchPhase;
  blockHash: string | null;
  nonce: number | null;
  reason: string | null;
}

const UNTOUCHED = { offset: undefined, requested: undefined, versions: 0, blockHash: null, nonce: null, reason: null };

/**
 * All events of a search make one row or one update.
 * @param events directly behind `head.base`; undefined where there is one that means nothing here.
 */
export function project(events: readonly (MinerEvent | undefined)[]): Sql[] {
  const rows = new Map<string, SearchRow>();
  for (const [index, event] of events.entries())
    if (event !== undefined) rows.set(event.data.searchId, changedRow(rows.get(event.data.searchId), event, index + 1));
  const all = [...rows];
  const begun = all.filter(([, { requested }]) => requested !== undefined);
  const changed = all.filter(([, { requested }]) => requested === undefined);
  return [
    ...(begun.length === 0 ? [] : [insertSearches(begun)]),
    ...(changed.length === 0 ? [] : [updateSearches(changed)]),
  ];
}

function changedRow(row: SearchRow | undefined, event: MinerEvent, offset: number): SearchRow {
  const changed = { ...UNTOUCHED, ...row, versions: (row?.versions ?? 0) + 1, phase: phaseAfter(event) };
  switch (event.type) {
    case 'MiningRequested':
      return { ...changed, requested: event.data, offset };
    case 'BlockFound':
      return { ...changed, blockHash: event.data.blockHash, nonce: event.data.nonce };
    case 'BlockRefused':
    case 'MiningStopped':
      return { ...changed, reason: `${event.data.reason.code}: ${event.data.reason.message}` };
    default:
      return event satisfies never;
  }
}

type Rows = [searchId: string, row: SearchRow][];

/** What both statements set; as columns of `u`. */
function outcomes(rows: Rows): Sql {
  const of = <T>(value: (row: SearchRow) => T): T[] => rows.map(([, row]) => value(row));
  return sql`${rows.map(([searchId]) => searchId)}::text[], ${of(({ versions }) => versions)}::int[],
             ${of(({ phase }) => phase)}::text[], ${of(({ blockHash }) => blockHash)}::text[],
             ${of(({ nonce }) => nonce)}::bigint[], ${of(({ reason }) => reason)}::text[]`;
}

function insertSearches(rows: Rows): Sql {
  const of = <T>(value: (row: SearchRow) => T): T[] => rows.map(([, row]) => value(row));
  return sql`INSERT INTO searches (search_id, address, height, transaction_count, version, phase, block_hash, nonce, reason, ordinal)
    SELECT u.search_id, u.address, u.height, u.transaction_count, u.versions, u.phase, u.block_hash, u.nonce, u.reason,
           base + u.place
      FROM head, unnest(${outcomes(rows)}, ${of(({ requested }) => requested?.address ?? null)}::text[],
                        ${of(({ requested }) => requested?.height ?? null)}::int[],
                        ${of(({ requested }) => requested?.transactionCount ?? null)}::int[],
                        ${of(({ offset }) => offset ?? null)}::int[])
           AS u(search_id, versions, phase, block_hash, nonce, reason, address, height, transaction_count, place)`;
}

function updateSearches(rows: Rows): Sql {
  return sql`UPDATE searches s SET version = s.version + u.versions, phase = u.phase,
      block_hash = coalesce(u.block_hash, s.block_hash), nonce = coalesce(u.nonce, s.nonce), reason = u.reason
    FROM unnest(${outcomes(rows)}) AS u(search_id, versions, phase, block_hash, nonce, reason)
    WHERE s.search_id = u.search_id`;
}

/** The table of searches from the miner's log alone. */
export const minerFold: Fold = {
  log: 'miner',
  follows: [],
  tables: [
    {
      name: 'searches',
      key: ['search_id'],
      columns: [
        ...['search_id', 'address', 'height', 'transaction_count', 'version', 'phase', 'block_hash', 'nonce', 'reason'],
        'ordinal',
      ],
    },
  ],
  begin: () =>
    Promise.resolve({
      statements: (_source, events) =>
        project(events.map((event) => (event.type === STATE_HASHED ? undefined : readEvent('miner', event)))),
    }),
};
