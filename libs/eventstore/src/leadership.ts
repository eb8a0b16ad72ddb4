/**
 * One leader per service and database: whoever holds a Postgres advisory lock on a connection of its own. A killed
 * leader's connection ends with it. One that only hangs, or cannot be reached, says nothing for a while, and Postgres
 * itself ends its session (`idle_session_timeout`, Postgres 14 and newer), so another replica leads within seconds in
 * any case. Work that must be done once (the relay, consuming) hangs on it; it needs no lock to be correct, only to be
 * done once, because every commit is guarded by versions and checkpoints.
 */
import { hostname } from 'node:os';
import pg from 'pg';
import type { Logger } from 'pino';

const RETRY_MS = 500;
const LOCK_CLASS = 'pocket-leader';
/** A leader that has said nothing for this long leads no longer. */
const LEASE_MS = 4_000;
const HEARTBEAT_MS = 1_000;
/** Postgres keeps 63 characters of a session's name: the instance, " since " and the time to the second. */
const HOST_LENGTH = 28;

/** Who leads, and since when: ISO 8601, UTC. */
export interface Leader {
  instance: string;
  since: string;
}

/** Says as `led` whether any service is led on this database, so that its processes run. */
export const SOMEBODY_LEADS = `
  SELECT EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
                    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    AND l.classid::bigint = hashtext('${LOCK_CLASS}')::bigint & 4294967295) AS led`;

export interface LeadershipOptions {
  databaseUrl: string;
  /** What is led; one leader per name and database. */
  name: string;
  /** How the other replicas call this one while it leads. */
  instance: string;
  logger: Logger;
  gained: () => Promise<void>;
  lost: () => Promise<void>;
}

/** This process among all replicas: `<host>:<pid>`. Of a long host name the end is kept, which tells containers apart. */
export function instanceName(): string {
  return `${hostname().slice(-HOST_LENGTH)}:${process.pid}`;
}

/** Takes the lock where it is free, and signs it in the same round trip; tells otherwise how its holder has signed. */
const CLAIM = `
  SELECT CASE WHEN pg_try_advisory_lock(hashtext($1), hashtext($2))
              THEN set_config('application_name', $3, false) END AS signed,
         (SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
           WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND l.classid::bigint = hashtext($1)::bigint & 4294967295
             AND l.objid::bigint = hashtext($2)::bigint & 4294967295) AS holder`;

export class Leadership {
  readonly #options: LeadershipOptions;
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #leading = false;
  #leader: Leader | undefined;
  #trouble: string | undefined;
  #attempt: Promise<void> = Promise.resolve();

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  get leading(): boolean {
    return this.#leading;
  }

  /** Who leads, as of the last look half a second ago at most; undefined where nobody does or it cannot be known. */
  get leader(): Leader | undefined {
    return this.#leader;
  }

  /** Why the last attempt to lead failed; undefined when it worked or another replica leads. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Makes the first attempt; later ones follow by themselves. */
  async start(): Promise<void> {
    await this.#try();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#attempt;
    clearTimeout(this.#timer);
    if (this.#leading) await this.#stopLeading();
    await this.#client?.end().catch(() => undefined);
  }

  #try(): Promise<void> {
    this.#attempt = this.#attempt.then(() => this.#tryOnce());
    return this.#attempt;
  }

  async #tryOnce(): Promise<void> {
    if (this.#closed || this.#leading) return;
    try {
      this.#client ??= await this.#connect();
      if (await this.#claim(this.#client)) {
        this.#leading = true;
        await this.#options.gained();
        this.#options.logger.info('leadership gained');
      }
      this.#trouble = undefined;
    } catch (error) {
      const trouble = `cannot lead: ${error instanceof Error ? error.message : String(error)}`;
      // Twice a second the same would hide everything else.
      if (trouble !== this.#trouble) this.#options.logger.warn({ err: error }, 'leadership attempt failed');
      this.#trouble = trouble;
      await this.#drop();
    }
    this.#later();
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#options.databaseUrl,
      keepAlive: true,
      connectionTimeoutMillis: LEASE_MS,
      query_timeout: LEASE_MS,
    });
    client.on('error', () => void this.#connectionLost(client));
    client.on('end', () => void this.#connectionLost(client));
    await client.connect();
    await client.query(`SET idle_session_timeout = ${LEASE_MS}`);
    return client;
  }

  async #claim(client: pg.Client): Promise<boolean> {
    const { instance, name } = this.#options;
    const mine = { instance, since: `${new Date().toISOString().slice(0, 19)}Z` };
    const { rows } = await client.query<{ signed: string | null; holder: string | null }>(CLAIM, [
      LOCK_CLASS,
      name,
      signatureOf(mine),
    ]);
    const gained = typeof rows[0]?.signed === 'string';
    this.#leader = gained ? mine : leaderOf(rows[0]?.holder);
    return gained;
  }

  /** Shows Postgres that the leader is alive. Where that fails, another replica may lead already. */
  async #beat(): Promise<void> {
    const client = this.#client;
    try {
      await client?.query('SELECT 1');
      this.#later();
    } catch {
      if (client !== undefined) await this.#connectionLost(client);
    }
  }

  /** Waits for an attempt under way, so that what it begins is ended. */
  async #connectionLost(client: pg.Client): Promise<void> {
    await this.#attempt;
    if (this.#closed || client !== this.#client) return;
    this.#options.logger.warn('leadership connection lost');
    await this.#drop();
    // At once: somebody else may lead, and whoever asks here wants to know who.
    void this.#try();
  }

  /** Does not wait for the server's goodbye: it may be what hangs. */
  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#leader = undefined;
    client?.end().catch(() => undefined);
    if (this.#leading) await this.#stopLeading();
  }

  async #stopLeading(): Promise<void> {
    this.#leading = false;
    await this.#options.lost();
  }

  #later(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = this.#leading
      ? setTimeout(() => void this.#beat(), HEARTBEAT_MS)
      : setTimeout(() => void this.#try(), RETRY_MS);
  }
}

const SINCE = ' since ';

function signatureOf({ instance, since }: Leader): string {
  return instance + SINCE + since;
}

/** undefined for a lock that nobody holds, or whose holder has not signed. */
function leaderOf(signature: string | null | undefined): Leader | undefined {
  const [instance, since] = signature?.split(SINCE) ?? [];
  return instance === undefined || since === undefined ? undefined : { instance, since };
}
