/**
 * Servers in containers, for a machine that has a Docker engine and not the program. The container is run in the
 * foreground by a managed `docker run`, which passes signals on; its data is in a named volume.
 */
import { run, succeeds } from './command.ts';
import type { DataDirectory } from './data-directory.ts';
import type { Launch, ServerKind } from './server.ts';

const engineTimeoutMs = 5_000;
const pullTimeoutMs = 300_000;

/** True when a Docker engine answers; a client without an engine does not count. */
export function dockerAnswers(signal?: AbortSignal): Promise<boolean> {
  return succeeds('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: engineTimeoutMs, signal });
}

const nameOf = (kind: ServerKind, data: DataDirectory): string => `pocket-${data.id}-${kind.name}`;

/** Fetches the image when it is not there; throws when it is not to be had. */
export async function fetchImage(kind: ServerKind, signal?: AbortSignal): Promise<void> {
  if (await succeeds('docker', ['image', 'inspect', kind.image], { signal })) return;
  await run('docker', ['pull', kind.image], { timeoutMs: pullTimeoutMs, signal });
}

/** Removes what a killed launcher left, then says how to run the container. */
export async function launchInDocker(kind: ServerKind, data: DataDirectory, port: number): Promise<Launch> {
  const name = nameOf(kind, data);
  await succeeds('docker', ['rm', '--force', name]);
  const { options, args, url } = await kind.launchContainer(data, port, name);
  return { command: 'docker', args: ['run', '--rm', '--name', name, ...options, kind.image, ...args], url };
}

/** Deletes the volume of a server; there may be none. */
export async function removeVolume(kind: ServerKind, data: DataDirectory): Promise<void> {
  await succeeds('docker', ['rm', '--force', nameOf(kind, data)]);
  await succeeds('docker', ['volume', 'rm', '--force', nameOf(kind, data)]);
}
