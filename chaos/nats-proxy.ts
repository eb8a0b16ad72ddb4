/**
 * Stands between the services and NATS: what services say passes as it is, what the server delivers passes through the
 * wire's faults. A connection ends with its server's, as if there were nothing in between.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Delivery, type Wire } from './misdelivery.ts';
import { FrameReader, type Frame } from './nats-frames.ts';

export interface NatsProxy {
  /** What NATS_URL of the services must be. */
  readonly url: string;
  /** Cuts all connections. */
  close(): Promise<void>;
}

/** A message that nothing overtakes is sent on after this long. */
const HELD_AT_MOST_MS = 300;

/** Listens on a free port in front of the NATS server at `target`; subjects that begin with `prefix` may be hit. */
export async function openNatsProxy(target: string, wire: Wire, prefix: string): Promise<NatsProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  };
  const server = createServer((client) => {
    const upstream = track(connect(Number(port), hostname));
    join(track(client), upstream, new Delivery(wire, (subject) => subject.startsWith(prefix)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function join(client: Socket, server: Socket, delivery: Delivery): void {
  const reader = new FrameReader();
  let timer: NodeJS.Timeout | undefined;
  const send = (frames: readonly Frame[]): void => {
    const flows = frames.map(({ bytes }) => client.write(bytes));
    if (flows.includes(false)) server.pause();
  };
  const release = (): void => {
    timer = undefined;
    send(delivery.release());
  };
  client.pipe(server);
  client.on('drain', () => server.resume());
  server.on('data', (piece) => {
    const frames = framesOf(reader, piece);
    if (frames === undefined) return client.destroy();
    send(frames.flatMap((frame) => delivery.pass(frame)));
    if (delivery.holds) timer ??= setTimeout(release, HELD_AT_MOST_MS);
    return undefined;
  });
  server.on('close', () => {
    clearTimeout(timer);
    client.destroy();
  });
  client.on('close', () => server.destroy());
}

/** undefined for what no NATS server says: a connection that cannot be understood is of no use. */
function framesOf(reader: FrameReader, piece: Buffer): Frame[] | undefined {
  try {
    return reader.push(piece);
  } catch {
    return undefined;
  }
}
