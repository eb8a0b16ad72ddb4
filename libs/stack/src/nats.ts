/**
 * NATS with JetStream on files. Messages of 4 MB must fit: a block of a million bytes travels as JSON.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import { findFolders } from './command.ts';
import type { ServerKind } from './server.ts';

const smallestPayloadBytes = 4 * 1024 * 1024;
const connectTimeoutMs = 3_000;

const program = 'nats-server';

/**
 * The configuration file of a NATS that is fit for us. Every stream counts with all that it may ever hold; `maxFileStore`
 * is for where that is more than the disk has.
 */
export const configuration = (host: string, port: number, store: string, maxFileStore?: string): string =>
  [
    `host: "${host}"`,
    `port: ${port}`,
    `max_payload: ${smallestPayloadBytes}`,
    `jetstream { store_dir: ${JSON.stringify(store)}${maxFileStore === undefined ? '' : `, max_file_store: ${maxFileStore}`} }`,
    '',
  ].join('\n');

async function withConnection<T>(url: string, use: (connection: NatsConnection) => Promise<T> | T): Promise<T> {
  const connection = await connect({ servers: url.split(','), timeout: connectTimeoutMs, reconnect: false });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

function checkConnection({ info }: NatsConnection): void {
  if (!info?.jetstream) throw new Error('it runs without JetStream; start it with -js');
  if (info.max_payload < smallestPayloadBytes) {
    throw new Error(`it allows messages of ${info.max_payload} bytes; set its max_payload to ${smallestPayloadBytes}`);
  }
}

async function deleteStreams(connection: NatsConnection, namespace: string): Promise<void> {
  const manager = await connection.jetstreamManager();
  // The whole name is compared: `pocket` must not reach what belongs to `pocket-2`.
  const ours = new RegExp(`^${namespace}-(wallet|tx-pool|miner|chainstate)-[0-9a-f-]{36}$`);
  for await (const { config } of manager.streams.list()) {
    if (ours.test(config.name)) await manager.streams.delete(config.name);
  }
}

async function writeConfiguration(folder: string, content: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'nats.conf');
  await writeFile(file, content);
  return file;
}

export const nats: ServerKind = {
  name: 'nats',
  label: 'NATS',
  setting: 'NATS_URL',
  exampleUrl: 'nats://127.0.0.1:4222',
  preferredPort: 14222,
  debianPackage: 'nats-server',
  image: 'nats:2.11-alpine',
  stopSignal: 'SIGTERM',
  check: (url) => withConnection(url, checkConnection),
  clear: (url, namespace) => withConnection(url, (connection) => deleteStreams(connection, namespace)),
  async find() {
    const [folder] = await findFolders([program]);
    return folder && join(folder, program);
  },
  async launch(command, data, port) {
    const folder = join(data.path, 'nats');
    const file = await writeConfiguration(folder, configuration('127.0.0.1', port, join(folder, 'jetstream')));
    return { command, args: ['--config', file], url: `nats://127.0.0.1:${port}` };
  },
  async launchContainer(data, port, volume) {
    const file = await writeConfiguration(join(data.path, 'nats'), configuration('0.0.0.0', 4222, '/data'));
    const options = ['-p', `127.0.0.1:${port}:4222`, '-v', `${volume}:/data`, '-v', `${file}:/etc/nats/pocket.conf:ro`];
    return { options, args: ['--config', '/etc/nats/pocket.conf'], url: `nats://127.0.0.1:${port}` };
  },
  removeData: (data) => rm(join(data.path, 'nats'), { recursive: true, force: true }),
};
