/** A chain's network is chosen at its first start and kept: the service says so where a setting names another one. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createDatabase } from '@pocket/stack';
import '@pocket/testkit';
import { buildApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { openClient } from '../src/store.ts';

let database: Awaited<ReturnType<typeof createDatabase>>;
let environment: NodeJS.ProcessEnv;

beforeEach(async () => {
  const { databaseUrl, natsUrl } = inject('servers');
  database = await createDatabase({ databaseUrl });
  environment = {
    DATABASE_URL: database.databaseUrl,
    NATS_URL: natsUrl,
    POCKET_NAMESPACE: `test_${randomBytes(8).toString('hex')}`,
    POCKET_LOG_LEVEL: 'silent',
  };
});
afterEach(() => database.drop());

/** What the service says of itself when it is started so; it is stopped again. */
async function nodeOn(network?: string): Promise<unknown> {
  const set = network === undefined ? {} : { POCKET_NETWORK: network };
  const app = await buildApp(readConfig({ ...environment, ...set }));
  try {
    return (await app.fastify.inject({ method: 'GET', url: '/tip' })).json();
  } finally {
    await app.close();
  }
}

describe('the network', () => {
  it('is pocket where nothing else was said, and cannot be changed', async () => {
    expect(await nodeOn()).toMatchObject({ network: 'pocket', height: null });
    await expect(nodeOn('classroom')).rejects.toThrow(
      'POCKET_NETWORK: this chain was started on pocket and cannot become one of classroom. Set POCKET_NETWORK=pocket, or begin with empty data.',
    );
    expect(await nodeOn('pocket')).toMatchObject({ network: 'pocket', height: null });
  });

  it('once chosen is kept without being said again', async () => {
    const first = '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206';
    expect(await nodeOn('bitcoin-regtest')).toMatchObject({ network: 'bitcoin-regtest', height: 0, blockHash: first });
    expect(await nodeOn()).toMatchObject({ network: 'bitcoin-regtest', height: 0, blockHash: first });
  });

  it('of other parameters than this version has is refused', async () => {
    await nodeOn('pocket');
    const client = openClient(database.databaseUrl);
    await client.$executeRaw`UPDATE events SET data = jsonb_set(data::jsonb, '{parameters,coinbaseMaturity}', '7')`;
    await client.$disconnect();
    await expect(nodeOn('pocket')).rejects.toThrow(/was started with other parameters of the network pocket/);
  });

  it('of a name that is none is refused with the names there are', async () => {
    await expect(nodeOn('mainnet')).rejects.toThrow(
      /POCKET_NETWORK: "mainnet" must be one of pocket, bitcoin-regtest, classroom/,
    );
  });
});
