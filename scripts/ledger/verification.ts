/**
 * Proves the whole system from its logs: every hash of every log, every state that was recorded on the way, and every
 * table as it is, against a fresh fold. All of one moment, so that a running system can be proved; nothing is written.
 */
import type pg from 'pg';
import {
  FoldedTables,
  LogProof,
  openTemporaryTables,
  readStored,
  STATE_HASHED,
  type FoldPositions,
  type LogFault,
  type StateHashes,
  type StoredHead,
} from '@pocket/eventstore';
import { findDivergences, rowsByKey, rowsQuery, type Divergence, type RowText } from './divergence.ts';
import { Moment } from './moment.ts';
import { ledgerServices, logsOf, openPool, type LedgerService } from './services.ts';

/** A recorded state that a fresh fold does not give. */
export interface WrongState {
  /** Of the event that recorded it. */
  position: number;
  tables: string[];
  /** The last state before it that agreed, and up to where the wrong one was folded. */
  proved: FoldPositions;
  reached: FoldPositions;
}

export interface ServiceReport {
  service: string;
  events: number;
  /** What is wrong with the log itself. */
  faults: LogFault[];
  /** Recorded states that were compared. */
  states: number;
  wrongState: WrongState | undefined;
  /** Tables that are not what the logs tell. */
  wrongTables: string[];
  divergences: Divergence[];
  /** Rows that differ, of all wrong tables. */
  differingRows: number;
}

export interface VerificationOptions {
  databaseUrl: string;
  onProgress?: (message: string) => void;
}

export function isRight({ faults, wrongState, wrongTables }: ServiceReport): boolean {
  return faults.length === 0 && wrongState === undefined && wrongTables.length === 0;
}

/** @throws Error for an event this code cannot read. */
export async function verifySystem({ databaseUrl, onProgress }: VerificationOptions): Promise<ServiceReport[]> {
  const pool = openPool(databaseUrl);
  const moment = await Moment.begin(pool);
  try {
    const reports: ServiceReport[] = [];
    for (const service of ledgerServices) {
      const report = await verifyService({ service, databaseUrl, pool, moment });
      reports.push(report);
      onProgress?.(`${service.service}: ${report.events} events read and folded`);
    }
    return reports;
  } finally {
    await moment.end();
    await pool.end();
  }
}

interface Parts {
  service: LedgerService;
  databaseUrl: string;
  pool: pg.Pool;
  moment: Moment;
}

async function verifyService(parts: Parts): Promise<ServiceReport> {
  const { service, moment } = parts;
  const head = await moment.head(service);
  const report = emptyReport(service.service);
  if (head === undefined) return report;
  const { faults, states } = await proveLog(parts, head);
  const sound = { ...report, events: head.position, faults: [...faults, ...(await wrongCheckpoints(parts))] };
  // What a changed history would give is nothing to compare with.
  if (sound.faults.length > 0) return sound;
  return { ...sound, ...(await compareTables(parts, states)) };
}

function emptyReport(service: string): ServiceReport {
  const nothing = { faults: [], states: 0, wrongState: undefined, wrongTables: [], divergences: [], differingRows: 0 };
  return { service, events: 0, ...nothing };
}

interface RecordedState extends StateHashes {
  position: number;
}

const PAGE_EVENTS = 500;

async function proveLog({ service: { schema }, pool }: Parts, head: StoredHead) {
  const proof = new LogProof(head.logId);
  const states: RecordedState[] = [];
  for (let position = 0; position < head.position;) {
    const events = await readStored(pool, schema, position, Math.min(PAGE_EVENTS, head.position - position));
    for (const event of events) {
      proof.take(event);
      if (event.type === STATE_HASHED)
        states.push({ position: event.position, ...(JSON.parse(event.data) as StateHashes) });
    }
    position = events.at(-1)?.position ?? head.position;
  }
  return { faults: proof.finish(head), states };
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

type TableReport = Pick<ServiceReport, 'states' | 'wrongState' | 'wrongTables' | 'divergences' | 'differingRows'>;

async function compareTables(parts: Parts, states: RecordedState[]): Promise<TableReport> {
  const { service, databaseUrl, moment, pool } = parts;
  const { schema, fold } = service;
  const reached = await moment.positions(service);
  const connection = await openTemporaryTables(databaseUrl, schema, fold);
  const fresh = new FoldedTables({ fold, pool: connection, logs: logsOf(pool) });
  try {
    const compared = await compareStates(fresh, states);
    await fresh.advance(reached);
    const wrong = await wrongNow(parts, await fresh.hashes());
    const { proved, ...said } = compared;
    const rowsFound = async (table: (typeof wrong)[number]) =>
      rowsByKey(await moment.rows<RowText>(schema, rowsQuery(table)));
    const comparison = { service, databaseUrl, logs: logsOf(pool), proved, reached, rowsFound };
    const { traced, rows } = wrong.length === 0 ? { traced: [], rows: 0 } : await findDivergences(comparison, wrong);
    return { ...said, wrongTables: wrong.map(({ name }) => name), divergences: traced, differingRows: rows };
  } finally {
    await connection.end();
  }
}

/** Up to the first recorded state that is wrong: what comes behind it was made on top of it. */
async function compareStates(fresh: FoldedTables, states: RecordedState[]) {
  let proved: FoldPositions = {};
  for (const [index, { position, positions, tables }] of states.entries()) {
    await fresh.advance(positions);
    const told = await fresh.hashes();
    const wrong = Object.keys(tables).filter((name) => told[name] !== tables[name]);
    if (wrong.length > 0)
      return { states: index + 1, proved, wrongState: { position, tables: wrong, proved, reached: positions } };
    proved = positions;
  }
  return { states: states.length, proved, wrongState: undefined };
}

async function wrongNow({ service, moment }: Parts, told: Record<string, string>) {
  const wrong: LedgerService['fold']['tables'][number][] = [];
  for (const table of service.fold.tables)
    if ((await moment.hashOf(service, table)) !== told[table.name]) wrong.push(table);
  return wrong;
}
