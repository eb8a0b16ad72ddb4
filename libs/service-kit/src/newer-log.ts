/**
 * What a newer version has written is never guessed at. A service does not start on its own log with such an event: it
 * would append to what it cannot read, and its read models may mean something else by now. A foreign log stops at it,
 * whether the event would have meant anything here or not: who can tell?
 */
import {
  checkKnown,
  isEventSource,
  readEvent,
  UnreadableEventError,
  type EventsBySource,
  type EventSource,
} from '@pocket/contracts';
import {
  readLastOfStreams,
  readNewestVersions,
  type Fold,
  type RecordedEvent,
  type Source,
  type SqlClient,
} from '@pocket/eventstore';

/** The log holds events that this code cannot read. The message is for a person. */
export class NewerLogError extends Error {
  override name = 'NewerLogError';
}

/** @throws NewerLogError naming the event and what this code reads. */
export async function refuseNewerLog(service: EventSource, client: SqlClient): Promise<void> {
  for (const newest of await readNewestVersions(client)) refuseUnknown(service, newest);
}

function refuseUnknown(
  service: EventSource,
  { position, ...event }: { type: string; schemaVersion: number; position: number },
): void {
  try {
    checkKnown(service, event);
  } catch (error) {
    if (!(error instanceof UnreadableEventError)) throw error;
    throw new NewerLogError(
      `The log of ${service} was written by a newer version: at its event ${position}, ${error.message}. Start the version that wrote it, or begin with empty data.`,
      { cause: error },
    );
  }
}

/**
 * What keeps a service from writing to these streams, however often it tries: an event at the end of one of them that it
 * cannot read, whose version it therefore does not know. undefined where there is none.
 */
export async function unreadableEnd(
  service: EventSource,
  client: SqlClient,
  streams: readonly string[],
): Promise<UnreadableEventError | undefined> {
  for (const { position, ...event } of await readLastOfStreams(client, streams))
    try {
      checkKnown(service, event);
    } catch (error) {
      if (error instanceof UnreadableEventError) return nameEvent(service, position, error);
      throw error;
    }
  return undefined;
}

function nameEvent(source: string, position: number, cause: Error): UnreadableEventError {
  const message = `event ${position} of the log of ${source} cannot be read by this version: ${cause.message}`;
  return new UnreadableEventError(message, { cause });
}

/** Today's shape of a recorded event. @throws UnreadableEventError naming log and position. */
export function readRecorded<S extends EventSource>(source: S, event: RecordedEvent): EventsBySource[S] {
  try {
    return readEvent(source, event);
  } catch (error) {
    throw error instanceof UnreadableEventError ? nameEvent(source, event.position, error) : error;
  }
}

/** The same fold; where it meets an event that it cannot read, the error names log and position. */
export function namingUnreadable(fold: Fold): Fold {
  return {
    ...fold,
    begin: async (read) => {
      const folding = await fold.begin(read);
      return {
        statements(source, events) {
          try {
            return folding.statements(source, events);
          } catch (error) {
            const event = error instanceof UnreadableEventError ? firstUnreadable(source, events) : undefined;
            throw event === undefined ? error : nameEvent(source, event.position, error as Error);
          }
        },
      };
    },
  };
}

function firstUnreadable(source: string, events: readonly RecordedEvent[]): RecordedEvent | undefined {
  return events.find((event) => {
    try {
      if (isEventSource(source)) readEvent(source, event);
      return false;
    } catch {
      return true;
    }
  });
}

/** The same source, whose unknown events become dead letters instead of being passed over. */
export function stoppingAtUnknown(followed: Source): Source {
  const { source, isRelevant } = followed;
  if (!isEventSource(source)) throw new TypeError(`${source} is no service`);
  return {
    ...followed,
    isRelevant: (event) => {
      checkKnown(source, event);
      return isRelevant(event);
    },
  };
}
