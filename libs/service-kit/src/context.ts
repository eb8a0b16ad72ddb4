/**
 * What one request carries through every service it touches: who asked, what caused it, the log positions its answer
 * must include (`after`) and those that its writes have reached (`seen`).
 */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import {
  AFTER_HEADER,
  CAUSATION_HEADER,
  CORRELATION_HEADER,
  formatPositions,
  mergePositions,
  parsePositions,
  raisePosition,
  type EventSource,
  type Positions,
} from '@pocket/contracts';
import type { Metadata } from '@pocket/eventstore';

export class RequestContext {
  readonly metadata: Metadata;
  readonly after: Positions;
  readonly seen: Positions;

  constructor(metadata: Metadata, after: Positions = {}, seen: Positions = {}) {
    this.metadata = metadata;
    this.after = after;
    this.seen = seen;
  }

  /** For what an event of this request causes; the positions are the same ones. Of no event it is this context. */
  causedBy(eventId: string | undefined): RequestContext {
    if (eventId === undefined) return this;
    return new RequestContext({ ...this.metadata, causationId: eventId }, this.after, this.seen);
  }

  /** Notes that `source`'s log has reached `position` on behalf of this request. */
  wrote(source: EventSource, position: number | undefined): void {
    if (position !== undefined) raisePosition(this.seen, source, position);
  }

  /** The headers that hand this context on to another service. */
  headers(): Record<string, string> {
    const after: Positions = { ...this.after };
    mergePositions(after, this.seen);
    return {
      [CORRELATION_HEADER]: this.metadata.correlationId,
      ...(this.metadata.causationId === null ? {} : { [CAUSATION_HEADER]: this.metadata.causationId }),
      ...(this.metadata.traceparent === null ? {} : { traceparent: this.metadata.traceparent }),
      ...(Object.keys(after).length === 0 ? {} : { [AFTER_HEADER]: formatPositions(after) }),
    };
  }
}

const CORRELATION_PATTERN = /^[\w.:-]{1,100}$/;
const TRACEPARENT_PATTERN = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Reads the context of an incoming request. One that names no cause is a beginning: its own id is the cause of what it
 * leads to. Returns undefined when the positions header is malformed.
 */
export function contextOf(headers: IncomingHttpHeaders): RequestContext | undefined {
  const after = parsePositions(headerText(headers[AFTER_HEADER]));
  if (after === undefined) return undefined;
  const correlationId = matching(headers[CORRELATION_HEADER], CORRELATION_PATTERN) ?? randomUUID();
  return new RequestContext(
    {
      correlationId,
      causationId: matching(headers[CAUSATION_HEADER], CORRELATION_PATTERN) ?? correlationId,
      traceparent: matching(headers['traceparent'], TRACEPARENT_PATTERN) ?? null,
    },
    after,
  );
}

/** The context of work that an event, not a request, has caused. */
export function contextOfCause(cause: { eventId: string; metadata: Metadata }): RequestContext {
  return new RequestContext({ ...cause.metadata, causationId: cause.eventId });
}

/** The context of work that a service begins by itself. */
export function contextOfOwn(): RequestContext {
  const correlationId = randomUUID();
  return new RequestContext({ correlationId, causationId: correlationId, traceparent: null });
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value;
}

function matching(value: string | string[] | undefined, pattern: RegExp): string | undefined {
  const text = headerText(value);
  return text !== undefined && pattern.test(text) ? text : undefined;
}
