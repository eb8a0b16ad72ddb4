/**
 * Reads an export and proves it on the way: records in their order and as many as the header says, every log's hash chain,
 * every event known to this version, and the end over everything. What it gives out before the end may still prove to be
 * part of a damaged export, so nobody may rely on it until the last record has come.
 */
import { eventSources, isEventSource, readEvent, UnreadableEventError, type EventSource } from '@pocket/contracts';
import { LogProof, recordedEvent, type StoredEvent } from '@pocket/eventstore';
import { ArchiveError } from './archive-error.ts';
import { isBeginning, NO_ARCHIVE, RecordDecoder } from './encoding.ts';
import { linesOf, type Line } from './lines.ts';
import type { Checkpoint, Header, RecordKind, RecordOf } from './records.ts';

/** An event as it is to be stored, with whose it is. */
export interface ArchivedEvent {
  kind: 'event';
  service: EventSource;
  event: StoredEvent;
}

export interface ArchivedLog {
  kind: 'log';
  service: EventSource;
  logId: string;
  position: number;
  checkpoints: Checkpoint[];
}

export type ReadRecord = Header | RecordOf<'secrets'> | RecordOf<'key'> | ArchivedLog | ArchivedEvent | RecordOf<'end'>;

/**
 * All records of an export, in their order.
 * @throws ArchiveError naming the record where the export is damaged, incomplete or newer than this version.
 */
export async function* readArchive(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ReadRecord> {
  const records = new Records(chunks);
  const header = await records.next('archive', 'its header');
  checkHeader(header);
  yield header;
  if (header.keys !== null) yield await records.next('secrets', 'how its keys are sealed');
  for (let index = 1; index <= (header.keys ?? 0); index++)
    yield await records.next('key', `key ${index} of ${header.keys ?? 0}`);
  for (const log of header.logs) yield* readLog(records, header, log);
  const before = { records: records.count, sha256: records.sha256 };
  const end = await records.next('end', 'its end');
  const events = header.logs.reduce((sum, log) => sum + log.events, 0);
  if (end.records !== before.records || end.sha256 !== before.sha256 || end.events !== events)
    throw new ArchiveError('The export is not what was written: its end tells of other records than those before it.');
  await records.finish();
  yield end;
}

/**
 * What an export says of itself, for whoever wants to know before it is imported; the rest is neither read nor proved.
 * @throws ArchiveError where this is no export, or one that this version cannot read.
 */
export async function readHeader(chunks: AsyncIterable<Uint8Array>): Promise<Header> {
  for await (const record of readArchive(chunks)) if (record.kind === 'archive') return record;
  throw new ArchiveError('The export has no header.');
}

function checkHeader({ logs }: Header): void {
  const found = logs.map(({ service }) => service).join(', ');
  if (found !== eventSources.join(', '))
    throw new ArchiveError(`The export has the logs of ${found}; this version has ${eventSources.join(', ')}.`);
}

async function* readLog(
  records: Records,
  header: Header,
  { service, logId, events, hash }: Header['logs'][number],
): AsyncGenerator<ArchivedLog | ArchivedEvent> {
  const { service: named, checkpoints } = await records.next('log', `the log of ${service}`);
  if (named !== service || !isEventSource(service))
    throw new ArchiveError(`The export has the log of ${named} where that of ${service} must stand.`);
  for (const checkpoint of checkpoints) checkCheckpoint(header, service, checkpoint);
  yield { kind: 'log', service, logId, position: events, checkpoints };
  const proof = new LogProof(logId);
  for (let position = 1; position <= events; position++) {
    const event = storedEvent(await records.next('event', `event ${position} of the log of ${service}`));
    proof.take(event);
    requireSound(proof, service);
    requireReadable(service, event);
    yield { kind: 'event', service, event };
  }
  proof.finish({ position: events, hash: Buffer.from(hash, 'hex') });
  requireSound(proof, service);
}

/** No service has followed a log that is not there, or further than it reaches. */
function checkCheckpoint({ logs }: Header, service: string, { source, logId, position }: Checkpoint): void {
  const log = logs.find((candidate) => candidate.service === source);
  if (log?.logId !== logId || position > log.events)
    throw new ArchiveError(`The export says that ${service} is at ${position} of a log of ${source} that it has not.`);
}

function storedEvent(record: RecordOf<'event'>): StoredEvent {
  const { position, eventId, stream, version, type, schemaVersion, recordedAt, metadata, data } = record;
  const place = { position, eventId, stream, version, type, schemaVersion, recordedAt };
  return { ...place, metadata, data, hash: Buffer.from(record.hash, 'hex') };
}

function requireSound({ faults: [fault] }: LogProof, service: string): void {
  if (fault !== undefined) throw new ArchiveError(`The log of ${service} does not prove itself: ${fault.what}.`);
}

function requireReadable(service: EventSource, event: StoredEvent): void {
  try {
    readEvent(service, recordedEvent(event));
  } catch (error) {
    if (!(error instanceof UnreadableEventError) && !(error instanceof SyntaxError)) throw error;
    throw new ArchiveError(
      `Event ${event.position} of the log of ${service} cannot be read by this version: ${error.message}.`,
    );
  }
}

/** The records of the lines, one by one. */
class Records {
  readonly #lines: AsyncIterator<Line>;
  readonly #decoder = new RecordDecoder();

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#lines = linesOf(chunks);
  }

  get count(): number {
    return this.#decoder.records;
  }

  get sha256(): string {
    return this.#decoder.sha256;
  }

  async next<K extends RecordKind>(kind: K, place: string): Promise<RecordOf<K>> {
    const next = await this.#lines.next();
    if (next.done === true) throw new ArchiveError(this.count === 0 ? 'The export is empty.' : this.#cutOff(place));
    const { bytes, whole } = next.value;
    if (whole) return this.#decoder.decode(bytes, kind, place);
    throw new ArchiveError(this.count === 0 && !isBeginning(bytes) ? NO_ARCHIVE : this.#cutOff(place));
  }

  /** Nothing may stand behind the end. */
  async finish(): Promise<void> {
    const next = await this.#lines.next();
    if (next.done !== true)
      throw new ArchiveError(`The export has something behind its end, after ${this.count} records.`);
  }

  #cutOff(place: string): string {
    return `The export was cut off: it ends after ${this.count} records, before ${place} is complete.`;
  }
}
