/**
 * Asks a service as of the moment that a request names: `?at=` and `?atEvent=` become a position of each log, so that what
 * is answered of the past is one cut through all of them.
 */
import {
  eventSources,
  formatPositions,
  isEventSource,
  mergePositions,
  problem,
  type EventSource,
  type MomentQuery,
} from '@pocket/contracts';
import { RequestContext, type Answer } from '@pocket/service-kit';
import { cutAtEvent, cutAtHeight, type Cut } from './cut.ts';
import type { Services } from './services.ts';

/** Asks a service as of the moment of a request, whose positions become those that the answer is of. */
export function asker(services: Services) {
  return async <T>(
    context: RequestContext,
    moment: MomentQuery,
    source: EventSource,
    path: string,
    parameters: Record<string, string> = {},
  ): Promise<Answer<T>> => {
    const pathAsOf = (asOf: string) => `${path}?${new URLSearchParams({ ...parameters, asOf }).toString()}`;
    if (moment.at === undefined && moment.atEvent === undefined)
      return services[source].get<T>(context, pathAsOf('now'));
    const cut = await cutOf(services, context, moment);
    if (!cut.ok) return cut;
    // What was needs no waiting for what has been written since.
    const past = new RequestContext(context.metadata);
    const answer = await services[source].get<T>(past, pathAsOf(formatPositions(cut.value)));
    if (answer.ok) mergePositions(context.seen, cut.value);
    return answer;
  };
}

async function cutOf(
  services: Services,
  { metadata }: RequestContext,
  { at, atEvent }: MomentQuery,
): Promise<Answer<Cut>> {
  if (at !== undefined && atEvent !== undefined) return malformed('at and atEvent are two moments: give one of them');
  if (at !== undefined) return cutAtHeight(services, metadata, at);
  const [, source = '', position = ''] = /^([a-z-]+):(\d{1,15})$/.exec(atEvent ?? '') ?? [];
  if (!isEventSource(source))
    return malformed(
      `atEvent must be a log (${eventSources.join(', ')}), a colon and a position, like chainstate:42; "${atEvent ?? ''}" is not`,
    );
  return cutAtEvent(services, metadata, source, Number(position));
}

const malformed = (detail: string): Answer<never> => ({ ok: false, problem: problem('invalid-request', detail) });
