/** Any container of the scaled stack may die under load: it comes back by itself, and nothing is wrong afterwards. */
import { OriginalClient, randomOf } from '@pocket/testkit';
import { startComposeStack, type ComposeStack } from '@pocket/testkit/compose';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { auditChain } from '../integration/chain-audit.ts';
import { startLoad } from '../integration/load.ts';
import { OURS, SCALE, SERVERS } from './composed.ts';

const SEED = 20;
/** Beside those of the training data, of which most have nothing to pay with. */
const WALLETS = 20;

let stack: ComposeStack;
let api: OriginalClient;

beforeAll(async () => {
  const { project: prefix, image } = inject('servers');
  const { 'miner-worker': workers, ...replicas } = SCALE;
  stack = await startComposeStack({ prefix, image, workers, replicas });
  api = new OriginalClient(stack.url);
  await api.resetSystem();
  for (let made = 0; made < WALLETS; made++) await api.mineBlock(await api.newWallet(), 1);
});
afterAll(() => stack.stop());

/** As long as a client waits; a container's health check waits less for readiness. */
const ANSWER_WITHIN_MS = 20_000;
const READY_WITHIN_MS = 5_000;

async function ask(
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; code: string; detail: string }> {
  const sent =
    body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(stack.url + path, { method, ...sent, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  return (await response.json()) as { status: number; code: string; detail: string };
}

async function whileAway(names: readonly string[], action: () => Promise<void>): Promise<void> {
  await Promise.all(names.map((name) => stack.process(name).stop()));
  try {
    await action();
    const readiness = await fetch(`${stack.url}/readyz`, { signal: AbortSignal.timeout(READY_WITHIN_MS) });
    expect(readiness.status).toBe(503);
  } finally {
    await stack.up();
  }
}

describe('what is away is named, and soon', () => {
  it.each([
    ['Postgres', ['postgres'], 'Postgres: '],
    ['every wallet', ['wallet', 'wallet-2'], 'the wallet service at http://wallet:8080 cannot be reached'],
  ])('where it is %s', async (_, names, words) => {
    await whileAway(names, async () => {
      const answer = await ask('GET', '/v1/wallets');
      expect(answer).toMatchObject({ status: 503, code: 'service-unavailable' });
      expect(answer.detail).toContain(words);
    });
  });

  it('where it is Redis', async () => {
    const [wallet] = await api.getWallets();
    await whileAway(['redis'], async () => {
      const answer = await ask('POST', '/v1/blocks/generate', { address: wallet?.address });
      expect(answer).toMatchObject({ status: 503, code: 'service-unavailable' });
      expect(answer.detail).toContain('Redis cannot be reached');
    });
  });
});

describe('the death of a container under load', () => {
  it.each([...OURS, ...SERVERS, 'entry'])('of %s is made good', async (service) => {
    const load = await startLoad(api, randomOf(SEED));
    try {
      await load.answers(10);
      await stack.process(service).kill('SIGKILL');
      await load.requests(3);
      // The engine starts it again; this only waits.
      await stack.up();
      await load.answers(20);
    } finally {
      await load.stop();
    }
    expect(load.unexpected).toEqual([]);
  });

  it('leaves a chain in which every block, coin and table is right', async () => {
    await auditChain(stack);
    const proof = await stack.compose(['run', '--rm', '-T', 'operator', 'verify']);
    expect(proof).toMatch(/All is right: \d+ events proved and folded/);
  });
});
