/**
 * The smallest service there can be, for tests of the log on real servers: notes on streams. Its tables are the
 * miner's, because any service's log is every service's log; its schema and its name are its own.
 */
import { pino } from 'pino';
import { inject } from 'vitest';
import { createDatabase } from '@pocket/stack';
import '@pocket/testkit';
import { PrismaClient } from '../../../services/miner/src/generated/client.ts';
import {
  applyMigrations,
  connectBus,
  EventLog,
  postgresAdapter,
  withDirectStatements,
  sql,
  Writer,
  type Bus,
  type CheckpointMove,
  type Metadata,
} from '../src/index.ts';

const migrations = new URL('../../../services/miner/prisma/migrations', import.meta.url);
export const silent = pino({ level: 'silent' });
export const metadata: Metadata = { correlationId: 'test', causationId: null, traceparent: null };

export interface Note {
  stream: string;
  text: string;
}

interface NotesState {
  versions: Map<string, number>;
}

export interface Notes {
  name: string;
  databaseUrl: string;
  client: PrismaClient;
  log: EventLog;
  writer: Writer<Note, NotesState, 'noted' | 'refused'>;
  note(text: string, stream?: string, move?: CheckpointMove): Promise<number | undefined>;
  close(): Promise<void>;
}

/** A database of its own for a test file. */
export async function openDatabase() {
  return createDatabase({ databaseUrl: inject('servers').databaseUrl });
}

let namespaces = 0;

/** A connection to NATS in a namespace that nobody else uses. */
export async function openBus(): Promise<Bus> {
  return connectBus(inject('servers').natsUrl, `test-${process.pid}-${Date.now()}-${namespaces++}`, 'test');
}

/** Opens the service `name` in `databaseUrl`; opened twice, it has two replicas. */
export async function openNotes(databaseUrl: string, name: string): Promise<Notes> {
  await applyMigrations({ databaseUrl, schema: name, directory: migrations });
  const client = withDirectStatements(postgresAdapter(databaseUrl, name), (adapter) => new PrismaClient({ adapter }));
  const log = new EventLog(client);
  const writer = createWriter(client, log);
  return {
    name,
    databaseUrl,
    client,
    log,
    writer,
    async note(text, stream = 'notes', move) {
      const { position } = await writer.execute({ stream, text }, metadata, move);
      return position;
    },
    close: () => client.$disconnect(),
  };
}

/** `refuse`: no event. `throw`: the decision throws. `broken`: the read model's statement fails in Postgres. */
export function createWriter(client: PrismaClient, log: EventLog): Notes['writer'] {
  return new Writer<Note, NotesState, 'noted' | 'refused'>({
    log,
    load: async (notes) => {
      const streams = notes.map(({ stream }) => stream);
      const rows = await client.$queryRaw<{ stream: string; version: number }[]>(
        sql`SELECT stream, max(version) AS version FROM events WHERE stream = ANY(${streams}::text[]) GROUP BY stream`,
      );
      return { versions: new Map(rows.map(({ stream, version }) => [stream, version])) };
    },
    versionOf: ({ versions }, stream) => versions.get(stream) ?? 0,
    decide({ stream, text }) {
      if (text === 'throw') throw new Error('this decision throws');
      if (text === 'refuse') return { events: [], reply: 'refused' };
      return { events: [{ stream, type: 'Noted', schemaVersion: 1, data: { text } }], reply: 'noted' };
    },
    project: (decided) =>
      decided
        .filter(({ command }) => command.text === 'broken')
        .map(({ command }) => sql`DELETE FROM searches WHERE height = ${command.text}::int`),
  });
}

/** All events of a log, however many reads it takes. */
export async function readAll(log: EventLog): Promise<{ position: number; text: string }[]> {
  const all: { position: number; text: string }[] = [];
  for (;;) {
    const events = await log.read(all.at(-1)?.position ?? 0);
    if (events.length === 0) return all;
    all.push(...events.map(({ position, data }) => ({ position, text: (data as { text: string }).text })));
  }
}

/** The whole numbers from 1 to `count`. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
