/**
 * Redis for BullMQ's jobs: it appends every write to a file and never evicts a key, as BullMQ demands.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findFolders } from './command.ts';
import type { ServerKind } from './server.ts';

const connectTimeoutMs = 3_000;
const keysPerScan = 1_000;
const program = 'redis-server';

const durableArguments = ['--appendonly', 'yes', '--save', '', '--maxmemory-policy', 'noeviction'];

async function withConnection<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let reason: Error | undefined;
  redis.on('error', (error: Error) => (reason ??= error));
  try {
    return await use(redis);
  } catch (error) {
    throw reason ?? error;
  } finally {
    redis.disconnect();
  }
}

async function ping(redis: Redis): Promise<void> {
  await redis.ping();
}

async function deleteKeys(redis: Redis, namespace: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${namespace}*`, 'COUNT', keysPerScan);
    if (keys.length > 0) await redis.unlink(...keys);
    cursor = next;
  } while (cursor !== '0');
}

export const redis: ServerKind = {
  name: 'redis',
  label: 'Redis',
  setting: 'REDIS_URL',
  exampleUrl: 'redis://127.0.0.1:6379',
  preferredPort: 16379,
  debianPackage: 'redis-server',
  image: 'redis:7-alpine',
  stopSignal: 'SIGTERM',
  check: (url) => withConnection(url, ping),
  clear: (url, namespace) => withConnection(url, (connection) => deleteKeys(connection, namespace)),
  async find() {
    const [folder] = await findFolders([program]);
    return folder && join(folder, program);
  },
  async launch(command, data, port) {
    const folder = join(data.path, 'redis');
    await mkdir(folder, { recursive: true });
    const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, ...durableArguments];
    return { command, args, url: `redis://127.0.0.1:${port}` };
  },
  launchContainer(_data, port, volume) {
    const options = ['-p', `127.0.0.1:${port}:6379`, '-v', `${volume}:/data`];
    return Promise.resolve({ options, args: ['redis-server', ...durableArguments], url: `redis://127.0.0.1:${port}` });
  },
  removeData: (data) => rm(join(data.path, 'redis'), { recursive: true, force: true }),
};
