/**
 * The real system for one test file: a fresh database and namespace on the run's servers, and all service processes
 * on free ports, so that files never disturb each other.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createDatabase, startInfrastructure, startStack, type Stack } from '@pocket/stack';
import { inject } from 'vitest';
import { startComposeStack } from './compose-stack.ts';
import type { TestServers } from './servers.ts';
import { copyTemplate } from './template.ts';
import type { TestStack, TestStackOptions } from './tested-stack.ts';

/**
 * Starts the stack and waits until every process can serve; nothing runs when it throws. In a run of composed stacks it
 * is one of containers, which takes neither `settings` nor `prepare`.
 */
export async function startTestStack({ settings, prepare, ...options }: TestStackOptions = {}): Promise<TestStack> {
  endWithTheRun();
  const servers = inject('servers');
  const { project: prefix, image } = servers;
  if (prefix !== undefined) return startComposeStack({ ...options, prefix, image });
  const namespace = `test_${randomBytes(8).toString('hex')}`;
  const dataDir = await mkdtemp(join(servers.dataDir, 'stack-'));
  const database = prepare ? await createDatabase(servers) : await copyTemplate(servers.databaseUrl, servers.template);
  const clear = async (): Promise<void> => {
    await database.drop();
    await clearGivenServers(servers, namespace, dataDir);
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await prepare?.(database.databaseUrl);
    const stack = await startStack({
      infrastructure: { ...servers, databaseUrl: database.databaseUrl },
      dataDir,
      // One thread for each worker, as in containers: files run side by side.
      environment: { POCKET_MINER_THREADS: '1', ...settings, POCKET_NAMESPACE: namespace },
      gatewayPort: 0,
      ...options,
    });
    return testStackOf(stack, database.databaseUrl, clear);
  } catch (error) {
    await clear();
    throw error;
  }
}

/** A test process whose run has been interrupted would go on; its services end with it. */
function endWithTheRun(): void {
  process.off('disconnect', exit).on('disconnect', exit);
}

const exit = (): never => process.exit(1);

function testStackOf(stack: Stack, databaseUrl: string, clear: () => Promise<void>): TestStack {
  return {
    url: stack.url,
    urls: stack.urls,
    databaseUrl,
    processes: stack.processes,
    process: (name) => stack.process(name),
    urlOf: (name) => {
      const { url } = stack.process(name);
      if (url === undefined) throw new RangeError(`${name} has no address`);
      return url;
    },
    stop: async () => {
      await stack.stop();
      await clear();
    },
  };
}

/** Servers that outlive the run are left as they were found: without our streams and keys. */
async function clearGivenServers(servers: TestServers, namespace: string, dataDir: string): Promise<void> {
  const all = [
    { name: 'nats' as const, url: { NATS_URL: servers.natsUrl } },
    { name: 'redis' as const, url: { REDIS_URL: servers.redisUrl } },
  ];
  const given = all.filter(({ name }) => servers.given.includes(name));
  if (given.length === 0) return;
  const environment = Object.assign(
    { POCKET_NAMESPACE: namespace },
    ...given.map(({ url }) => url),
  ) as NodeJS.ProcessEnv;
  const only = given.map(({ name }) => name);
  const cleared = await startInfrastructure({ dataDir, environment, only, fresh: true });
  await cleared.stop();
}
