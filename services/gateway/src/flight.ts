/**
 * One transaction's way through all services. Wallet and pool say which events are about it; what caused those leads
 * to the blocks that held it and to their miners; what the blocks' coming and going did to the pool belongs to it too.
 */
import {
  eventSources,
  PAGE_LIMIT,
  type EventFilter,
  type EventSource,
  type Flight,
  type WatchedEvent,
} from '@pocket/contracts';
import { BEGINNING } from './cursor.ts';
import type { LogReaders } from './feed.ts';
import { sentenceOf } from './flight-sentences.ts';
import { walk } from './merge.ts';

const MAX_VALUES = 200;
/** From an event of wallet or pool over block and search to the request; no way is longer. */
const MAX_CAUSES_DEEP = 8;

/** Undefined where no service has met the transaction. */
export async function readFlight(readers: LogReaders, txid: string): Promise<Flight | undefined> {
  const gathered = new Gathered(readers);
  await Promise.all((['wallet', 'tx-pool'] as const).map((service) => gathered.add(service, 'txids', [txid])));
  if (gathered.events.length === 0) return undefined;
  await addCauses(gathered);
  await Promise.all([addSearches(gathered), addFollowers(gathered), addReasons(gathered), addListings(gathered)]);
  return { txid, ...stepsOf(inOrder(gathered.events), txid), complete: gathered.complete };
}

/** Events by id, each once; `complete` while no log had more of them than it told. */
class Gathered {
  readonly #readers: LogReaders;
  readonly #events = new Map<string, WatchedEvent>();
  complete = true;

  constructor(readers: LogReaders) {
    this.#readers = readers;
  }

  get events(): WatchedEvent[] {
    return [...this.#events.values()];
  }

  ofType(...types: string[]): WatchedEvent[] {
    return this.events.filter(({ type }) => types.includes(type));
  }

  has(eventId: string): boolean {
    return this.#events.has(eventId);
  }

  async add(service: EventSource, field: keyof EventFilter, values: string[], types?: string[]): Promise<void> {
    const all = [...new Set(values)];
    for (let first = 0; first < all.length; first += MAX_VALUES) {
      const filter = { [field]: all.slice(first, first + MAX_VALUES), ...(types === undefined ? {} : { types }) };
      const search = { after: 0, direction: 'forward', limit: PAGE_LIMIT, filter, brief: true } as const;
      const found = await this.#readers[service].search(search);
      for (const event of found.events) this.#events.set(event.eventId, { service, ...event });
      this.complete &&= found.complete;
    }
  }
}

async function addCauses(gathered: Gathered): Promise<void> {
  const asked = new Set<string>();
  for (let depth = 0; depth < MAX_CAUSES_DEEP; depth++) {
    const causes = gathered.events.flatMap(({ metadata: { causationId, correlationId } }) =>
      causationId === null || causationId === correlationId ? [] : [causationId],
    );
    const open = causes.filter((id) => !gathered.has(id) && !asked.has(id));
    if (open.length === 0) return;
    for (const id of open) asked.add(id);
    await Promise.all(eventSources.map((service) => gathered.add(service, 'eventIds', open)));
  }
}

/** A block's search also began. */
function addSearches(gathered: Gathered): Promise<void> {
  const streams = gathered.ofType('BlockFound').map(({ stream }) => stream);
  return gathered.add('miner', 'streams', streams, ['MiningRequested']);
}

/** The blocks' other effects are about other transactions, but the pool says of each that it has followed it. */
function addFollowers(gathered: Gathered): Promise<void> {
  const blocks = gathered.ofType('BlockConnected', 'BlockDisconnected').map(({ eventId }) => eventId);
  return gathered.add('tx-pool', 'causationIds', blocks, ['BlockFollowed', 'BlockUnfollowed']);
}

const OPERATORS_WORDS = ['BlockInvalidated', 'BlockReconsidered'];
/** What makes blocks come and go, and stands before them in the log. */
const REASONS = ['BlockStored', ...OPERATORS_WORDS];

/**
 * Why a block left or came back: the branch that outweighed it, or an operator's word, in the same request. That a block
 * was stored before it came the first time is no step of its own.
 */
async function addReasons(gathered: Gathered): Promise<void> {
  const requestsOf = (type: string) => gathered.ofType(type).map(({ metadata }) => metadata.correlationId);
  const [left, came] = [requestsOf('BlockDisconnected'), requestsOf('BlockConnected')];
  await gathered.add('chainstate', 'correlationIds', left, REASONS);
  await gathered.add('chainstate', 'correlationIds', came, OPERATORS_WORDS);
}

function addListings(gathered: Gathered): Promise<void> {
  const failures = gathered.ofType('PaymentFailed').map(({ eventId }) => eventId);
  return gathered.add('tx-pool', 'causationIds', failures, ['FailedPaymentListed']);
}

/** The feed's order. */
function inOrder(all: WatchedEvent[]): WatchedEvent[] {
  const lanes = eventSources.map((service) => {
    const events = all.filter((event) => event.service === service).sort((a, b) => a.position - b.position);
    return { service, events, complete: true, end: events.at(-1)?.position ?? 0 };
  });
  const places = new Map(all.map(({ eventId, service, position }) => [eventId, [{ service, position }]]));
  return walk({ direction: 'forward', from: BEGINNING, lanes, places, limit: all.length }).events;
}

/** What a request has brought about at once names that request as its cause; told is what it stands behind in the log. */
function reasonBefore(events: readonly WatchedEvent[], index: number): number | null {
  const event = events[index];
  if (event === undefined || !['BlockConnected', 'BlockDisconnected'].includes(event.type)) return null;
  const { causationId, correlationId } = event.metadata;
  if (causationId !== correlationId) return null;
  const found = events.findLastIndex(
    ({ type, metadata }, before) =>
      before < index && REASONS.includes(type) && metadata.correlationId === correlationId,
  );
  return found === -1 ? null : found;
}

function stepsOf(events: WatchedEvent[], txid: string): Pick<Flight, 'lastedMs' | 'steps'> {
  const first = Date.parse(events[0]?.recordedAt ?? '');
  const indexes = new Map(events.map(({ eventId }, index) => [eventId, index]));
  const steps = events.map((event, index) => {
    const { service, position, type, eventId, recordedAt } = event;
    const { correlationId, causationId } = event.metadata;
    const sinceFirstMs = Date.parse(recordedAt) - first;
    const causedBy = indexes.get(causationId ?? '') ?? reasonBefore(events, index);
    const what = sentenceOf(event, txid);
    return { sinceFirstMs, recordedAt, what, service, position, type, eventId, correlationId, causationId, causedBy };
  });
  return { lastedMs: Math.max(...steps.map(({ sinceFirstMs }) => sinceFirstMs)), steps };
}
