/**
 * The three servers of a test run as containers. Their data is in memory and nothing waits for a disk: they end with the
 * run. Testcontainers' own reaper removes them also when the run is killed, where its image is to be had.
 */
import { natsConfiguration, serverImages, type ServerUrls } from '@pocket/stack';
import { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers';

export interface Containers extends ServerUrls {
  stop(): Promise<void>;
}

const POSTGRES_DATA = '/var/lib/postgresql/data';
/** A database lives for a minute: there is nothing to clean up in it. */
const settings = ['max_connections=300', 'fsync=off', 'full_page_writes=off', 'autovacuum=off'];
/** Four for each stack of the run, of 128 MB at most each, and next to nothing in them. */
const MANY_STREAMS = '1TB';
const START_WITHIN_MS = 120_000;
const password = 'pocket';

const postgres = () =>
  new GenericContainer(serverImages.postgres)
    .withEnvironment({ POSTGRES_USER: 'pocket', POSTGRES_PASSWORD: password, POSTGRES_DB: 'pocket' })
    .withTmpFs({ [POSTGRES_DATA]: 'rw' })
    .withCommand(['postgres', ...settings.map((setting) => `-c${setting}`)])
    .withExposedPorts(5432)
    // It answers once while it sets itself up, and again when it is there to stay.
    .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2));

const nats = () =>
  new GenericContainer(serverImages.nats)
    .withCopyContentToContainer([
      { content: natsConfiguration('0.0.0.0', 4222, '/data', MANY_STREAMS), target: '/pocket.conf' },
    ])
    .withTmpFs({ '/data': 'rw' })
    .withCommand(['--config', '/pocket.conf'])
    .withExposedPorts(4222)
    .withWaitStrategy(Wait.forLogMessage(/Server is ready/));

const redis = () =>
  new GenericContainer(serverImages.redis)
    .withTmpFs({ '/data': 'rw' })
    .withCommand(['redis-server', '--save', '', '--maxmemory-policy', 'noeviction'])
    .withExposedPorts(6379)
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/));

/** Starts all three and waits until they answer. When it throws, none of them runs. */
export async function startContainers(): Promise<Containers> {
  const started = await Promise.allSettled(
    [postgres(), nats(), redis()].map((container) => container.withStartupTimeout(START_WITHIN_MS).start()),
  );
  const running = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((container) => container.stop({ remove: true, removeVolumes: true, timeout: 0 })));
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { ...urlsOf(running), stop };
}

function urlsOf(running: StartedTestContainer[]): ServerUrls {
  const [onPostgres, onNats, onRedis] = running.map((one) => `${one.getHost()}:${one.getFirstMappedPort()}`);
  return {
    databaseUrl: `postgres://pocket:${password}@${onPostgres}/pocket`,
    natsUrl: `nats://${onNats}`,
    redisUrl: `redis://${onRedis}`,
  };
}
