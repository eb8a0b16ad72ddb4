/**
 * Word of an append, by NATS to whoever watches: the log's position, the types of the events, and nothing else. It may
 * be lost, so a watcher also looks by itself; it only spares the wait. It comes from the replica that has written, at
 * its commit.
 */
import { connect, type NatsConnection } from 'nats';
import type { Bus } from './bus.ts';
import type { EventLog } from './log.ts';

const appendSubject = (namespace: string, service: string): string => `${namespace}.appended.${service}`;

/** Says of every append of this process how far it has brought the log of `service`. */
export function announceAppends(bus: Bus, service: string, log: Pick<EventLog, 'onAppended'>): () => void {
  return log.onAppended((events) => {
    const last = events.at(-1);
    if (last === undefined || bus.connection.isClosed()) return;
    bus.connection.publish(appendSubject(bus.namespace, service), textOf(last.position, events));
  });
}

const textOf = (position: number, events: readonly { type: string }[]): string =>
  [position, ...new Set(events.map(({ type }) => type))].join(' ');

/** Said of a search under way, now and then, to whoever watches; in no log, for it is no fact that lasts. */
const progressSubject = (namespace: string): string => `${namespace}.search-progress`;

export function announceProgress({ connection, namespace }: Bus, text: string): void {
  if (!connection.isClosed()) connection.publish(progressSubject(namespace), text);
}

/** Hears what this and all other processes announce. Returns how to end it. */
export function hearProgress(
  { connection, namespace }: Pick<Bus, 'connection' | 'namespace'>,
  hear: (text: string) => void,
) {
  const subscription = connection.subscribe(progressSubject(namespace), {
    callback: (error, message) => {
      if (error === null) hear(message.string());
    },
  });
  return () => subscription.unsubscribe();
}

export interface NoticeOptions {
  natsUrl: string;
  namespace: string;
  clientName: string;
  /** Whose logs to hear of; all by default. */
  services?: readonly string[];
  /** Told of `service`'s log that it has reached `position` by events of these types. */
  notice: (service: string, position: number, types: string[]) => void;
  /** Told of a search under way. */
  progress?: (text: string) => void;
  /** Given the connection as soon as it stands, for whatever else is to travel on it. */
  connected?: (connection: NatsConnection) => void;
}

/** Listens from when NATS can be reached, now or later, again and again. Returns how to end it. */
export function listenForAppends(options: NoticeOptions): () => Promise<void> {
  const { natsUrl, namespace, clientName } = options;
  let closed = false;
  const connecting = connect({
    servers: natsUrl.split(','),
    name: `${namespace}-${clientName}`,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
  });
  const listening = connecting.then((connection) => (closed ? connection.close() : listen(connection, options)));
  // Whatever NATS refuses, the watcher still looks by itself.
  listening.catch(() => undefined);
  return async () => {
    closed = true;
    const unreached = new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)));
    await (await Promise.race([connecting.catch(() => undefined), unreached]))?.close();
  };
}

function listen(connection: NatsConnection, options: NoticeOptions): void {
  const { namespace, services = ['*'], notice, progress, connected } = options;
  if (progress !== undefined) hearProgress({ connection, namespace }, progress);
  for (const service of services)
    connection.subscribe(appendSubject(namespace, service), {
      callback: (_error, message) => {
        const [position, ...types] = message.string().split(' ');
        notice(message.subject.split('.').at(-1) ?? '', Number(position), types);
      },
    });
  connected?.(connection);
}
