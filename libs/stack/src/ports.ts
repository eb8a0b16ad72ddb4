/**
 * Loopback ports: the preferred one when it is free, so that addresses stay the same from run to run, else any.
 */
import getPort from 'get-port';
import { StackError } from './stack-error.ts';

/** A port on which nothing listens now. */
export function freePort(preferred?: number): Promise<number> {
  return getPort({ host: '127.0.0.1', ...(preferred !== undefined && { port: preferred }) });
}

/** The gateway's port is the user's choice, so it is never silently another one; 0 asks for any free port. */
export async function gatewayPort(wanted: number, host: string): Promise<number> {
  const port = await getPort({ host, ...(wanted !== 0 && { port: wanted }) });
  if (wanted === 0 || port === wanted) return port;
  throw new StackError(
    `Port ${wanted} is in use by another program: stop it, or choose another port, for example "POCKET_PORT=${wanted + 10} npm start".`,
  );
}
