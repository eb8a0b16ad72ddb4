/**
 * A whole system as the lines of one file. All of it is read in one transaction, so that it is of one moment however busy
 * the system is, and page by page, so that memory does not grow with the chain. It proves what it reads: an export that
 * nobody could import is not made.
 */
import type pg from 'pg';
import { readEvent } from '@pocket/contracts';
import {
  LogProof,
  readStored,
  readStoredHead,
  recordedEvent,
  type StoredEvent,
  type StoredHead,
} from '@pocket/eventstore';
import { ArchiveError } from './archive-error.ts';
import { explained, identifier, withConnection } from './connection.ts';
import { RecordEncoder } from './encoding.ts';
import { createKeySeal, secretsOf, type KeySeal } from './key-seal.ts';
import { FORMAT, type ArchiveRecord, type Checkpoint, type Header } from './records.ts';
import { KEY_TABLE, type ArchivedService, type KeyVault, type Step } from './system.ts';

export interface ExportOptions {
  databaseUrl: string;
  /** In the order of the archive. */
  services: readonly ArchivedService[];
  /** Opens the wallets' keys, and what they are sealed with then; without it the archive holds no key. */
  secrets?: { vault: KeyVault; passphrase: string } | undefined;
  /** Takes some lines. */
  write: (text: string) => Promise<void>;
  onStep?: (step: Step) => void;
  signal?: AbortSignal | undefined;
}

export interface Exported {
  network: string;
  chainId: string;
  events: number;
  /** undefined where no keys were asked for. */
  keys: number | undefined;
  records: number;
}

interface Head extends StoredHead {
  service: ArchivedService;
}

const FIRST_PAGE_EVENTS = 20;
const MAX_PAGE_EVENTS = 1_000;
/** So much of a log is held at once. */
const PAGE_BYTES = 8 * 1024 * 1024;
const PAGE_KEYS = 1_000;

/** @throws ArchiveError when there is no chain, or what is there cannot be proved or opened. */
export async function exportArchive(options: ExportOptions): Promise<Exported> {
  return withConnection(options.databaseUrl, async (client) => {
    try {
      await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      return await new Export(client, options).run();
    } catch (error) {
      throw explained(error);
    }
  });
}

class Export {
  readonly #client: pg.Client;
  readonly #options: ExportOptions;
  readonly #encoder = new RecordEncoder();
  #records = 0;

  constructor(client: pg.Client, options: ExportOptions) {
    this.#client = client;
    this.#options = options;
  }

  async run(): Promise<Exported> {
    const heads = await this.#heads();
    const header = await this.#header(heads);
    const walletLogId = heads.find(({ service }) => service.name === KEY_TABLE.service)?.logId ?? '';
    await this.#write(header);
    if (this.#options.secrets !== undefined) await this.#writeKeys(walletLogId, header.keys ?? 0);
    for (const head of heads) await this.#writeLog(head, heads);
    const events = heads.reduce((sum, { position }) => sum + position, 0);
    await this.#write({ kind: 'end', records: this.#records, events, sha256: this.#encoder.sha256 });
    const { network, chainId, keys } = header;
    return { network, chainId, events, keys: keys ?? undefined, records: this.#records };
  }

  async #heads(): Promise<Head[]> {
    const heads: Head[] = [];
    for (const service of this.#options.services) {
      const head = await readStoredHead(this.#client, service.schema);
      if (head === undefined) throw new ArchiveError(NO_CHAIN);
      heads.push({ ...head, service });
    }
    return heads;
  }

  async #header(heads: readonly Head[]): Promise<Header> {
    const { chainId, network } = await this.#chain();
    return {
      kind: 'archive',
      format: FORMAT,
      network,
      chainId,
      logs: heads.map(({ service, logId, position, hash }) => ({
        service: service.name,
        logId,
        events: position,
        hash: hash.toString('hex'),
      })),
      keys: this.#options.secrets === undefined ? null : await this.#countKeys(),
    };
  }

  /** Of the chain that was started last. */
  async #chain(): Promise<{ chainId: string; network: string }> {
    const { schema } = this.#service('chainstate');
    const { rows } = await this.#client.query<{ position: string }>(
      `SELECT position FROM ${identifier(schema)}.events WHERE type = 'ChainStarted' ORDER BY position DESC LIMIT 1`,
    );
    if (rows[0] === undefined) throw new ArchiveError(NO_CHAIN);
    const [stored] = await readStored(this.#client, schema, Number(rows[0].position) - 1, 1);
    const started = stored && readEvent('chainstate', recordedEvent(stored));
    if (started?.type !== 'ChainStarted') throw new Error('the chain began with something else than a ChainStarted');
    return started.data;
  }

  async #countKeys(): Promise<number> {
    const { rows } = await this.#client.query<{ count: string }>(`SELECT count(*) FROM ${this.#keyTable()}`);
    return Number(rows[0]?.count);
  }

  /** By address, in an order that no locale changes. */
  async #writeKeys(walletLogId: string, keys: number): Promise<void> {
    const { secrets } = this.#options;
    if (secrets === undefined) return;
    const sealing = secretsOf(walletLogId);
    const seal = await createKeySeal(secrets.passphrase, sealing);
    await this.#write(sealing);
    let after = '';
    for (let done = 0; done < keys;) {
      const { rows } = await this.#client.query<{ address: string; encrypted_key: Buffer }>(
        `SELECT address, encrypted_key FROM ${this.#keyTable()}
          WHERE address COLLATE "C" > $1 ORDER BY address COLLATE "C" LIMIT ${PAGE_KEYS}`,
        [after],
      );
      await this.#write(...rows.map((row) => sealedKey(row, secrets.vault, seal)));
      after = rows.at(-1)?.address ?? after;
      done += rows.length;
      this.#step('private keys', done, keys);
    }
  }

  async #writeLog(head: Head, heads: readonly Head[]): Promise<void> {
    const { service, position } = head;
    const proof = new LogProof(head.logId);
    await this.#write({ kind: 'log', service: service.name, checkpoints: await this.#checkpoints(service, heads) });
    let limit = FIRST_PAGE_EVENTS;
    for (let after = 0; after < position;) {
      const events = await readStored(this.#client, service.schema, after, limit);
      if (events.length === 0) break;
      for (const event of events) proof.take(event);
      requireSound(proof, service);
      await this.#write(...events.map(eventRecord));
      after = events.at(-1)?.position ?? after;
      limit = pageLimit(events);
      this.#step(`log of ${service.name}`, after, position);
    }
    proof.finish(head);
    requireSound(proof, service);
  }

  /**
   * How far a service has followed others. What means nothing to it is passed over, since how soon it passes over it by
   * itself is chance. How far JetStream was told is left out: another one is told all.
   */
  async #checkpoints({ name, schema, follows }: ArchivedService, heads: readonly Head[]): Promise<Checkpoint[]> {
    const { rows } = await this.#client.query<{ source: string; logId: string; position: string }>(
      `SELECT source, log_id::text AS "logId", position FROM ${identifier(schema)}.checkpoints WHERE consumer = $1`,
      [name],
    );
    const checkpoints: Checkpoint[] = [];
    for (const head of heads) {
      const types = follows[head.service.name];
      if (types === undefined) continue;
      const source = head.service.name;
      const row = rows.find((candidate) => candidate.source === source);
      if (row !== undefined && row.logId !== head.logId)
        throw new ArchiveError(`${name} follows another log of ${source} than the one here: restore that one first.`);
      const position = await this.#passedOver(head, Number(row?.position ?? 0), types);
      checkpoints.push({ source, logId: head.logId, position });
    }
    return checkpoints;
  }

  /** The last position behind `from` up to which nothing is of these types. */
  async #passedOver({ service, position }: Head, from: number, types: readonly string[]): Promise<number> {
    const { rows } = await this.#client.query<{ position: string | null }>(
      `SELECT min(position) AS position FROM ${identifier(service.schema)}.events WHERE position > $1 AND type = ANY($2)`,
      [from, types],
    );
    const next = rows[0]?.position ?? null;
    return next === null ? position : Number(next) - 1;
  }

  async #write(...records: ArchiveRecord[]): Promise<void> {
    this.#options.signal?.throwIfAborted();
    this.#records += records.length;
    await this.#options.write(records.map((record) => this.#encoder.encode(record)).join(''));
  }

  #step(task: string, done: number, total: number): void {
    this.#options.onStep?.({ task, done, total });
  }

  #keyTable(): string {
    return `${identifier(this.#service(KEY_TABLE.service).schema)}.${identifier(KEY_TABLE.table)}`;
  }

  #service(name: string): ArchivedService {
    const service = this.#options.services.find((candidate) => candidate.name === name);
    if (service === undefined) throw new RangeError(`there is no service ${name} to export`);
    return service;
  }
}

const NO_CHAIN = 'There is nothing to export: no chain was ever started in this database.';

function eventRecord({ position, hash, metadata, data, ...event }: StoredEvent): ArchiveRecord {
  const { eventId, stream, version, type, schemaVersion, recordedAt } = event;
  const place = { position, eventId, stream, version, type, schemaVersion, recordedAt };
  return { kind: 'event', ...place, metadata, data, hash: hash.toString('hex') };
}

function sealedKey(
  { address, encrypted_key: encryptedKey }: { address: string; encrypted_key: Buffer },
  vault: KeyVault,
  seal: KeySeal,
): ArchiveRecord {
  return { kind: 'key', address, sealed: seal.seal(opened(vault, encryptedKey, address), address).toString('hex') };
}

function opened(vault: KeyVault, encryptedKey: Buffer, address: string): Uint8Array {
  try {
    return vault.decrypt(encryptedKey, address);
  } catch {
    throw new ArchiveError(
      `The wallet's secret does not open the private key of ${address}: let POCKET_WALLET_SECRET_FILE name the file it was encrypted with.`,
    );
  }
}

function requireSound({ faults: [fault] }: LogProof, { name }: ArchivedService): void {
  if (fault !== undefined)
    throw new ArchiveError(`The log of ${name} does not prove itself, so no export is made of it: ${fault.what}.`);
}

function pageLimit(events: readonly StoredEvent[]): number {
  const bytes = events.reduce((total, { data, metadata }) => total + data.length + metadata.length, 0);
  return Math.max(1, Math.min(MAX_PAGE_EVENTS, Math.floor((PAGE_BYTES * events.length) / Math.max(bytes, 1))));
}
