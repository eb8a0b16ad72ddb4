/**
 * One cut through the logs of all services: how far each had come at a moment that an event of one of them marks. What
 * had been recorded by then is in, and so are the event's causes and what it brought about at once in other services,
 * so that a block is shown with what pool and wallets made of it.
 */
import { eventSources, mergePositions } from '@pocket/contracts';
import type { EventPoint, EventSource, LogPosition, Positions } from '@pocket/contracts';
import type { Metadata } from '@pocket/eventstore';
import { UnavailableError } from '@pocket/eventstore';
import { RequestContext, type Answer } from '@pocket/service-kit';
import type { Services } from './services.ts';

/** A position of every log. */
export type Cut = Record<EventSource, number>;

/** The longest chain of causes that is followed: a block's begins with a payment and has some six. */
const MAX_CAUSES = 32;
const EVENT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const BEFORE_EVERYTHING: Cut = { wallet: 0, 'tx-pool': 0, miner: 0, chainstate: 0 };

/** The cut at an event. Position 0 is before everything. Refused where the log does not reach so far. */
export async function cutAtEvent(
  services: Services,
  metadata: Metadata,
  source: EventSource,
  position: number,
): Promise<Answer<Cut>> {
  if (position === 0) return { ok: true, value: BEFORE_EVERYTHING };
  const own = await services[source].get<EventPoint>(new RequestContext(metadata), `/log/positions/${position}`);
  if (!own.ok) return own;
  // Who follows this log is asked when it has followed up to there.
  const context = new RequestContext(metadata, { [source]: position });
  const others = eventSources.filter((other) => other !== source);
  const places = await Promise.all(others.map((other) => placeOf(services, context, other, own.value)));
  const cut: Cut = { ...BEFORE_EVERYTHING };
  for (const place of places) {
    if (!place.ok) return place;
    mergePositions(cut, place.value);
  }
  mergePositions(cut, await causesOf(services, context, own.value));
  return { ok: true, value: { ...cut, [source]: position } };
}

/** The cut at the event that put the present best chain's block of this height on it. Refused above the tip. */
export async function cutAtHeight(services: Services, metadata: Metadata, height: number): Promise<Answer<Cut>> {
  const { chainstate } = services;
  const connection = await chainstate.get<LogPosition>(new RequestContext(metadata), `/connections/${height}`);
  return connection.ok ? cutAtEvent(services, metadata, 'chainstate', connection.value.position) : connection;
}

async function placeOf(
  services: Services,
  context: RequestContext,
  source: EventSource,
  { recordedAt, eventId }: EventPoint,
): Promise<Answer<Positions>> {
  const query = new URLSearchParams({ recordedAt, eventId });
  const answer = await services[source].get<LogPosition>(context, `/log/cut?${query.toString()}`);
  return answer.ok ? { ok: true, value: { [source]: answer.value.position } } : answer;
}

/** Where an event's causes are. One clock may be behind another, so that a cause can seem to be the later one. */
async function causesOf(services: Services, context: RequestContext, event: EventPoint): Promise<Positions> {
  const positions: Positions = {};
  let causationId = event.causationId;
  for (let count = 0; causationId !== null && EVENT_ID.test(causationId) && count < MAX_CAUSES; count++) {
    const cause = await findEvent(services, context, causationId);
    // A request is a cause that is in no log.
    if (cause === undefined) return positions;
    mergePositions(positions, { [cause.source]: cause.point.position });
    causationId = cause.point.causationId;
  }
  return positions;
}

async function findEvent(
  services: Services,
  context: RequestContext,
  eventId: string,
): Promise<{ source: EventSource; point: EventPoint } | undefined> {
  const asked = eventSources.map(async (source) => {
    const answer = await services[source].get<EventPoint>(context, `/log/ids/${eventId}`);
    if (answer.ok) return [{ source, point: answer.value }];
    if (answer.problem.status === 404) return [];
    throw new UnavailableError(answer.problem.detail);
  });
  const [found] = (await Promise.all(asked)).flat();
  return found;
}
