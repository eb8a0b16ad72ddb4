/**
 * Stopped, killed and started again: the answers are the same to the byte, nothing that was accepted is lost, and
 * everybody follows everybody again within a bound.
 */
import {
  eventually,
  followedLogs,
  OriginalClient,
  printedSeed,
  randomOf,
  startTestStack,
  type Random,
  type TestStack,
} from '@pocket/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditChain } from './chain-audit.ts';
import { startLoad, type Load } from './load.ts';

const RECOVERY_WITHIN_MS = 60_000;
const SERVICES = ['wallet', 'tx-pool', 'miner', 'chainstate', 'gateway', 'miner-worker'];

let stack: TestStack;
let api: OriginalClient;
let random: Random;

beforeAll(async () => {
  random = randomOf(printedSeed('restart'));
  stack = await startTestStack();
  api = new OriginalClient(stack.url);
  return () => stack.stop();
});

/** What all reads answer, to the byte. */
async function everything(): Promise<Record<string, string>> {
  const calls = ['get_wallets', 'get_blocks', 'get_chainstate', 'get_pool'];
  const answers = calls.map(async (call) => [call, (await api.request('GET', `/api/${call}`)).text] as const);
  return Object.fromEntries(await Promise.all(answers));
}

/** Blocks, waiting payments, failed ones and a new wallet. */
async function makeHistory(): Promise<void> {
  await api.resetSystem();
  const [first = '', second = '', third = '', poor = ''] = (await api.getWallets()).map(({ address }) => address);
  await api.send(first, second, 7);
  await api.mineBlock(third, 2);
  await api.send(poor, first, 1);
  await api.send(second, first, 5);
  await api.send(first, 'nobody', 5);
  await api.newWallet();
}

const startAll = () => Promise.all([...stack.processes.values()].map((process) => process.start()));

describe('all services', () => {
  it('stopped and started again answer the same to the byte, and go on', async () => {
    await makeHistory();
    const before = await everything();
    await Promise.all([...stack.processes.values()].map((process) => process.stop()));
    await expect(api.getBlocks()).rejects.toThrow();
    await startAll();
    expect(await everything()).toEqual(before);
    await goOn();
  });

  it('killed at once and started again answer the same to the byte, and go on', async () => {
    await makeHistory();
    const before = await everything();
    await Promise.all([...stack.processes.values()].map((process) => process.kill('SIGKILL')));
    await startAll();
    expect(await everything()).toEqual(before);
    await goOn();
  });
});

/** The waiting payments are mined, and new ones are taken. */
async function goOn(): Promise<void> {
  const [first = '', second = ''] = (await api.getWallets()).map(({ address }) => address);
  expect(await api.mineBlock(first, 100)).toEqual({ data: 'Block is mined', error: null });
  expect((await api.getPool()).filter(({ error }) => !error)).toEqual([]);
  expect(await api.send(second, first, 1)).toEqual({ data: 'Transaction is added to pool', error: null });
  await auditChain(stack);
  await eventually(() => followedLogs(stack), { withinMs: RECOVERY_WITHIN_MS });
}

describe('one service killed among requests', () => {
  it.each(SERVICES)(
    '%s: afterwards everything answers and nothing is lost',
    async (name) => {
      await api.resetSystem();
      const earlier = ordinaryCount(await auditChain(stack)) + 2; // Two payments wait in the training data's pool.
      const load = await startLoad(api, random);
      await load.answers(30);
      await stack.process(name).kill('SIGKILL');
      await load.requests(3);
      await stack.process(name).start();
      await load.answers(30);
      await load.stop();
      await expectRecovered();
      const mined = ordinaryCount(await auditChain(stack)) - earlier;
      expectAllMined(mined, load);
    },
    3 * RECOVERY_WITHIN_MS,
  );
});

const ordinaryCount = (blocks: Awaited<ReturnType<typeof auditChain>>): number =>
  blocks.reduce((count, { transactions }) => count + transactions.length - 1, 0);

/** Every process is ready, every log followed, and no payment waits for ever. */
async function expectRecovered(): Promise<void> {
  await eventually(expectReady, { withinMs: RECOVERY_WITHIN_MS });
  await eventually(mineAllPayments, { withinMs: RECOVERY_WITHIN_MS });
  await eventually(() => followedLogs(stack), { withinMs: RECOVERY_WITHIN_MS });
}

async function expectReady(): Promise<void> {
  for (const { url } of stack.processes.values()) {
    if (url === undefined) continue;
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ ready: true, missing: [] });
  }
}

/** A payment that was signed when the pool was away is handed over later; until it is mined its wallet is locked. */
async function mineAllPayments(): Promise<void> {
  const wallets = (await (await fetch(`${stack.urlOf('wallet')}/wallets`)).json()) as {
    address: string;
    locked: boolean;
  }[];
  const waiting = (await api.getPool()).some(({ error }) => !error);
  if (waiting) expect(await api.mineBlock(wallets[0]?.address ?? '', 100)).toMatchObject({ error: null });
  expect(waiting).toBe(false);
  expect(wallets.filter(({ locked }) => locked)).toEqual([]);
}

/** Each payment that was accepted is mined, once; those that nobody answered may have been made or not. */
function expectAllMined(mined: number, load: Load): void {
  expect(load.unexpected).toEqual([]);
  expect(mined).toBeGreaterThanOrEqual(load.accepted);
  expect(mined).toBeLessThanOrEqual(load.accepted + load.unanswered);
}
