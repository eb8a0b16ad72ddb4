/**
 * The stack with compose.production.yaml laid over it: TLS at the door, a password for what operators do, no keys shown,
 * every stream on three NATS servers, a Postgres that follows the first one and takes over.
 */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@pocket/testkit';
import { startComposeStack, type ComposeStack } from '@pocket/testkit/compose';
import getPort from 'get-port';
import pg from 'pg';
import { generate } from 'selfsigned';
import { Agent, fetch } from 'undici';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const WITHIN_MS = 30_000;

let folder: string;
let stack: ComposeStack;
let https: string;
let http: string;
let trusting: Agent;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pocket-tls-'));
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }]);
  await writeReadable('cert.pem', cert);
  await writeReadable('key.pem', key);
  trusting = new Agent({ connect: { ca: cert, servername: 'localhost' } });
  const [httpsPort, httpPort] = [await getPort(), await getPort()];
  [https, http] = [`https://127.0.0.1:${httpsPort}`, `http://127.0.0.1:${httpPort}`];
  const { project: prefix, image } = inject('servers');
  stack = await startComposeStack({
    prefix,
    image,
    overlays: ['compose.production.yaml'],
    variables: {
      TLS_CERTIFICATE: join(folder, 'cert.pem'),
      TLS_KEY: join(folder, 'key.pem'),
      POCKET_HTTPS_PORT: String(httpsPort),
      POCKET_HTTP_PORT: String(httpPort),
    },
  });
});
// In the order of their making: where the stack did not start, the rest goes all the same.
afterAll(async () => {
  await rm(folder, { recursive: true });
  await trusting.close();
  await stack.stop();
});

/** The door's user is nobody here. */
async function writeReadable(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text);
  await chmod(folder, 0o755);
  await chmod(join(folder, name), 0o644);
}

async function call(method: string, path: string, { body, password }: { body?: object; password?: string } = {}) {
  const headers = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(password === undefined ? {} : { authorization: `Basic ${btoa(`operator:${password}`)}` }),
  };
  const content = body === undefined ? null : JSON.stringify(body);
  const response = await fetch(https + path, { method, headers, body: content, dispatcher: trusting });
  const text = await response.text();
  return { status: response.status, text, data: () => (JSON.parse(text) as { data: unknown }).data };
}

async function operatorsPassword(): Promise<string> {
  return (await stack.compose(['exec', '-T', 'gateway', 'cat', '/operator-password/password'])).trim();
}

/** A new wallet with a block of its own; its address. */
async function mineOne(): Promise<string> {
  const address = String((await call('POST', '/api/new_wallet', { body: {} })).data());
  const mined = await call('POST', '/api/mine_block', { body: { address, txAmount: 1 } });
  expect(mined.text).toBe('{"data":"Block is mined","error":null}');
  return address;
}

describe('the door', () => {
  it('speaks TLS, and sends who does not to where it does', async () => {
    expect((await call('GET', '/healthz')).status).toBe(200);
    const plain = await fetch(`${http}/v1/node`, { redirect: 'manual' });
    expect([plain.status, plain.headers.get('location')]).toEqual([308, `${https}/v1/node`]);
  });

  it.each([
    ['POST', '/api/reset_system'],
    ['POST', '/api/%72eset_system'],
    ['GET', '/admin/queues'],
    ['POST', '/v1/chain'],
    ['POST', '/v1/blocks/generate'],
    ['POST', `/v1/blocks/${'0a'.repeat(32)}/invalidate`],
    ['POST', `/v1/blocks/${'0a'.repeat(32)}/reconsider`],
    ['PUT', '/v1/miner/mode'],
    ['POST', '/v1/dead-letters/wallet/chainstate/replay'],
  ])('asks for the operators password at %s %s', async (method, path) => {
    const content = method === 'GET' ? {} : { body: {} };
    expect((await call(method, path, content)).status).toBe(401);
    expect((await call(method, path, { ...content, password: 'wrong' })).status).toBe(401);
  });

  it('knows no other name for what operators do', async () => {
    const password = await operatorsPassword();
    expect((await call('POST', '//api/reset_system', { password })).status).toBe(404);
  });

  it('lets operators in, and shows nobody the metrics', async () => {
    const password = await operatorsPassword();
    expect((await call('POST', '/api/reset_system', { password })).text).toBe(
      '{"data":"System is reset","error":null}',
    );
    expect((await call('GET', '/admin/queues', { password })).status).toBe(200);
    expect((await call('GET', '/metrics', { password })).status).toBe(404);
  });

  it('shows no private key', async () => {
    const { text } = await call('GET', '/api/get_wallets');
    expect(text.match(/"privateKey":null/g)).toHaveLength(8);
  });
});

describe('the NATS cluster', () => {
  it('keeps every stream three times', async () => {
    const text = await stack.compose(['exec', '-T', 'nats-2', 'wget', '-qO-', 'http://127.0.0.1:8222/jsz?config=1']);
    const { meta_cluster: cluster } = JSON.parse(text) as { meta_cluster: { cluster_size: number } };
    expect(cluster.cluster_size).toBe(3);
    expect(await replicasOfStreams()).toEqual([3, 3, 3, 3]);
  });

  it('goes on without any one of them', async () => {
    await stack.process('nats').stop();
    await eventually(mineOne, { withinMs: WITHIN_MS });
    await stack.process('nats').start();
  });
});

interface Streams {
  account_details: { stream_detail: { config: { num_replicas: number } }[] }[];
}

async function replicasOfStreams(): Promise<number[]> {
  const path = 'http://127.0.0.1:8222/jsz?accounts=1&streams=1&config=1';
  const texts = ['nats', 'nats-2', 'nats-3'].map((name) => stack.compose(['exec', '-T', name, 'wget', '-qO-', path]));
  const all = (await Promise.all(texts)).map((text) => JSON.parse(text) as Streams);
  const streams = all.map(({ account_details: [account] }) => account?.stream_detail ?? []);
  return streams.sort((a, b) => b.length - a.length)[0]?.map(({ config }) => config.num_replicas) ?? [];
}

describe('the second Postgres', () => {
  it('has what the first one has, and takes over where it is lost', async () => {
    const address = await mineOne();
    const replica = stack.databaseUrl.replace(/@.*:/, `@${new URL(stack.urlOf('postgres-replica')).hostname}:`);
    // The pool goes on following the block for a while.
    const isAsLong = async () => expect(await rowsOf(replica)).toEqual(await rowsOf(stack.databaseUrl));
    await eventually(isAsLong, { withinMs: WITHIN_MS });
    await stack.process('postgres').stop();
    await stack.compose(['exec', '-T', 'postgres-replica', 'sh', '-c', 'pg_ctl promote -D "$PGDATA"']);
    const change = 'sed -i s/@postgres:/@postgres-replica:/ /secrets/database-url';
    await stack.compose(['run', '--rm', '--no-deps', '-T', '--entrypoint', 'sh', 'secrets', '-c', change]);
    await stack.compose(['restart', '--no-deps', 'wallet', 'tx-pool', 'miner', 'chainstate']);
    await eventually(async () => expect(await call('GET', '/readyz')).toMatchObject({ status: 200 }), {
      withinMs: WITHIN_MS,
    });
    const { text } = await call('GET', `/v1/addresses/${address}`);
    expect(JSON.parse(text)).toEqual({ address, confirmedBalance: '1000000000' });
    await mineOne();
  });
});

/** How long each log is. */
async function rowsOf(databaseUrl: string): Promise<object[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const counts = ['wallet', 'tx_pool', 'miner', 'chainstate'].map(
      (schema) => `(SELECT position FROM ${schema}.log_head) AS ${schema}`,
    );
    return (await client.query<Record<string, string>>(`SELECT ${counts.join(', ')}`)).rows;
  } finally {
    await client.end();
  }
}
