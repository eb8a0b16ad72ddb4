/** What the miner's events make of its tables: a row for each search, with how it ended, and the mode it is in. */
import { readEvent, type MinerEvent, type MiningMode } from '@pocket/contracts';
import { sql, STATE_HASHED, type Fold, type Sql } from '@pocket/eventstore';
import { phaseAfter, type SearchEvent, type SearchPhase } from './domain/state.ts';

interface SearchRow {
  /** The event's place behind `head.base`; undefined where the row is there already. */
  offset: number | undefined;
  requested: Extract<SearchEvent, { type: 'MiningRequested' }>['data'] | undefined;
  versions: number;
  phase: SearchPhase;
  blockHash: string | null;
  nonce: number | null;
  reason: string | null;
}

const UNTOUCHED = { offset: undefined, requested: undefined, versions: 0, blockHash: null, nonce: null, reason: null };

/**
 * All events of a search make one row or one update, all that set the mode another one.
 * @param events directly behind `head.base`; undefined where there is one that means nothing here.
 */
export function project(events: readonly (MinerEvent | undefined)[]): Sql[] {
  const rows = new Map<string, SearchRow>();
  const modes: MiningMode[] = [];
  for (const [index, event] of events.entries()) {
    if (event === undefined) continue;
    if (event.type === 'MiningModeSet') modes.push(event.data);
    else rows.set(event.data.searchId, changedRow(rows.get(event.data.searchId), event, index + 1));
  }
  return [...projectSearches([...rows]), ...projectModes(modes)];
}

function projectModes(modes: readonly MiningMode[]): Sql[] {
  const last = modes.at(-1);
  if (last === undefined) return [];
  const { mode, address, maxTransactions, intervalSeconds } = last;
  return [
    sql`INSERT INTO mining_mode (id, mode, address, max_transactions, interval_seconds, version)
        VALUES (1, ${mode}, ${address}, ${maxTransactions}::int, ${intervalSeconds}::int, ${modes.length})
        ON CONFLICT (id) DO UPDATE
           SET mode = excluded.mode, address = excluded.address, max_transactions = excluded.max_transactions,
               interval_seconds = excluded.interval_seconds, version = mining_mode.version + excluded.version`,
  ];
}

function projectSearches(all: Rows): Sql[] {
  const begun = all.filter(([, { requested }]) => requested !== undefined);
  const changed = all.filter(([, { requested }]) => requested === undefined);
  return [
    ...(begun.length === 0 ? [] : [insertSearches(begun)]),
    ...(changed.length === 0 ? [] : [updateSearches(changed)]),
  ];
}

function changedRow(row: SearchRow | undefined, event: SearchEvent, offset: number): SearchRow {
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

/** The miner's tables from its log alone. */
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
    {
      name: 'mining_mode',
      key: ['id'],
      columns: ['id', 'mode', 'address', 'max_transactions', 'interval_seconds', 'version'],
    },
  ],
  begin: () =>
    Promise.resolve({
      statements: (_source, events) =>
        project(events.map((event) => (event.type === STATE_HASHED ? undefined : readEvent('miner', event)))),
    }),
};
