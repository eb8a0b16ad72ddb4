/**
 * One leader per service and database: whoever holds a Postgres advisory lock on a connection of its own. The lock
 * dies with the connection, so a killed leader is replaced within a second. Work that must be done once (the relay,
 * consuming) hangs on it; it needs no lock to be correct, only to be done once, because every commit is guarded by
 * versions and checkpoints.
 */
import pg from 'pg';
import type { Logger } from 'pino';

const RETRY_MS = 500;

export interface LeadershipOptions {
  databaseUrl: string;
  /** What is led; one leader per name and database. */
  name: string;
  logger: Logger;
  gained: () => Promise<void>;
  lost: () => Promise<void>;
}

export class Leadership {
  readonly #options: LeadershipOptions;
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #leading = false;
  #trouble: string | undefined;
  #attempt: Promise<void> = Promise.resolve();

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  get leading(): boolean {
    return this.#leading;
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
      this.#trouble = undefined;
      const result = await this.#client.query<{ locked: boolean }>(
        'SELECT pg_try_advisory_lock(hashtext($1), hashtext($2)) AS locked',
        ['pocket-leader', this.#options.name],
      );
      if (result.rows[0]?.locked === true) {
        this.#leading = true;
        await this.#options.gained();
        this.#options.logger.info('leadership gained');
        return;
      }
    } catch (error) {
      this.#trouble = `cannot lead: ${error instanceof Error ? error.message : String(error)}`;
      this.#options.logger.warn({ err: error }, 'leadership attempt failed');
      await this.#drop();
    }
    this.#later();
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.#options.databaseUrl, keepAlive: true });
    client.on('error', () => void this.#connectionLost(client));
    client.on('end', () => void this.#connectionLost(client));
    await client.connect();
    return client;
  }

  /** Waits for an attempt under way, so that what it begins is ended. */
  async #connectionLost(client: pg.Client): Promise<void> {
    await this.#attempt;
    if (this.#closed || client !== this.#client) return;
    this.#options.logger.warn('leadership connection lost');
    await this.#drop();
    this.#later();
  }

  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (this.#leading) await this.#stopLeading();
    await client?.end().catch(() => undefined);
  }

  async #stopLeading(): Promise<void> {
    this.#leading = false;
    await this.#options.lost();
  }

  #later(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#try(), RETRY_MS);
  }
}
