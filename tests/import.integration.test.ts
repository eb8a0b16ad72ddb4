/**
 * An import into a real Postgres, without any service: all of the export is there afterwards, or nothing of it, whatever
 * goes wrong and whenever it does. Where a system runs on it, see tests/integration/archive.
 */
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import pg from 'pg';
import { exportArchive, importArchive, type ImportOptions } from '@pocket/archive';
import { describeNetwork, networks } from '@pocket/chain';
import { applyMigrations } from '@pocket/eventstore';
import { createDatabase } from '@pocket/stack';
import '@pocket/testkit';
import {
  archiveLines,
  chunksOf,
  EVENTS,
  LOG_IDS,
  sampleRecords,
  type SampleEvent,
  type SampleOptions,
} from '../libs/archive/test/sample.ts';
import { archivedServices } from '../scripts/archive/services.ts';
import { createKeyVault } from '../services/wallet/src/key-vault.ts';

const ALICE = { address: 'alice', privateKey: new Uint8Array(32).fill(1) };
const BOB = { address: 'bob', privateKey: new Uint8Array(32).fill(2) };
const vault = createKeyVault(new Uint8Array(32).fill(7));
const secrets = { vault, passphrase: 'open sesame' };

let database: Awaited<ReturnType<typeof createDatabase>>;
let client: pg.Client;

beforeEach(async () => {
  database = await createDatabase({ databaseUrl: inject('servers').databaseUrl });
  client = new pg.Client({ connectionString: database.databaseUrl });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

const started = (chainId: string): SampleEvent => {
  const parameters = { ...describeNetwork(networks.pocket) };
  return { type: 'ChainStarted', schemaVersion: 2, data: { chainId, network: 'pocket', parameters } };
};
const SYSTEM: SampleOptions = { events: { chainstate: [started('first')] } };
const EVENTS_BY_SCHEMA = { wallet: 1, tx_pool: 2, miner: 3, chainstate: 1 };

async function archiveOf(options: SampleOptions = SYSTEM): Promise<Buffer> {
  return Buffer.from(archiveLines(await sampleRecords({ ...SYSTEM, ...options })).join(''));
}

const importing = (bytes: Uint8Array, changes: Partial<ImportOptions> = {}) =>
  importArchive({
    databaseUrl: database.databaseUrl,
    services: archivedServices,
    chunks: chunksOf(bytes),
    secrets: () => Promise.resolve(secrets),
    ...changes,
  });

async function exported(withSecrets = false): Promise<Buffer> {
  const texts: string[] = [];
  await exportArchive({
    databaseUrl: database.databaseUrl,
    services: archivedServices,
    secrets: withSecrets ? secrets : undefined,
    write: (text) => Promise.resolve(void texts.push(text)),
  });
  return Buffer.from(texts.join(''));
}

async function migrateAll(): Promise<void> {
  for (const { schema, migrations } of archivedServices)
    await applyMigrations({ databaseUrl: database.databaseUrl, schema, directory: migrations });
}

async function rowsOf<Row>(text: string): Promise<Row[]> {
  return (await client.query(text)).rows as Row[];
}

/** Every schema there is but Postgres' own, with how many events its log has. */
async function schemas(): Promise<Record<string, number>> {
  const names = await rowsOf<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|public)'`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of names) {
    const [row] = await rowsOf<{ count: number }>(`SELECT count(*)::int FROM "${name}".events`);
    counts[name] = row?.count ?? 0;
  }
  return counts;
}

describe('an import', () => {
  it('into a database without schemas makes logs, tables and keys, and exports the same bytes', async () => {
    const bytes = await archiveOf({ keys: [ALICE, BOB] });
    const imported = await importing(bytes);
    expect(imported).toEqual({ network: 'pocket', chainId: 'first', events: 7, keys: 2 });
    expect(await schemas()).toEqual(EVENTS_BY_SCHEMA);
    expect((await exported(true)).equals(bytes)).toBe(true);
    expect(await rowsOf('SELECT chain_id, network, height FROM chainstate.l')).toEqual([
      { chain_id: 'first', network: 'pocket', height: null },
    ]);
    expect(await rowsOf('SELECT network, next_height FROM wallet.chain')).toEqual([
      { network: 'pocket', next_height: 0 },
    ]);
  });

  it('keeps every column of every event, and the log goes on behind it', async () => {
    await importing(await archiveOf());
    const [head] = await rowsOf<object>(
      'SELECT log_id::text, position::int, hash = previous_hash AS same FROM miner.log_head',
    );
    expect(head).toEqual({ log_id: LOG_IDS.miner, position: 3, same: true });
    const [last] = await rowsOf<object>(
      `SELECT data::text, recorded_at, (SELECT e.hash = h.hash FROM miner.log_head h) AS "isHead"
         FROM miner.events e WHERE position = 3`,
    );
    const recordedAt = new Date('2026-11-23T12:00:00.123Z');
    expect(last).toEqual({ data: EVENTS.miner[2]?.data, recorded_at: recordedAt, isHead: true });
  });

  it('closes the keys with the secret of this system', async () => {
    await importing(await archiveOf({ keys: [ALICE, BOB] }));
    const rows = await rowsOf<{ address: string; encrypted_key: Buffer }>('SELECT * FROM wallet.keys ORDER BY address');
    const opened = rows.map(({ address, encrypted_key: key }) => vault.decrypt(key, address));
    expect(opened.map((key) => [...key])).toEqual([ALICE, BOB].map(({ privateKey }) => [...privateKey]));
  });

  it('folds no further than the service had followed', async () => {
    await importing(await archiveOf({ checkpoints: { 'tx-pool': [] } }));
    expect(await rowsOf('SELECT * FROM tx_pool.tip')).toEqual([]);
  });

  it('goes into schemas that services have made and left empty', async () => {
    await migrateAll();
    await importing(await archiveOf());
    expect((await exported()).equals(await archiveOf())).toBe(true);
  });

  it('removes what a killed one has left', async () => {
    await client.query('CREATE SCHEMA pocket_import_wallet; CREATE TABLE pocket_import_wallet.events (half int)');
    await importing(await archiveOf());
    expect(await schemas()).toEqual(EVENTS_BY_SCHEMA);
  });
});

describe('an import that fails leaves nothing:', () => {
  it.each([1, 2, 5, 9, 14])('cut off after %d records', async (count) => {
    const lines = archiveLines(await sampleRecords({ ...SYSTEM, keys: [ALICE] }));
    const cut = Buffer.from(lines.slice(0, count).join(''));
    await expect(importing(cut)).rejects.toThrow(`The export was cut off: it ends after ${count} records`);
    expect(await schemas()).toEqual({});
  });

  it('with another passphrase', async () => {
    const bytes = await archiveOf({ keys: [ALICE] });
    const wrong = { secrets: () => Promise.resolve({ vault, passphrase: 'open barley' }) };
    await expect(importing(bytes, wrong)).rejects.toThrow(/^The passphrase is not the one/);
    expect(await schemas()).toEqual({});
  });

  it('with events that cannot be folded', async () => {
    const block = { chainId: 'first', height: 0, blockHash: 'ab'.repeat(32), block: '00', undo: '00', firstSeen: [] };
    const events = { chainstate: [started('first'), { type: 'BlockConnected', data: block }] };
    await expect(importing(await archiveOf({ events }))).rejects.toThrow(
      /^The tables of wallet cannot be folded from this export: block .* cannot be read$/,
    );
    expect(await schemas()).toEqual({});
  });

  it('of a network that this version does not know', async () => {
    const unknown = {
      type: 'ChainStarted',
      schemaVersion: 2,
      data: { chainId: 'x', network: 'moon', parameters: { genesis: null } },
    };
    await expect(importing(await archiveOf({ events: { chainstate: [unknown] } }))).rejects.toThrow(
      / a chain of moon has started, a network that this code does not know$/,
    );
    expect(await schemas()).toEqual({});
  });

  it.each(['log of wallet', 'log of chainstate', 'tables of miner'])('interrupted at the %s', async (where) => {
    const stop = new AbortController();
    const interrupted = importing(await archiveOf(), {
      signal: stop.signal,
      onStep: ({ task }) => {
        if (task === where) stop.abort(new Error('interrupted'));
      },
    });
    await expect(interrupted).rejects.toThrow('interrupted');
    expect(await schemas()).toEqual({});
  });

  it('overtaken by a chain that was started meanwhile', async () => {
    const overtaken = importing(await archiveOf(), { chunks: overtake(await archiveOf()) });
    await expect(overtaken).rejects.toThrow(/^There is a chain already: the log of chainstate has 1 events/);
    expect(await schemas()).toEqual({ wallet: 0, tx_pool: 0, miner: 0, chainstate: 1 });
  });

  /** The chunks of an export, in the middle of which a chain begins. */
  async function* overtake(bytes: Buffer): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(0, bytes.length / 2);
    await migrateAll();
    await client.query(
      `INSERT INTO chainstate.events VALUES (1, gen_random_uuid(), 's', 1, 'T', 1, '{}', '{}', now(), '');
       UPDATE chainstate.log_head SET position = 1`,
    );
    yield bytes.subarray(bytes.length / 2);
  }
});

describe('an import is refused', () => {
  it('over a living chain, which stays as it is', async () => {
    await importing(await archiveOf());
    const before = await exported(true);
    await expect(importing(await archiveOf({ keys: [ALICE] }))).rejects.toThrow(
      'There is a chain already: the log of wallet has 1 events. An export goes into an empty system only: ',
    );
    expect((await exported(true)).equals(before)).toBe(true);
  });

  it('while services run', async () => {
    const service = new pg.Client({ connectionString: database.databaseUrl });
    await service.connect();
    await service.query(`SELECT pg_advisory_lock(hashtext('pocket-leader'), hashtext('some/wallet'))`);
    await expect(importing(await archiveOf())).rejects.toThrow(/^Services run on this database: stop them first/);
    await service.end();
    await importing(await archiveOf());
  });

  it('while another one is under way, which it leaves alone', async () => {
    const bytes = await archiveOf();
    async function* meanwhile(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, bytes.length / 2);
      await expect(importing(bytes)).rejects.toThrow(/^Another import into this database is under way/);
      yield bytes.subarray(bytes.length / 2);
    }
    expect(await importing(bytes, { chunks: meanwhile() })).toMatchObject({ events: 7 });
  });

  it('where a schema is somebody else’s', async () => {
    await client.query('CREATE SCHEMA wallet; CREATE TABLE wallet.customers (name text)');
    await expect(importing(await archiveOf())).rejects.toThrow(
      /^The schema wallet is not of this system: it has the table customers\./,
    );
    expect(await rowsOf('SELECT * FROM wallet.customers')).toEqual([]);
  });

  it('where Postgres does not answer', async () => {
    const databaseUrl = 'postgresql://nobody@127.0.0.1:1/nothing';
    await expect(importing(await archiveOf(), { databaseUrl })).rejects.toThrow(
      /^Postgres cannot be reached .*ECONNREFUSED/,
    );
  });
});

describe('an export', () => {
  it('of nothing is refused', async () => {
    await expect(exported()).rejects.toThrow(/^There is nothing to export/);
    await migrateAll();
    await expect(exported()).rejects.toThrow(/^There is nothing to export/);
  });

  it('passes over what means nothing to a service, however far that has come by itself', async () => {
    const invalidated = { chainId: 'first', blockHash: 'cd'.repeat(32), reason: { code: 'c', message: 'm' } };
    const events = { chainstate: [started('first'), { type: 'BlockInvalidated', data: invalidated }] };
    const at = (position: number) => [{ source: 'chainstate', logId: LOG_IDS.chainstate, position }];
    await importing(await archiveOf({ events, checkpoints: { wallet: at(1) } }));
    const early = await exported();
    await client.query(`UPDATE wallet.checkpoints SET position = 2 WHERE source = 'chainstate'`);
    expect((await exported()).equals(early)).toBe(true);
    await client.query(`UPDATE wallet.checkpoints SET position = 0 WHERE source = 'chainstate'`);
    expect((await exported()).equals(early)).toBe(false);
  });

  it('leaves out how far JetStream was told', async () => {
    await importing(await archiveOf());
    const before = await exported();
    await client.query(`INSERT INTO wallet.checkpoints VALUES ('relay', 'wallet', '${LOG_IDS.wallet}', 1)`);
    expect((await exported()).equals(before)).toBe(true);
  });

  it('of a log that does not prove itself is not made', async () => {
    await importing(await archiveOf());
    await client.query(`UPDATE miner.events SET data = '{"searchId":"none"}' WHERE position = 2`);
    await expect(exported()).rejects.toThrow(
      /^The log of miner does not prove itself, .*event 2 .*content was changed/,
    );
  });

  it('of a service that follows another log is not made', async () => {
    await importing(await archiveOf());
    await client.query(`UPDATE wallet.checkpoints SET log_id = gen_random_uuid() WHERE source = 'chainstate'`);
    await expect(exported()).rejects.toThrow(/^wallet follows another log of chainstate than the one here/);
  });

  it('of keys that this secret does not open is not made', async () => {
    await importing(await archiveOf({ keys: [ALICE] }));
    await client.query(`UPDATE wallet.keys SET address = 'mallory'`);
    await expect(exported(true)).rejects.toThrow(/^The wallet's secret does not open the private key of mallory/);
  });

  it('is of one moment, whatever is written meanwhile', async () => {
    await importing(await archiveOf());
    const before = await exported();
    const texts: string[] = [];
    await exportArchive({
      databaseUrl: database.databaseUrl,
      services: archivedServices,
      write: async (text) => {
        texts.push(text);
        await client.query("UPDATE chainstate.log_head SET position = 9, hash = decode(repeat('00', 32), 'hex')");
      },
    });
    expect(texts.join('')).toBe(before.toString());
  });

  it('of tables of another version says so', async () => {
    await importing(await archiveOf());
    await client.query('ALTER TABLE miner.events DROP COLUMN hash');
    await expect(exported()).rejects.toThrow(/^The tables of this database are of another version/);
  });

  it('that is interrupted ends its connection', async () => {
    await importing(await archiveOf());
    const stop = new AbortController();
    const interrupted = exportArchive({
      databaseUrl: database.databaseUrl,
      services: archivedServices,
      write: () => {
        stop.abort(new Error('interrupted'));
        return Promise.resolve();
      },
      signal: stop.signal,
    });
    await expect(interrupted).rejects.toThrow('interrupted');
    const [row] = await rowsOf<{ count: number }>(
      `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`,
    );
    expect(row?.count).toBe(0);
  });
});
