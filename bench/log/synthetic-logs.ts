/*
 * Writes a story into the logs of all services, by the same append that the services use, and follows it to its end, as if
 * they had run. Their tables are left empty: it is for rebuilding to fill them.
 */
import { eventSources, type EventSource } from '@pocket/contracts';
import type { EventLog, NewEvent } from '@pocket/eventstore';
import { ledgerServices, schemaOf } from '../../scripts/ledger/services.ts';
import { openOwnLog } from './own-log.ts';
import type { Told } from './story.ts';

const EVENTS_PER_APPEND = 500;
const METADATA = { correlationId: 'bench', causationId: null, traceparent: null };

interface WrittenLog {
  readonly log: EventLog;
  /** What was said goes into the log sooner or later; the rest with `flush`. */
  write(events: readonly NewEvent[]): Promise<void>;
  flush: () => Promise<void>;
  close: () => Promise<void>;
}

/** Migrates the schemas of an empty database and writes all of the story. Returns how many events each log has. */
export async function writeLogs(databaseUrl: string, story: Iterable<Told>): Promise<Record<EventSource, number>> {
  const opened = await Promise.all(
    eventSources.map(async (source) => [source, await openLog(databaseUrl, source)] as const),
  );
  const logs = Object.fromEntries(opened) as Record<EventSource, WrittenLog>;
  try {
    for (const told of story) for (const source of eventSources) await logs[source].write(told[source]);
    for (const source of eventSources) await logs[source].flush();
    await followAll(logs);
    const heads = await Promise.all(
      opened.map(async ([source, { log }]) => [source, (await log.head()).position] as const),
    );
    return Object.fromEntries(heads) as Record<EventSource, number>;
  } finally {
    await Promise.all(opened.map(([, { close }]) => close()));
  }
}

async function openLog(databaseUrl: string, source: EventSource): Promise<WrittenLog> {
  const { log, close } = await openOwnLog(databaseUrl, schemaOf(source), source);
  const versions = new Map<string, number>();
  let waiting: NewEvent[] = [];
  const flush = async (): Promise<void> => {
    const events = waiting.map((event) => {
      const version = (versions.get(event.stream) ?? 0) + 1;
      versions.set(event.stream, version);
      return { ...event, version, metadata: METADATA };
    });
    waiting = [];
    await log.append({ events, recordedAt: new Date().toISOString(), checkpoints: [], projections: [] });
  };
  return {
    ...{ log, flush, close },
    async write(events) {
      waiting.push(...events);
      if (waiting.length >= EVENTS_PER_APPEND) await flush();
    },
  };
}

/** Every service has followed every log that its tables tell of. */
async function followAll(logs: Record<EventSource, WrittenLog>): Promise<void> {
  for (const { service, fold } of ledgerServices)
    for (const followed of fold.follows) {
      const { logId, position } = await logs[followed as EventSource].log.head();
      await logs[service].log.createCheckpoint(service, followed, logId);
      await logs[service].log.raiseCheckpoint(service, followed, position);
    }
}
