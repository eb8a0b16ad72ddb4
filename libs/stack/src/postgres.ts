/**
 * Postgres with a cluster of its own for the data directory: durable, TCP on loopback only, a password of its own.
 * Under root it runs as another user, and its data lies under /var/lib when that user cannot reach the data directory.
 */
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { findFolders, run } from './command.ts';
import { readOrCreate, type DataDirectory } from './data-directory.ts';
import type { Identity } from './managed-process.ts';
import type { ServerKind } from './server.ts';
import { reasonOf, StackError } from './stack-error.ts';
import { isOpenToOthers, postgresIdentity } from './system-user.ts';

const user = 'pocket';
const connectTimeoutMs = 3_000;
const initTimeoutMs = 60_000;
const debianPrograms = '/usr/lib/postgresql';
const sharedHome = '/var/lib/pocket-blockchain';
/** Five services with their pools, several replicas of each, and the tests' own connections. */
const maxConnections = 200;
const ownSchemas = ['wallet', 'tx_pool', 'miner', 'chainstate'];

/** Runs one or more statements on a connection of its own. */
export async function query(databaseUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: connectTimeoutMs });
  // A connection that breaks also fails the query under way, which says so.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

const passwordFile = (data: DataDirectory): string => join(data.path, 'postgres-password');

const passwordOf = (data: DataDirectory): Promise<string> =>
  readOrCreate(passwordFile(data), () => randomBytes(24).toString('hex'));

async function urlOf(data: DataDirectory, port: number): Promise<string> {
  return `postgresql://${user}:${await passwordOf(data)}@127.0.0.1:${port}/postgres`;
}

/** Under root the cluster must be reachable for another user: if the data directory is not, it lies under /var/lib. */
async function clusterOf(data: DataDirectory): Promise<string> {
  const inside = process.getuid?.() !== 0 || (await isOpenToOthers(data.path));
  return join(inside ? join(data.path, 'postgres') : join(sharedHome, data.id), 'cluster');
}

/** An existing cluster belongs to the user that wrote it, whichever users the machine has got since. */
async function identityFor(cluster: string): Promise<Identity | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(cluster).catch(() => undefined);
  return owner ? { uid: owner.uid, gid: owner.gid } : postgresIdentity();
}

async function prepareHome(cluster: string, identity: Identity | undefined): Promise<void> {
  const home = dirname(cluster);
  await mkdir(home, { recursive: true });
  if (identity) await chown(home, identity.uid, identity.gid);
}

/** initdb works beside the final place and is renamed when complete: an interrupted first start leaves no half cluster. */
async function initialize(programs: string, cluster: string, password: string, identity?: Identity): Promise<void> {
  const draft = `${cluster}.draft`;
  const secret = join(dirname(cluster), 'initial-password');
  await rm(draft, { recursive: true, force: true });
  await writeFile(secret, password, { mode: 0o600 });
  if (identity) await chown(secret, identity.uid, identity.gid);
  const locale = ['--encoding', 'UTF8', '--locale', 'C', '--no-sync'];
  const access = ['--username', user, '--pwfile', secret, '--auth', 'scram-sha-256'];
  try {
    await run(join(programs, 'initdb'), ['-D', draft, ...locale, ...access], { identity, timeoutMs: initTimeoutMs });
    await rename(draft, cluster);
  } catch (cause) {
    throw new StackError(`Postgres could not initialise its data in ${cluster}: ${reasonOf(cause)}`, { cause });
  } finally {
    await rm(secret, { force: true });
  }
}

async function majorOfCluster(cluster: string): Promise<string | undefined> {
  return readFile(join(cluster, 'PG_VERSION'), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

/** "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)" has the major version 15. */
async function majorOfPrograms(programs: string): Promise<string | undefined> {
  const text = await run(join(programs, 'postgres'), ['--version']).catch(() => '');
  return /\) (\d+)/.exec(text)?.[1];
}

async function debianFolders(): Promise<string[]> {
  const versions = await readdir(debianPrograms).catch(() => []);
  return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(debianPrograms, version, 'bin'));
}

async function findPrograms(data: DataDirectory): Promise<string | undefined> {
  const folders = await findFolders(['postgres', 'initdb'], await debianFolders());
  const cluster = await clusterOf(data);
  const wanted = await majorOfCluster(cluster);
  if (!wanted || folders.length === 0) return folders[0];
  const majors = await Promise.all(folders.map(majorOfPrograms));
  const fitting = folders[majors.indexOf(wanted)];
  if (fitting) return fitting;
  throw new StackError(
    `The data in ${cluster} was written by Postgres ${wanted}, and this machine has ${majors.join(', ')}: install Postgres ${wanted}, or begin anew with "npm start -- --fresh".`,
  );
}

/**
 * Between statements glibc would give memory back to the system that the next one needs again, page by page: on virtual
 * machines a third of Postgres' time went into that. Bytes; for each process of it.
 */
const KEEP_MEMORY = {
  MALLOC_TOP_PAD_: String(4 * 1024 * 1024),
  MALLOC_TRIM_THRESHOLD_: String(128 * 1024 * 1024),
  MALLOC_MMAP_THRESHOLD_: String(128 * 1024 * 1024),
};

export const postgres: ServerKind = {
  name: 'postgres',
  label: 'Postgres',
  setting: 'DATABASE_URL',
  exampleUrl: 'postgresql://user:password@127.0.0.1:5432/pocket',
  preferredPort: 15432,
  debianPackage: 'postgresql',
  image: 'postgres:17-alpine',
  stopSignal: 'SIGINT',
  check: (url) => query(url, 'SELECT 1'),
  clear: (url) => query(url, ownSchemas.map((schema) => `DROP SCHEMA IF EXISTS ${schema} CASCADE;`).join('\n')),
  find: findPrograms,
  async launch(programs, data, port) {
    const cluster = await clusterOf(data);
    const identity = await identityFor(cluster);
    await prepareHome(cluster, identity);
    if (!(await majorOfCluster(cluster))) await initialize(programs, cluster, await passwordOf(data), identity);
    const settings = [
      'listen_addresses=127.0.0.1',
      `port=${port}`,
      `max_connections=${maxConnections}`,
      'unix_socket_directories=',
      'timezone=UTC',
    ];
    const args = ['-D', cluster, ...settings.flatMap((setting) => ['-c', setting])];
    const command = join(programs, 'postgres');
    return { command, args, url: await urlOf(data, port), environment: KEEP_MEMORY, identity };
  },
  async launchContainer(data, port, volume) {
    const password = await passwordOf(data);
    const variables = {
      POSTGRES_USER: user,
      POSTGRES_PASSWORD: password,
      POSTGRES_INITDB_ARGS: '--locale=C --encoding=UTF8',
    };
    const environment = Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const options = [...environment, '-p', `127.0.0.1:${port}:5432`, '-v', `${volume}:/var/lib/postgresql/data`];
    return { options, args: ['-c', `max_connections=${maxConnections}`], url: await urlOf(data, port) };
  },
  async removeData(data) {
    const folders = [join(data.path, 'postgres'), join(sharedHome, data.id), passwordFile(data)];
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  },
};
