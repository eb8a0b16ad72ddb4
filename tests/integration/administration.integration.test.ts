/**
 * One rule for all that operators do, at real gateways: one that asks for a password, and one that others than this machine
 * could reach and that has none. What is refused changes nothing, and everything else is answered as ever.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildApp, type Gateway } from '../../services/gateway/src/app.ts';
import { readConfig } from '../../services/gateway/src/config.ts';

const PASSWORD = 'correct horse battery';
const SERVICES = ['wallet', 'tx-pool', 'miner', 'chainstate'];
const HASH = '0a'.repeat(32);

/** All that operators do. */
const ADMINISTRATION = [
  ['POST', '/api/reset_system'],
  ['POST', '/api/%72eset_system'],
  ['POST', '/v1/chain'],
  ['PUT', '/v1/miner/mode'],
  ['POST', '/v1/blocks/generate'],
  ['POST', `/v1/blocks/${HASH}/invalidate`],
  ['POST', `/v1/blocks/${HASH}/reconsider`],
  ['POST', '/v1/dead-letters/wallet/chainstate/replay'],
  ['GET', '/admin/queues'],
  ['GET', '/admin/queues/api/queues'],
] as const;

let stack: TestStack;
let api: OriginalClient;
let asking: string;
let closed: string;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pocket-operators-'));
  const file = join(folder, 'password');
  await writeFile(file, `${PASSWORD}\n`);
  stack = await startTestStack();
  api = new OriginalClient(stack.url);
  await api.resetSystem();
  const withPassword = await gateway({ POCKET_OPERATOR_PASSWORD_FILE: file });
  const withNone = await gateway({ POCKET_HOST: '0.0.0.0' });
  asking = await withPassword.fastify.listen({ host: '127.0.0.1', port: 0 });
  closed = await withNone.fastify.listen({ host: '127.0.0.1', port: 0 });
  return async () => {
    await Promise.all([withPassword.close(), withNone.close()]);
    await stack.stop();
    await rm(folder, { recursive: true });
  };
});

function gateway(settings: NodeJS.ProcessEnv): Promise<Gateway> {
  const urls = SERVICES.map((name) => [`POCKET_${name.toUpperCase().replace('-', '_')}_URL`, stack.urlOf(name)]);
  const environment = { NATS_URL: 'nats://127.0.0.1:9', POCKET_LOG_LEVEL: 'silent', ...settings };
  return buildApp(readConfig({ ...environment, ...(Object.fromEntries(urls) as NodeJS.ProcessEnv) }));
}

async function call(url: string, method: string, path: string, password?: string) {
  const headers = {
    ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
    ...(password === undefined ? {} : { authorization: `Basic ${btoa(`operator:${password}`)}` }),
  };
  const response = await fetch(url + path, { method, headers, body: method === 'GET' ? null : '{}' });
  return { status: response.status, text: await response.text(), challenge: response.headers.get('www-authenticate') };
}

describe('a gateway with a password', () => {
  it.each(ADMINISTRATION)('asks for it at %s %s', async (method, path) => {
    const before = await api.getBlocks();
    for (const password of [undefined, 'wrong']) {
      const { status, text, challenge } = await call(asking, method, path, password);
      expect([status, challenge]).toEqual([401, 'Basic realm="what operators do", charset="UTF-8"']);
      const said = `this is for operators, and ${password === undefined ? 'no password was given' : 'user or password is wrong'}`;
      expect(JSON.parse(text)).toMatchObject(
        path.startsWith('/api/') ? { data: null, error: `Request: ${said}` } : { code: 'operators-only', detail: said },
      );
    }
    expect(await api.getBlocks()).toEqual(before);
  });

  it('lets operators in, to what the call itself then says', async () => {
    const reached = await Promise.all(
      ADMINISTRATION.map(async ([method, path]) => (await call(asking, method, path, PASSWORD)).status),
    );
    expect(reached).toEqual([200, 200, 400, 400, 400, 404, 404, 404, 200, 200]);
  });

  it('asks nobody who reads, pays, or mines in a wallet’s name', async () => {
    for (const path of ['/api/get_blocks', '/v1/miner', '/v1/miner/mode', '/v1/dead-letters', '/readyz'])
      expect((await call(asking, 'GET', path)).status).toBe(200);
    const client = new OriginalClient(asking);
    const address = await client.newWallet();
    expect(await client.mineBlock(address, 1)).toMatchObject({ error: null });
  });
});

describe('a gateway that others could reach, without a password', () => {
  it.each(ADMINISTRATION)('does nothing at %s %s, and says what to set', async (method, path) => {
    const { status, text, challenge } = await call(closed, method, path, PASSWORD);
    expect([status, challenge]).toEqual([403, null]);
    expect(text).toContain('has no password for them: name one by POCKET_OPERATOR_PASSWORD_FILE');
  });

  it('serves everything else', async () => {
    expect((await call(closed, 'GET', '/v1/miner')).status).toBe(200);
  });
});
