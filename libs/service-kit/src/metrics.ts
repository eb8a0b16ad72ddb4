/**
 * What Prometheus reads of every process, at `GET /metrics`: the process itself, how it answers HTTP, and whatever else its
 * program measures. Gathered when it is asked for, from what is known anyway.
 */
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { EventNode } from '@pocket/eventstore';

const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const NO_ROUTE = 'none';

/** How often the event loop's delay is looked at: every look wakes a process that may have nothing to do. */
const LOOK_EVERY_MS = 200;

/** Memory, processor time, event loop, garbage: there is one process, however many servers it has. */
let ofProcess: Registry | undefined;

function processRegistry(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess, eventLoopMonitoringPrecision: LOOK_EVERY_MS });
  }
  return ofProcess;
}

export interface HttpMetrics {
  /** @param route the path's pattern; undefined where there is none. */
  answered(method: string, route: string | undefined, status: number, ms: number): void;
  /** All there is, in the form that Prometheus reads. */
  gather(): Promise<{ contentType: string; text: string }>;
}

/** Times every request, by the route it took and how it ended. @param more what else there is to gather. */
export function createHttpMetrics(more?: Registry): HttpMetrics {
  const requests = new Registry();
  const seconds = new Histogram({
    name: 'pocket_http_request_seconds',
    help: 'From a request having come to its answer having gone.',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS_BUCKETS,
    registers: [requests],
  });
  return {
    answered: (method, route = NO_ROUTE, status, ms) => seconds.observe({ method, route, status }, ms / 1_000),
    gather: async () => {
      const all = Registry.merge([processRegistry(), requests, ...(more === undefined ? [] : [more])]);
      return { contentType: all.contentType, text: await all.metrics() };
    },
  };
}

/** How far a service's log is, how far it has followed the others', who leads, and what stops it. */
export function measureNode(registry: Registry, node: EventNode): void {
  const registers = [registry];
  const position = new Gauge({
    name: 'pocket_log_position',
    help: "Position of the last event of the service's own log.",
    registers,
    collect: async () => {
      const head = await node.log.head().catch(() => undefined);
      if (head !== undefined) position.set(head.position);
    },
  });
  const followed = new Gauge({
    name: 'pocket_followed_position',
    help: "Position up to which this process knows another service's log to be applied.",
    labelNames: ['log'],
    registers,
    collect: () => {
      for (const log of node.sources) followed.set({ log }, node.progress.applied(log));
    },
  });
  const leads: Gauge = new Gauge({
    name: 'pocket_leads',
    help: '1 where this process leads its service, else 0.',
    registers,
    collect: () => {
      leads.set(node.leading ? 1 : 0);
    },
  });
  const letters = new Gauge({
    name: 'pocket_dead_letters',
    help: 'Events that the service could not apply.',
    registers,
    collect: async () => {
      const list = await node.deadLetters.list().catch(() => undefined);
      if (list !== undefined) letters.set(list.length);
    },
  });
}
