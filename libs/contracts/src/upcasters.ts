/**
 * Reading events of any age: an event is lifted version by version to the one events.ts describes, then checked.
 * An unknown type, a version newer than this code, or data that does not fit is an error that names the event: the
 * consumer that meets it must stop rather than guess.
 */
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { eventCatalog, type EventCatalog, type EventsBySource } from './events.ts';
import type { EventSource } from './services.ts';

type Upcaster = (data: Record<string, unknown>) => Record<string, unknown>;
/** `upcasters[source][type][n]` lifts data of version n to version n + 1. */
export type Upcasters = Record<EventSource, Record<string, Record<number, Upcaster>>>;

export const upcasters: Upcasters = {
  wallet: {},
  'tx-pool': {},
  miner: {},
  chainstate: {
    // Until version 2 no network had a first block of its own.
    ChainStarted: { 1: (data) => ({ ...data, parameters: { ...(data['parameters'] as object), genesis: null } }) },
  },
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

/**
 * Lifts and checks one stored event of `source`.
 * @throws UnreadableEventError naming the event and what about it cannot be read.
 */
export type EventReader = <S extends EventSource>(source: S, event: StoredEvent) => EventsBySource[S];

/** Reads today's events of any age. */
export const readEvent = createEventReader(eventCatalog, upcasters);

/** A reader of the events that `catalog` describes; each type's check is compiled when it is first met. */
export function createEventReader(catalog: EventCatalog, lifts: Upcasters): EventReader {
  const validators = new Map<string, Validator>();
  const validatorOf = (key: string, schema: TSchema): Validator => {
    const validator = validators.get(key) ?? Compile(schema);
    validators.set(key, validator);
    return validator;
  };
  return <S extends EventSource>(source: S, event: StoredEvent) => {
    const { schemaVersion, data: schema } = definitionOf(catalog, source, event);
    const data = lift(lifts[source][event.type] ?? {}, event, schemaVersion);
    check(validatorOf(`${source}/${event.type}`, schema), event.type, data);
    return { type: event.type, data } as unknown as EventsBySource[S];
  };
}

/**
 * Whether this code can read events of this type and version, whatever is in them.
 * @throws UnreadableEventError naming the type and what can be read.
 */
export function checkKnown(source: EventSource, event: Pick<StoredEvent, 'type' | 'schemaVersion'>): void {
  definitionOf(eventCatalog, source, event);
}

function definitionOf(catalog: EventCatalog, source: EventSource, { type, schemaVersion }: Omit<StoredEvent, 'data'>) {
  const definition = Object.hasOwn(catalog[source], type) ? catalog[source][type] : undefined;
  if (definition === undefined) throw new UnreadableEventError(`${source} has no event type ${type}`);
  if (schemaVersion > definition.schemaVersion)
    throw new UnreadableEventError(
      `${type} version ${schemaVersion} is newer than this code, which reads up to ${definition.schemaVersion}`,
    );
  return definition;
}

function lift(lifts: Record<number, Upcaster>, event: StoredEvent, to: number): unknown {
  let data = event.data;
  for (let version = event.schemaVersion; version < to; version++) {
    const upcaster = lifts[version];
    if (upcaster === undefined)
      throw new UnreadableEventError(`${event.type} version ${version} has no upcaster to version ${version + 1}`);
    data = upcaster(data as Record<string, unknown>);
  }
  return data;
}

function check(validator: Validator, type: string, data: unknown): void {
  if (validator.Check(data)) return;
  const error = validator.Errors(data)[0];
  throw new UnreadableEventError(`${type}${error?.instancePath ?? ''} ${error?.message ?? 'is invalid'}`);
}
