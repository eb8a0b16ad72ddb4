/**
 * JetStream as the carrier of logs: one stream per service, in which the message id is the event id. Nothing is true
 * because it is here; the truth is in Postgres, and the stream may be wiped at any time.
 */
import { connect, headers, nanos, type JetStreamClient, type JetStreamManager, type NatsConnection } from 'nats';
import { UnavailableError } from './failure.ts';
import type { RecordedEvent } from './event.ts';

/** The least `max_payload` a NATS server must allow: a block of 1,000,000 bytes, in hex, with its undo data. */
export const REQUIRED_MAX_PAYLOAD_BYTES = 4 * 1024 * 1024;
const STREAM_MAX_AGE_MS = 7 * 24 * 3_600_000;
const STREAM_MAX_BYTES = 128 * 1024 * 1024;
const DUPLICATE_WINDOW_MS = 120_000;
const CONNECT_TIMEOUT_MS = 5_000;

export interface Bus {
  connection: NatsConnection;
  jetstream: JetStreamClient;
  manager: JetStreamManager;
  namespace: string;
  /** On how many servers of a cluster every stream is kept. */
  streamReplicas: number;
}

/**
 * Connects to NATS and checks that it can carry our events.
 * @throws UnavailableError naming the URL when there is no server, no JetStream, too small a `max_payload`, or no cluster where
 * streams are to be kept more than once.
 */
export async function connectBus(url: string, namespace: string, clientName: string, streamReplicas = 1): Promise<Bus> {
  const connection = await connect({
    servers: url.split(','),
    name: `${namespace}-${clientName}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    timeout: CONNECT_TIMEOUT_MS,
    // Otherwise every event that is published costs an Error with its stack, in case it should fail.
    noAsyncTraces: true,
  }).catch((error: unknown) => {
    throw new UnavailableError(`NATS at ${url} cannot be reached (${String(error)}). Start it, or correct NATS_URL.`);
  });
  try {
    checkMaxPayload(connection, url);
    checkCluster(connection, url, streamReplicas);
    const manager = await jetStreamManager(connection, url);
    return { connection, jetstream: connection.jetstream(), manager, namespace, streamReplicas };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function checkMaxPayload(connection: NatsConnection, url: string): void {
  const allowed = connection.info?.max_payload ?? 0;
  if (allowed < REQUIRED_MAX_PAYLOAD_BYTES)
    throw new UnavailableError(
      `NATS at ${url} allows messages of ${allowed} bytes; blocks need ${REQUIRED_MAX_PAYLOAD_BYTES}. Set max_payload: 4MB in its configuration.`,
    );
}

function checkCluster({ info }: NatsConnection, url: string, streamReplicas: number): void {
  const { cluster } = (info ?? {}) as { cluster?: string };
  if (streamReplicas > 1 && cluster === undefined)
    throw new UnavailableError(
      `NATS at ${url} is a server alone, whose JetStream cannot keep a stream ${streamReplicas} times. Set POCKET_STREAM_REPLICAS to 1, or name a cluster by NATS_URL.`,
    );
}

async function jetStreamManager(connection: NatsConnection, url: string): Promise<JetStreamManager> {
  return connection.jetstreamManager().catch((error: unknown) => {
    throw new UnavailableError(`NATS at ${url} has no JetStream (${String(error)}). Start it with -js.`);
  });
}

/** A log on the bus: streams and subjects carry the log's id, so that a former log of the same name is never mixed in. */
export interface CarriedLog {
  source: string;
  logId: string;
}

export const streamName = (bus: Bus, { source, logId }: CarriedLog): string => `${bus.namespace}-${source}-${logId}`;
export const eventSubject = (bus: Bus, { source, logId }: CarriedLog, type: string): string =>
  `${bus.namespace}.events.${source}.${logId}.${type}`;
export const headSubject = (bus: Bus, { source, logId }: CarriedLog): string =>
  `${bus.namespace}.heads.${source}.${logId}`;
/** Asks whoever leads `service` to try the event of `source` again that has stopped it; `*` for any source. */
export const replaySubject = (bus: Bus, service: string, source: string): string =>
  `${bus.namespace}.replay.${service}.${source}`;
export const wakeSubject = (bus: Bus, source: string): string => `${bus.namespace}.wake.${source}`;

/**
 * Creates the stream of a log where it is missing, and keeps it on as many servers as are wanted by now. Replicas may call
 * it at the same time.
 */
export async function ensureStream(bus: Bus, log: CarriedLog): Promise<void> {
  const name = streamName(bus, log);
  const wanted = { num_replicas: bus.streamReplicas };
  const stream = await bus.manager.streams.info(name).catch(() =>
    bus.manager.streams.add({
      ...{ name, ...wanted },
      subjects: [eventSubject(bus, log, '>')],
      max_age: nanos(STREAM_MAX_AGE_MS),
      max_bytes: STREAM_MAX_BYTES,
      duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    }),
  );
  if (stream.config.num_replicas !== bus.streamReplicas) await bus.manager.streams.update(name, wanted);
}

/** Publishes one event and waits for JetStream's acknowledgement. */
export async function publishEvent(bus: Bus, log: CarriedLog, event: RecordedEvent): Promise<void> {
  const carried = headers();
  carried.set('Nats-Msg-Id', event.eventId);
  await bus.jetstream.publish(eventSubject(bus, log, event.type), JSON.stringify(event), { headers: carried });
}
