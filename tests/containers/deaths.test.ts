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
