/** The three real servers: given and unreachable, brought up, kept over a restart, emptied on demand. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'nats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../src/database.ts';
import { startInfrastructure, withoutPassword } from '../src/infrastructure.ts';
import { query } from '../src/postgres.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pocket-servers-'));
});
afterAll(() => rm(dataDir, { recursive: true }));

describe('a URL that is given', () => {
  it.each([
    [
      'DATABASE_URL',
      'postgresql://me:secret@127.0.0.1:1/d',
      'Postgres at DATABASE_URL (postgresql://me:***@127.0.0.1:1/d)',
    ],
    ['NATS_URL', 'nats://127.0.0.1:1', 'NATS at NATS_URL (nats://127.0.0.1:1) cannot be used'],
    ['REDIS_URL', 'redis://127.0.0.1:1', 'Redis at REDIS_URL (redis://127.0.0.1:1) cannot be used'],
  ])('%s without a server behind it: one sentence with the remedy', async (name, url, sentence) => {
    const started = startInfrastructure({ dataDir, environment: { [name]: url } });
    await expect(started).rejects.toThrow(sentence);
    await expect(started).rejects.toThrow(`start it or correct ${name}`);
  });

  it('is refused when its NATS allows too small messages', async () => {
    const info = { server_id: 'x', version: '2.9.0', jetstream: true, max_payload: 1_048_576, headers: true, proto: 1 };
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write('PONG\r\n'));
      socket.write(`INFO ${JSON.stringify(info)}\r\n`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const started = startInfrastructure({
      dataDir,
      environment: { NATS_URL: `nats://127.0.0.1:${port}` },
      only: ['nats'],
    });
    await expect(started).rejects.toThrow('it allows messages of 1048576 bytes; set its max_payload to 4194304');
    server.close();
  });

  it('is shown without its password', () => {
    expect(withoutPassword('postgresql://me:secret@h:1/d')).toBe('postgresql://me:***@h:1/d');
  });
});

describe('servers of our own', () => {
  it('keep their data over a restart, refuse a second launcher, and begin anew on demand', async () => {
    const first = await startInfrastructure({ dataDir, environment: {} });
    expect(first.servers.map(({ name }) => name)).toEqual(['postgres', 'nats', 'redis']);
    await expect(startInfrastructure({ dataDir, environment: {} })).rejects.toThrow('It runs already as process');
    await query(first.databaseUrl, 'CREATE TABLE kept (id integer)');
    await first.stop();

    const second = await startInfrastructure({ dataDir, environment: {} });
    await query(second.databaseUrl, 'SELECT id FROM kept');
    const nats = await connect({ servers: second.natsUrl });
    expect(nats.info).toMatchObject({ jetstream: true, max_payload: 4_194_304 });
    await nats.close();
    await second.stop();

    const third = await startInfrastructure({ dataDir, environment: {}, fresh: true });
    await expect(query(third.databaseUrl, 'SELECT id FROM kept')).rejects.toThrow('does not exist');
    await third.stop({ removeData: true });
  });

  it('give every test a database of its own', async () => {
    const infrastructure = await startInfrastructure({ dataDir, environment: {}, only: ['postgres'] });
    const one = await createDatabase(infrastructure);
    const two = await createDatabase(infrastructure);
    await query(one.databaseUrl, 'CREATE TABLE mine (id integer)');
    await expect(query(two.databaseUrl, 'SELECT id FROM mine')).rejects.toThrow('does not exist');
    await one.drop();
    await expect(query(one.databaseUrl, 'SELECT 1')).rejects.toThrow('does not exist');
    await two.drop();
    await infrastructure.stop({ removeData: true });
  });
});
