/**
 * What a leader's log says of itself now and then. The hashes are Postgres' work and are proved on Postgres; here it
 * matters that such events stand between the others and change nothing.
 */
import { STATE_HASHED, STATE_STREAM } from '@pocket/eventstore';
import type { Session } from './database.ts';
import type { MemoryLog } from './memory-log.ts';

const LOOK_MS = 1_000;
const EVERY_EVENTS = 15;

/** Records while a replica leads. Returns how to end it. */
export function keepRecording<Tables>(session: Session<Tables>, log: MemoryLog<Tables>): () => void {
  const timer = setInterval(() => {
    // One that fails is made up for by the next; another replica may have been faster.
    record(session, log).catch(() => undefined);
  }, LOOK_MS);
  return () => clearInterval(timer);
}

async function record<Tables>(session: Session<Tables>, log: MemoryLog<Tables>): Promise<void> {
  const { database } = session;
  const [version, last] = await session.read(() => [
    database.versions.get(STATE_STREAM) ?? 0,
    database.events.findLastIndex(({ type }) => type === STATE_HASHED) + 1,
  ]);
  if (database.head - last < EVERY_EVENTS) return;
  const data = { positions: { [database.service]: database.head }, tables: {} };
  const metadata = { correlationId: `state-of-${database.service}`, causationId: null, traceparent: null };
  const place = { stream: STATE_STREAM, version: version + 1 };
  const event = { ...place, type: STATE_HASHED, schemaVersion: 1, data, metadata };
  await log.append({ events: [event], recordedAt: new Date().toISOString(), checkpoints: [], projections: [] });
}
