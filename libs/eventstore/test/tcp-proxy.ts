/** A server's stand-in that can be cut off (every connection through it dies, new ones are refused), or fall silent. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Proxy {
  /** The given URL with the proxy's address in it. */
  url: string;
  cut(): void;
  /** Every connection through it stays, and nothing passes any more. */
  silence(): void;
  restore(): void;
  close(): Promise<void>;
}

/** Listens on a free port in front of the server that `target` names. */
export async function openProxy(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let open = true;
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((inner) => {
    track(inner);
    if (!open) return inner.destroy();
    const outer = track(connect(Number(port), hostname));
    inner.pipe(outer).pipe(inner);
    return inner;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const drop = () => sockets.forEach((socket) => socket.destroy());
  return {
    url: url.href,
    cut: () => {
      open = false;
      drop();
    },
    silence: () => sockets.forEach((socket) => socket.pause()),
    restore: () => void (open = true),
    close: () => {
      drop();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
