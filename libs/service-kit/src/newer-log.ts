/**
 * What a newer version has written is never guessed at. A service does not start on its own log with such an event: it
 * would append to what it cannot read, and its read models may mean something else by now. A foreign log stops at it,
 * whether the event would have meant anything here or not: who can tell?
 */
import { checkKnown, isEventSource, UnreadableEventError, type EventSource } from '@pocket/contracts';
import { readNewestVersions, type Source, type SqlClient } from '@pocket/eventstore';

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
