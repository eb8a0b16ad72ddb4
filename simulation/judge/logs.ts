/** Every log: no holes, versions that count up, events that can be read, and nobody who knows more of it than there is. */
import { readEvent, type EventSource } from '@pocket/contracts';
import { STATE_HASHED, type RecordedEvent } from '@pocket/eventstore';
import type { Databases, World } from '../world.ts';
import type { Findings } from './findings.ts';

export const SOURCES: readonly EventSource[] = ['chainstate', 'tx-pool', 'wallet', 'miner'];

export function judgeLogs({ databases }: World, findings: Findings): void {
  for (const source of SOURCES) {
    const { events, letters } = databases[source];
    judgePositions(source, events, findings);
    judgeVersions(source, events, findings);
    for (const [place, error] of letters)
      findings.expect(false, () => `${source} has a dead letter of ${place}: ${error}`);
  }
}

function judgePositions(source: EventSource, events: readonly RecordedEvent[], findings: Findings): void {
  const ids = new Set(events.map(({ eventId }) => eventId));
  findings.expect(ids.size === events.length, () => `${source} has two events of one id`);
  for (const [index, event] of events.entries()) {
    findings.expect(event.position === index + 1, () => `${source} has no position ${index + 1}`);
    try {
      if (event.type !== STATE_HASHED) readEvent(source, event);
    } catch (error) {
      findings.expect(false, () => `${source} position ${event.position}: ${String(error)}`);
    }
  }
}

function judgeVersions(source: EventSource, events: readonly RecordedEvent[], findings: Findings): void {
  const versions = new Map<string, number>();
  for (const { stream, version, position } of events) {
    const expected = (versions.get(stream) ?? 0) + 1;
    findings.expect(
      version === expected,
      () => `${source} position ${position}: ${stream} has version ${version}, not ${expected}`,
    );
    versions.set(stream, version);
  }
}

/** What a log says, without what it says of itself. */
export function saidIn<S extends EventSource>(source: S, { events }: { events: readonly RecordedEvent[] }) {
  return events.filter(({ type }) => type !== STATE_HASHED).map((event) => readEvent(source, event));
}

/** Cheap enough to be asked after every commit. */
export function judgeCheckpoints(databases: Databases, follower: EventSource, findings: Findings): void {
  for (const [key, { logId, position }] of databases[follower].checkpoints) {
    const source = databases[key.split('/')[1] as EventSource];
    findings.expect(
      position <= source.head,
      () => `${follower}: checkpoint ${key} is at ${position}, the log at ${source.head}`,
    );
    findings.expect(logId === source.logId, () => `${follower}: checkpoint ${key} is in another log`);
  }
}
