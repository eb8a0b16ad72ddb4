/**
 * Loopback ports: the preferred one when it is free, so that addresses stay the same from run to run, else any.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import getPort from 'get-port';
import { reasonOf, StackError } from './stack-error.ts';

/** A port on which nothing listens now. Within this process it is not given out twice in a row. */
export function freePort(preferred?: number): Promise<number> {
  return getPort({ host: '127.0.0.1', ...(preferred !== undefined && { port: preferred }) });
}

/** Neither a well-known port nor one that the system gives to outgoing connections. */
const randomPorts = { from: 20_000, to: 32_000 };

/** A free port that nobody prefers, so that it is still free when the process that had it is started again. */
export function unsharedPort(): Promise<number> {
  return freePort(randomInt(randomPorts.from, randomPorts.to));
}

/**
 * The gateway's port is the user's choice, so it is never silently another one. Throws {@link StackError} when it cannot
 * be had.
 */
export async function requirePort(port: number, host: string): Promise<void> {
  const server = createServer();
  try {
    server.listen({ port, host, exclusive: true });
    await once(server, 'listening');
  } catch (cause) {
    throw refusal(port, host, cause);
  } finally {
    server.close();
  }
}

function refusal(port: number, host: string, cause: unknown): StackError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') {
    return new StackError(
      `Port ${port} is in use by another program: stop it, or choose another port, for example "POCKET_PORT=${port + 10} npm start".`,
      { cause },
    );
  }
  if (code === 'EACCES') {
    return new StackError(`Port ${port} needs more rights than you have: choose one above 1023 with POCKET_PORT.`, {
      cause,
    });
  }
  return new StackError(`The gateway cannot listen on ${host} (${reasonOf(cause)}): correct POCKET_HOST.`, { cause });
}
