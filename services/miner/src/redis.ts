/** The connection to Redis, and what is asked of the server before anything is entrusted to it. */
import { Redis } from 'ioredis';
import { UnavailableError } from '@pocket/eventstore';

const REACH_WITHIN_MS = 10_000;

/** BullMQ's blocking calls need a connection that never gives up on a request. */
export function redisConnection(url: string): Redis {
  return new Redis(url, { maxRetriesPerRequest: null });
}

/** What may be told to whoever runs this. */
export interface Warnings {
  warn(fields: object, message: string): void;
}

/**
 * A connection to a server that answers and never evicts a key.
 * @throws UnavailableError naming the URL, or the policy that was found, and the remedy.
 */
export async function openRedis(url: string, logger: Warnings): Promise<Redis> {
  const connection = redisConnection(url);
  try {
    await reach(connection, url);
    await checkMemoryPolicy(connection, logger);
  } catch (error) {
    connection.disconnect();
    throw error;
  }
  connection.on('error', (error: Error) => logger.warn({ err: error }, 'Redis failed'));
  return connection;
}

/** @throws UnavailableError naming the URL. */
async function reach(connection: Redis, url: string): Promise<void> {
  let lastError = 'no answer';
  const remember = (error: Error) => (lastError = error.message);
  connection.on('error', remember);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const unreached = `Redis at ${withoutPassword(url)} cannot be reached`;
    const late = () => reject(new UnavailableError(`${unreached} (${lastError}). Start it, or correct REDIS_URL.`));
    timer = setTimeout(late, REACH_WITHIN_MS);
  });
  const answer = connection.ping();
  answer.catch(() => undefined);
  await Promise.race([answer, timeout]).finally(() => clearTimeout(timer));
  connection.off('error', remember);
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}

const NEVER_EVICTS = 'noeviction';

/**
 * A server that may evict keys loses jobs and the locks of jobs without a word. Also where no `maxmemory` is set: that can
 * be set at any time. Where the server tells its policy but lets nobody change it, a warning has to do.
 */
async function checkMemoryPolicy(connection: Redis, logger: Warnings): Promise<void> {
  const configured = await configuredPolicy(connection);
  const policy = configured ?? (await reportedPolicy(connection));
  if (policy === undefined || policy === NEVER_EVICTS) return;
  const found = `Redis has maxmemory-policy ${policy} and may evict the miner's jobs.`;
  const remedy = `Set it to ${NEVER_EVICTS}: redis-cli CONFIG SET maxmemory-policy ${NEVER_EVICTS}, and in redis.conf.`;
  if (configured !== undefined) throw new UnavailableError(`${found} ${remedy}`);
  logger.warn(
    { policy },
    `${found} Its CONFIG is closed to us: set it to ${NEVER_EVICTS} where the server is managed.`,
  );
}

/** undefined where CONFIG is forbidden, as managed servers have it. */
async function configuredPolicy(connection: Redis): Promise<string | undefined> {
  const [, policy] = (await connection.config('GET', 'maxmemory-policy').catch(() => [])) as string[];
  return policy;
}

async function reportedPolicy(connection: Redis): Promise<string | undefined> {
  const memory = await connection.info('memory').catch(() => '');
  return /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
}
