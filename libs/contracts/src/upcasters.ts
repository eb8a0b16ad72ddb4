/**
 * Reading events of any age: an event is lifted version by version to the one events.ts describes, then checked.
 * An unknown type, a version newer than this code, or data that does not fit is an error that names the event: the
 * consumer that meets it must stop rather than guess.
 */
import { Compile } from 'typebox/compile';
import type { Validator } from 'typebox/compile';
import { eventCatalog, type EventsBySource } from './events.ts';
import type { EventSource } from './services.ts';

type Upcaster = (data: Record<string, unknown>) => Record<string, unknown>;

/** `upcasters[source][type][n]` lifts data of version n to version n + 1. */
export const upcasters: Record<EventSource, Record<string, Record<number, Upcaster>>> = {
  wallet: {},
  'tx-pool': {},
  miner: {},
  chainstate: {},
};

/** An event that this code cannot read. Retrying does not help; it belongs among the dead letters. */
export class UnreadableEventError extends Error {
  override name = 'UnreadableEventError';
}

export interface StoredEvent {
  type: string;
  schemaVersion: number;
  data: unknown;
}

const validators = new Map<string, Validator>();

/**
 * Lifts and checks one stored event of `source`.
 * @throws UnreadableEventError naming the event and what about it cannot be read.
 */
export function readEvent<S extends EventSource>(source: S, event: StoredEvent): EventsBySource[S] {
  const definition = eventCatalog[source][event.type];
  if (definition === undefined) throw new UnreadableEventError(`${source} has no event type ${event.type}`);
  if (event.schemaVersion > definition.schemaVersion)
    throw new UnreadableEventError(
      `${event.type} version ${event.schemaVersion} is newer than this code, which reads up to ${definition.schemaVersion}`,
    );
  const data = lift(source, event, definition.schemaVersion);
  const validator = validatorOf(source, event.type);
  if (!validator.Check(data)) {
    const error = validator.Errors(data)[0];
    throw new UnreadableEventError(`${event.type}${error?.instancePath ?? ''} ${error?.message ?? 'is invalid'}`);
  }
  return { type: event.type, data } as unknown as EventsBySource[S];
}

function lift(source: EventSource, event: StoredEvent, to: number): unknown {
  let data = event.data;
  for (let version = event.schemaVersion; version < to; version++) {
    const upcaster = upcasters[source][event.type]?.[version];
    if (upcaster === undefined)
      throw new UnreadableEventError(`${event.type} version ${version} has no upcaster to version ${version + 1}`);
    data = upcaster(data as Record<string, unknown>);
  }
  return data;
}

function validatorOf(source: EventSource, type: string): Validator {
  const key = `${source}/${type}`;
  const known = validators.get(key);
  if (known !== undefined) return known;
  const definition = eventCatalog[source][type];
  if (definition === undefined) throw new UnreadableEventError(`${source} has no event type ${type}`);
  const validator = Compile(definition.data);
  validators.set(key, validator);
  return validator;
}
