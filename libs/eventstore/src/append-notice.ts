/**
 * Word of an append, by NATS to whoever watches: the log's position and nothing else. It may be lost, so a watcher
 * also looks by itself; it only spares the wait. It comes from the replica that has written, at its commit.
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
    bus.connection.publish(appendSubject(bus.namespace, service), String(last.position));
  });
}

export interface NoticeOptions {
  natsUrl: string;
  namespace: string;
  clientName: string;
  /** Told of `service`'s log that it has reached `position`. */
  notice: (service: string, position: number) => void;
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

function listen(connection: NatsConnection, { namespace, notice }: NoticeOptions): void {
  connection.subscribe(appendSubject(namespace, '*'), {
    callback: (_error, message) => notice(message.subject.split('.').at(-1) ?? '', Number(message.string())),
  });
}
