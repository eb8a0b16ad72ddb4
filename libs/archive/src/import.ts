/**
 * An export made a system again: its logs as they were, the services' tables folded from them to where each service stood,
 * the wallets' keys under this system's own secret. All of it happens beside the live schemas and takes their place in one
 * commit at the end, so that nothing is ever half there.
 */
import pg from 'pg';
import { FoldedTables, readStored, recordedEvent, type ReadLog, type StoredEvent } from '@pocket/eventstore';
import { ArchiveError } from './archive-error.ts';
import { readArchive, type ArchivedLog } from './archive-reader.ts';
import { explained, textOf, withConnection } from './connection.ts';
import { requireEmpty } from './empty-system.ts';
import { createKeySeal, type KeySeal } from './key-seal.ts';
import type { Header, RecordOf } from './records.ts';
import * as staging from './staging.ts';
import { KEY_TABLE, type ArchivedService, type KeyVault, type Step } from './system.ts';

export interface ImportOptions {
  databaseUrl: string;
  services: readonly ArchivedService[];
  /** The bytes of the export. */
  chunks: AsyncIterable<Uint8Array>;
  /** Asked for where the export has private keys: what they are sealed with, and what closes them here. */
  secrets: () => Promise<{ passphrase: string; vault: KeyVault }>;
  onStep?: (step: Step) => void;
  signal?: AbortSignal | undefined;
}

export interface Imported {
  network: string;
  chainId: string;
  events: number;
  /** undefined where the export has none: its wallets can be looked at and paid, and cannot pay. */
  keys: number | undefined;
}

const BATCH_ROWS = 500;
const BATCH_BYTES = 4 * 1024 * 1024;
/** Imports into one database take turns: the key of an advisory lock. */
const IMPORT_LOCK = `hashtext('pocket-import')`;

/**
 * @throws ArchiveError when the system is not empty, or the export is damaged, of a newer version or closed to this
 * passphrase; and the signal's reason. The system is then as it was.
 */
export async function importArchive(options: ImportOptions): Promise<Imported> {
  return withConnection(options.databaseUrl, async (client) => {
    try {
      await takeTurn(client);
      await requireEmpty(client, options.services);
      return await importStaged(client, options);
    } catch (error) {
      throw explained(error);
    }
  });
}

async function importStaged(client: pg.Client, options: ImportOptions): Promise<Imported> {
  try {
    // Nothing counts before the last commit, which waits for the disk and so for all before it.
    await client.query('SET synchronous_commit = off');
    return await new Import(client, options).run();
  } catch (error) {
    await staging.dropStaging(client, options.services).catch(() => undefined);
    throw error;
  }
}

async function takeTurn(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ mine: boolean }>(`SELECT pg_try_advisory_lock(${IMPORT_LOCK}) AS mine`);
  if (rows[0]?.mine !== true)
    throw new ArchiveError('Another import into this database is under way: wait for its end.');
}

class Import {
  readonly #client: pg.Client;
  readonly #options: ImportOptions;
  readonly #logs: ArchivedLog[] = [];
  readonly #keys: staging.StoredKey[] = [];
  #header: Header | undefined;
  #opening: { seal: KeySeal; vault: KeyVault } | undefined;
  #events: StoredEvent[] = [];
  #eventBytes = 0;
  /** The last batch of events; the next one is read and proved while Postgres takes it. */
  #writing: Promise<void> = Promise.resolve();

  constructor(client: pg.Client, options: ImportOptions) {
    this.#client = client;
    this.#options = options;
  }

  async run(): Promise<Imported> {
    for await (const record of readArchive(this.#options.chunks)) {
      this.#options.signal?.throwIfAborted();
      switch (record.kind) {
        case 'archive':
          await this.#begin(record);
          break;
        case 'secrets':
          await this.#open(record);
          break;
        case 'key':
          await this.#takeKey(record);
          break;
        case 'log':
          await this.#beginLog(record);
          break;
        case 'event':
          await this.#takeEvent(record.event);
          break;
        case 'end':
          await this.#flush();
          break;
        default:
          record satisfies never;
      }
    }
    await this.#foldAll();
    await staging.takePlace(this.#client, this.#options.services);
    return this.#outcome();
  }

  #outcome(): Imported {
    const { network, chainId, keys, logs } = this.#known();
    return { network, chainId, keys: keys ?? undefined, events: logs.reduce((sum, { events }) => sum + events, 0) };
  }

  async #begin(header: Header): Promise<void> {
    this.#header = header;
    await staging.createStaging(this.#client, this.#options.databaseUrl, this.#options.services);
  }

  async #open(secrets: RecordOf<'secrets'>): Promise<void> {
    const { passphrase, vault } = await this.#options.secrets();
    this.#opening = { seal: await createKeySeal(passphrase, secrets), vault };
  }

  async #takeKey({ address, sealed }: RecordOf<'key'>): Promise<void> {
    if (this.#opening === undefined) throw new Error('a key came before what opens it');
    const { seal, vault } = this.#opening;
    const privateKey = seal.open(Buffer.from(sealed, 'hex'), address);
    this.#keys.push({ address, encryptedKey: vault.encrypt(privateKey, address) });
    if (this.#keys.length === BATCH_ROWS) await this.#flushKeys();
  }

  async #beginLog(log: ArchivedLog): Promise<void> {
    await this.#flush();
    this.#logs.push(log);
    const service = this.#service(log.service);
    const hash = this.#known().logs.find((each) => each.service === log.service)?.hash ?? '';
    const head = { logId: log.logId, position: log.position, hash: Buffer.from(hash, 'hex') };
    await staging.writeHead(this.#client, service, head);
    await staging.writeCheckpoints(this.#client, service, log.checkpoints);
  }

  async #takeEvent(event: StoredEvent): Promise<void> {
    this.#events.push(event);
    this.#eventBytes += event.data.length + event.metadata.length;
    if (this.#events.length === BATCH_ROWS || this.#eventBytes > BATCH_BYTES) await this.#flushEvents();
  }

  async #flush(): Promise<void> {
    await this.#flushKeys();
    await this.#flushEvents();
    await this.#writing;
  }

  async #flushKeys(): Promise<void> {
    const keys = this.#keys.splice(0);
    if (keys.length > 0) await staging.writeKeys(this.#client, this.#service(KEY_TABLE.service), keys);
  }

  async #flushEvents(): Promise<void> {
    const [events, log] = [this.#events, this.#logs.at(-1)];
    this.#events = [];
    this.#eventBytes = 0;
    if (events.length === 0 || log === undefined) return;
    await this.#writing;
    this.#writing = staging.writeEvents(this.#client, this.#service(log.service), events);
    // Told by whoever waits for it next.
    this.#writing.catch(() => undefined);
    this.#step(`log of ${log.service}`, events.at(-1)?.position ?? 0, log.position);
  }

  async #foldAll(): Promise<void> {
    for (const service of this.#options.services) {
      await this.#fold(service).catch((error: unknown) => {
        if (this.#options.signal?.aborted === true) throw error;
        throw new ArchiveError(`The tables of ${service.name} cannot be folded from this export: ${textOf(error)}`, {
          cause: error,
        });
      });
    }
  }

  /** To where the service stood: its own log to the end, the others as far as it had followed them. */
  async #fold(service: ArchivedService): Promise<void> {
    const log = this.#logs.find((candidate) => candidate.service === service.name);
    const followed = log?.checkpoints.map(({ source, position }) => [source, position] as const) ?? [];
    const to = Object.fromEntries([[service.name, log?.position ?? 0], ...followed]);
    const total = service.fold.follows.reduce((sum, source) => sum + (to[source] ?? 0), to[service.name] ?? 0);
    const pool = foldingPool(this.#options.databaseUrl, staging.stagingOf(service));
    const tables = new FoldedTables({ fold: service.fold, pool, logs: this.#readers() });
    try {
      await tables.advance(to, () => {
        this.#options.signal?.throwIfAborted();
        const done = Object.values(tables.positions).reduce((sum, position) => sum + position, 0);
        this.#step(`tables of ${service.name}`, done, total);
      });
    } finally {
      await pool.end();
    }
  }

  #readers(): Record<string, ReadLog> {
    const readerOf = (service: ArchivedService): ReadLog => {
      return async (after, limit) =>
        (await readStored(this.#client, staging.stagingOf(service), after, limit)).map(recordedEvent);
    };
    return Object.fromEntries(this.#options.services.map((service) => [service.name, readerOf(service)]));
  }

  #known(): Header {
    if (this.#header === undefined) throw new Error('the export has no header yet');
    return this.#header;
  }

  #service(name: string): ArchivedService {
    const service = this.#options.services.find((candidate) => candidate.name === name);
    if (service === undefined) throw new RangeError(`there is no service ${name} to import into`);
    return service;
  }

  #step(task: string, done: number, total: number): void {
    this.#options.onStep?.({ task, done, total });
  }
}

/** One connection that sees the staged tables and nothing else. */
function foldingPool(databaseUrl: string, schema: string): pg.Pool {
  const options = `-c search_path=${schema} -c TimeZone=UTC -c synchronous_commit=off`;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, idleTimeoutMillis: 0, options });
  pool.on('error', () => undefined);
  return pool;
}
