/** How far the services' logs are, and whether everybody has followed them: what shows that nothing is under way. */
import pg from 'pg';
import type { TestStack } from './tested-stack.ts';

/** What has to be known of a system to ask it. */
export type LoggedSystem = Pick<TestStack, 'urlOf' | 'databaseUrl'>;

const LOGS = ['wallet', 'tx-pool', 'miner', 'chainstate'] as const;
type LogName = (typeof LOGS)[number];

/** The position of each log's last event, as `GET /log/head` says. */
export async function logHeads(stack: Pick<LoggedSystem, 'urlOf'>): Promise<Record<LogName, number>> {
  const heads = await Promise.all(LOGS.map(async (name) => [name, await headOf(stack.urlOf(name))] as const));
  return Object.fromEntries(heads) as Record<LogName, number>;
}

async function headOf(url: string): Promise<number> {
  const response = await fetch(`${url}/log/head`);
  const { position } = (await response.json()) as { position: number };
  return position;
}

/**
 * The heads, once every service that follows a log has applied all of it; how far a log's own relay has carried it is
 * written down now and then only, and shows in who follows. Throws naming who is behind; call it within
 * `eventually`.
 */
export async function followedLogs(stack: LoggedSystem): Promise<Record<LogName, number>> {
  const heads = await logHeads(stack);
  const behind = (await readCheckpoints(stack.databaseUrl)).filter(
    ({ source, position }) => Number(position) < heads[source],
  );
  if (behind.length === 0) return heads;
  const texts = behind.map(
    ({ schema, source, position }) => `${schema} is at ${position} of ${source}'s ${heads[source]}`,
  );
  throw new Error(texts.join(', '));
}

interface Checkpoint {
  schema: string;
  source: LogName;
  position: string;
}

/** One connection for those who ask again and again; it goes when nobody has for a moment, or with its database. */
const askers = new Map<string, pg.Pool>();

function askerOf(databaseUrl: string): pg.Pool {
  const known = askers.get(databaseUrl);
  if (known !== undefined) return known;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, idleTimeoutMillis: 1_000, allowExitOnIdle: true });
  pool.on('error', () => undefined); // the next question makes a new one
  askers.set(databaseUrl, pool);
  return pool;
}

async function readCheckpoints(databaseUrl: string): Promise<Checkpoint[]> {
  const schemas = LOGS.map((name) => name.replaceAll('-', '_'));
  const selects = schemas.map(
    (schema) => `SELECT '${schema}' AS schema, source, position FROM ${schema}.checkpoints WHERE consumer <> 'relay'`,
  );
  return (await askerOf(databaseUrl).query<Checkpoint>(selects.join(' UNION ALL '))).rows;
}
