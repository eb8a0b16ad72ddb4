/**
 * Proves the whole system from its logs: every hash of every log, every state that was recorded on the way, and every
 * table as it is, against a fresh fold. All of one moment, so that a running system can be proved; nothing is written.
 */
import type pg from 'pg';
import { UnreadableEventError, type EventSource } from '@pocket/contracts';
import {
  FoldedTables,
  LogProof,
  openTemporaryTables,
  readStored,
  STATE_HASHED,
  type FoldPositions,
  type LogFault,
  type StateHashes,
  type StoredEvent,
  type StoredHead,
} from '@pocket/eventstore';
import { StackError } from '@pocket/stack';
import { findDivergences, rowsByKey, rowsQuery, type Divergence, type RowText } from './divergence.ts';
import { Moment } from './moment.ts';
import { ledgerServices, logsOf, openPool, type LedgerService } from './services.ts';

/** Recorded states, one behind the other, that a fresh fold does not give. */
export interface WrongStates {
  /** The first and the last event that recorded one. */
  first: number;
  last: number;
  tables: string[];
  /** The event that recorded the last state before them that agrees; undefined for none. */
  rightUntil: number | undefined;
  /** The event that recorded the first state behind them that agrees; undefined for none. */
  rightSince: number | undefined;
}

export interface ServiceReport {
  service: EventSource;
  events: number;
  /** SHA-256 of the log's last event, hex: kept elsewhere, it proves later that the log still begins with these events. */
  headHash: string;
  /** What is wrong with the log itself. */
  faults: LogFault[];
  /** Why neither recorded states nor tables can be compared, one sentence; undefined where they were. */
  unreadable: string | undefined;
  /** Recorded states that were compared. */
  states: number;
  /** Damage of the past, and where tables are wrong now, when it was recorded first. */
  wrongStates: WrongStates[];
  /** Tables that are not what the logs tell. */
  wrongTables: string[];
  divergences: Divergence[];
  /** Rows that differ, of all wrong tables. */
  differingRows: number;
}

/** A log's head that somebody has kept elsewhere. */
export interface KeptHead {
  service: EventSource;
  position: number;
  /** SHA-256, hex. */
  hash: string;
}

export interface VerificationOptions {
  databaseUrl: string;
  keptHeads?: readonly KeptHead[];
  onProgress?: (message: string) => void;
  signal?: AbortSignal;
}

/** Whether history and tables are right now. What was wrong once and is not any more is told, and does not count. */
export function isRight({ faults, unreadable, wrongTables }: ServiceReport): boolean {
  return faults.length === 0 && unreadable === undefined && wrongTables.length === 0;
}

/** @throws StackError where no service has ever run on this database, and the signal's reason. */
export async function verifySystem(options: VerificationOptions): Promise<ServiceReport[]> {
  const { databaseUrl, onProgress } = options;
  const pool = openPool(databaseUrl);
  try {
    const moment = await Moment.begin(pool);
    try {
      await requireAnyLog(moment);
      const reports: ServiceReport[] = [];
      for (const service of ledgerServices) {
        const report = await verifyService({ ...options, service, pool, moment });
        reports.push(report);
        onProgress?.(`${service.service}: ${report.events} events read and folded`);
      }
      return reports;
    } finally {
      await moment.end();
    }
  } finally {
    await pool.end();
  }
}

async function requireAnyLog(moment: Moment): Promise<void> {
  for (const service of ledgerServices) if ((await moment.head(service)) !== undefined) return;
  throw new StackError('There is no system in this database: no service has ever run on it.');
}

interface Parts extends VerificationOptions {
  service: LedgerService;
  pool: pg.Pool;
  moment: Moment;
}

async function verifyService(parts: Parts): Promise<ServiceReport> {
  const { service, moment } = parts;
  const head = await moment.head(service);
  const kept = (parts.keptHeads ?? []).filter((one) => one.service === service.service);
  if (head === undefined) return { ...emptyReport(service.service), faults: lostHeads(kept, 0) };
  const { faults, states } = await proveLog(parts, head, kept);
  const report = {
    ...emptyReport(service.service),
    events: head.position,
    headHash: head.hash.toString('hex'),
    faults: [...faults, ...(await wrongCheckpoints(parts))],
  };
  // What a changed history would give is nothing to compare with.
  if (report.faults.length > 0) return report;
  try {
    return { ...report, ...(await compareTables(parts, states)) };
  } catch (error) {
    if (error instanceof UnreadableEventError) return { ...report, unreadable: error.message };
    throw error;
  }
}

function emptyReport(service: EventSource): ServiceReport {
  const compared = { states: 0, wrongStates: [], wrongTables: [], divergences: [], differingRows: 0 };
  return { service, events: 0, headHash: '', faults: [], unreadable: undefined, ...compared };
}

export interface RecordedState extends StateHashes {
  position: number;
}

const PAGE_EVENTS = 500;

async function proveLog({ service: { schema }, pool, signal }: Parts, head: StoredHead, kept: KeptHead[]) {
  const proof = new LogProof(head.logId);
  const states: RecordedState[] = [];
  const replaced: LogFault[] = [];
  for (let position = 0; position < head.position;) {
    signal?.throwIfAborted();
    const events = await readStored(pool, schema, position, Math.min(PAGE_EVENTS, head.position - position));
    for (const event of events) {
      proof.take(event);
      replaced.push(...kept.flatMap((one) => replacement(one, event)));
      if (event.type === STATE_HASHED)
        states.push({ position: event.position, ...(JSON.parse(event.data) as StateHashes) });
    }
    position = events.at(-1)?.position ?? head.position;
  }
  return { faults: [...proof.finish(head), ...replaced, ...lostHeads(kept, head.position)], states };
}

function replacement(kept: KeptHead, { position, hash }: Pick<StoredEvent, 'position' | 'hash'>): LogFault[] {
  const found = hash.toString('hex');
  if (kept.position !== position || kept.hash === found) return [];
  const what = `event ${position} has the hash ${found}, and the one kept elsewhere is ${kept.hash}`;
  return [{ position, what: `${what}: the log was written anew, up to there or before` }];
}

function lostHeads(kept: readonly KeptHead[], end: number): LogFault[] {
  return kept
    .filter(({ position }) => position > end)
    .map(({ position }) => {
      return { position, what: `the log ends at ${end}, and once reached ${position}: its end was cut off` };
    });
}

/** Nobody has followed a log further than it goes, or another log than the one that is there. */
async function wrongCheckpoints({ service, moment }: Parts): Promise<LogFault[]> {
  const faults: LogFault[] = [];
  for (const { source, position, logId } of await moment.checkpoints(service)) {
    const followed = ledgerServices.find((candidate) => candidate.service === source);
    const head = followed && (await moment.head(followed));
    if (head === undefined) continue;
    if (head.logId !== logId)
      faults.push({
        position,
        what: `${service.service} has followed log ${logId} of ${source}, which has log ${head.logId}`,
      });
    else if (position > head.position)
      faults.push({
        position,
        what: `${service.service} has followed ${source} to ${position}, whose log ends at ${head.position}`,
      });
  }
  return faults;
}

type TableReport = Pick<ServiceReport, 'states' | 'wrongStates' | 'wrongTables' | 'divergences' | 'differingRows'>;

async function compareTables(parts: Parts, states: RecordedState[]): Promise<TableReport> {
  const { service, databaseUrl, moment, pool, signal } = parts;
  const { schema, fold } = service;
  const reached = await moment.positions(service);
  const connection = await openTemporaryTables(databaseUrl, schema, fold);
  const fresh = new FoldedTables({ fold, pool: connection, logs: logsOf(pool) });
  const advance = (to: FoldPositions) => fresh.advance(to, () => signal?.throwIfAborted());
  try {
    const { wrongStates, proved } = await compareStates(states, async ({ positions }) => {
      await advance(positions);
      return fresh.hashes();
    });
    await advance(reached);
    const wrong = await wrongNow(parts, await fresh.hashes());
    const rowsFound = async (table: (typeof wrong)[number]) =>
      rowsByKey(await moment.rows<RowText>(schema, rowsQuery(table)));
    const comparison = { service, databaseUrl, logs: logsOf(pool), proved, reached, rowsFound };
    const { traced, rows } = wrong.length === 0 ? { traced: [], rows: 0 } : await findDivergences(comparison, wrong);
    const now = { wrongTables: wrong.map(({ name }) => name), divergences: traced, differingRows: rows };
    return { states: states.length, wrongStates, ...now };
  } finally {
    await connection.end();
  }
}

/**
 * All recorded states against what a fresh fold gives: a wrong one does not make those behind it wrong, as the fold goes
 * by the events alone. `proved` are the positions of the last one that agrees.
 */
export async function compareStates(
  states: readonly RecordedState[],
  hashesAt: (state: RecordedState) => Promise<Readonly<Record<string, string>>>,
): Promise<{ wrongStates: WrongStates[]; proved: FoldPositions }> {
  const wrongStates: WrongStates[] = [];
  let proved: RecordedState | undefined;
  let open: WrongStates | undefined;
  for (const state of states) {
    const told = await hashesAt(state);
    const tables = Object.keys(state.tables).filter((name) => told[name] !== state.tables[name]);
    if (tables.length === 0) {
      if (open !== undefined) open.rightSince = state.position;
      [open, proved] = [undefined, state];
    } else if (open === undefined) {
      const place = { first: state.position, last: state.position };
      open = { ...place, tables, rightUntil: proved?.position, rightSince: undefined };
      wrongStates.push(open);
    } else {
      open.last = state.position;
      open.tables = [...new Set([...open.tables, ...tables])];
    }
  }
  return { wrongStates, proved: proved?.positions ?? {} };
}

async function wrongNow({ service, moment }: Parts, told: Record<string, string>) {
  const wrong: LedgerService['fold']['tables'][number][] = [];
  for (const table of service.fold.tables)
    if ((await moment.hashOf(service, table)) !== told[table.name]) wrong.push(table);
  return wrong;
}
