/**
 * Two processes of every service and several miner workers at once: they start together, one gateway serves the whole
 * contract, and what two replicas decide at the same moment is decided once.
 */
import { encodeBlock, encodeTransaction } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { eventually, followedLogs, OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditChain } from './chain-audit.ts';
import { blockOnTip, coinsOf, ownerAt, payment, post } from './outsider.ts';

const UNIT = 100_000_000n;
const WITHIN_MS = 30_000;

let stack: TestStack;
let api: OriginalClient;

beforeAll(async () => {
  const replicas = { wallet: 2, 'tx-pool': 2, miner: 2, chainstate: 2, gateway: 2 };
  stack = await startTestStack({ workers: 3, replicas });
  api = new OriginalClient(stack.url);
  return () => stack.stop();
});

async function addresses(): Promise<string[]> {
  return (await api.getWallets()).map(({ address }) => address);
}

/** A round of the contract, from the reset to the mined payments. */
async function roundOfTheContract(): Promise<void> {
  expect(await api.resetSystem()).toEqual({ data: 'System is reset', error: null });
  expect((await api.getWallets()).map(({ balance }) => balance)).toEqual([75, 22, 1, 0, 0, 0, 1, 1]);
  const [first = '', second = '', third = '', poor = ''] = await addresses();
  expect((await api.send(poor, first, 1)).error).toBe('Units: Not enough units...');
  expect((await api.send(first, second, 5)).error).toBeNull();
  expect((await api.send(first, second, 5)).error).toMatch(/^Pool: Your wallet is locked/);
  expect((await api.getPool()).map(({ error }) => error)).toEqual([false, false, true, false, true]);
  expect((await api.mineBlock(third, 3)).error).toBeNull();
  expect((await api.getWallets()).map(({ balance }) => balance)).toEqual([72, 27, 11, 0, 0, 0, 0, 0]);
  expect(await auditChain(stack)).toHaveLength(11);
}

describe('two replicas of every service', () => {
  it('serve the contract through one gateway', async () => {
    await roundOfTheContract();
  });

  it('tell the same', async () => {
    await eventually(() => followedLogs(stack), { withinMs: WITHIN_MS });
    const reads = [
      ['wallet', '/wallets'],
      ['tx-pool', '/transactions'],
      ['chainstate', '/blocks'],
      ['miner', '/log/head'],
      ['gateway', '/api/get_wallets'],
      ['gateway', '/api/get_pool'],
    ] as const;
    for (const [name, path] of reads) {
      const [one, other] = await Promise.all([name, `${name}-2`].map((process) => fetch(stack.urlOf(process) + path)));
      expect([other?.status, await other?.text()], name).toEqual([200, await one?.text()]);
    }
  });

  it('see at once what the other one has done', async () => {
    const [first = '', second = ''] = await addresses();
    const owner = await ownerAt(stack, first);
    const { tip, block } = await blockOnTip(stack, owner, { transactions: [] });
    const submission = { chainId: tip.chainId, hex: bytesToHex(encodeBlock(block)), firstSeen: [] };
    expect((await post(`${stack.urlOf('chainstate-2')}/blocks`, submission)).status).toBe(201);
    expect(await api.mineBlock(first, 10)).toEqual({ data: 'Block is mined', error: null });

    const [coin] = await coinsOf(stack, first);
    if (coin === undefined) throw new Error('the first wallet has no coin');
    const hex = bytesToHex(encodeTransaction(payment([coin], owner, [[owner.script, coin.coin.value]])));
    expect((await post(`${stack.urlOf('tx-pool-2')}/transactions`, [{ hex }])).body).toMatchObject([{ ok: true }]);
    expect(await api.mineBlock(second, 10)).toEqual({ data: 'Block is mined', error: null });
    expect((await api.getPool()).filter(({ error }) => !error)).toEqual([]);
    await auditChain(stack);
  });

  it('accept one of 40 payments of one wallet', async () => {
    const [, second = '', third = ''] = await addresses();
    const body = [{ from: second, to: third, amount: UNIT.toString() }];
    const answers = await both(20, 'wallet', (url) => post(`${url}/payments`, body));
    const outcomes = answers.flatMap((answer) => answer.body as { ok: boolean; code?: string }[]);
    expect(outcomes).toHaveLength(40);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(outcomes.filter(({ code }) => code === 'wallet-locked')).toHaveLength(39);
    await api.mineBlock(third, 10);
  });

  it('accept one of two transactions that spend the same coin', async () => {
    const [first = ''] = await addresses();
    const owner = await ownerAt(stack, first);
    const [coin] = await coinsOf(stack, first);
    if (coin === undefined) throw new Error('the first wallet has no coin');
    const hexes = [0n, 1n].map((left) =>
      bytesToHex(encodeTransaction(payment([coin], owner, [[owner.script, coin.coin.value - left]]))),
    );
    const urls = [stack.urlOf('tx-pool'), stack.urlOf('tx-pool-2')];
    const answers = await Promise.all(urls.map((url, index) => post(`${url}/transactions`, [{ hex: hexes[index] }])));
    const outcomes = answers.flatMap((answer) => answer.body as { ok: boolean; code?: string }[]);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    // The one that pays comes too late with too little, the free one with nothing.
    const [code] = outcomes.flatMap((outcome) => outcome.code ?? []);
    expect(['insufficient fee', 'txn-mempool-conflict']).toContain(code);
    await api.mineBlock(first, 10);
  });

  it('connect one of two blocks on the same tip, and keep the other one as a branch', async () => {
    const [first = '', second = ''] = await addresses();
    const made = await Promise.all(
      [first, second].map(async (address) => blockOnTip(stack, await ownerAt(stack, address), { transactions: [] })),
    );
    const urls = [stack.urlOf('chainstate'), stack.urlOf('chainstate-2')];
    const answers = await Promise.all(
      made.map(({ tip, block }, index) => {
        const submission = { chainId: tip.chainId, hex: bytesToHex(encodeBlock(block)), firstSeen: [] };
        return post(`${urls[index] ?? ''}/blocks`, submission);
      }),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    const places = answers.map(({ body }) => (body as { onBestChain: boolean }).onBestChain);
    expect(places.sort()).toEqual([false, true]);
  });

  it('mine side by side on one line', async () => {
    await eventually(() => followedLogs(stack), { withinMs: WITHIN_MS });
    const [first = ''] = await addresses();
    const before = (await auditChain(stack)).length;
    const order = { address: first, maxTransactions: 5 };
    const answers = await both(5, 'miner', (url) => post(`${url}/blocks`, order));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    await eventually(() => followedLogs(stack), { withinMs: WITHIN_MS });
    expect(await auditChain(stack)).toHaveLength(before + 10);
  });

  it('go on when either one of them is killed, whoever led', async () => {
    const second = [...stack.processes.values()].filter(({ name }) => /-2$/.test(name));
    await Promise.all(second.map((process) => process.kill('SIGKILL')));
    await eventually(() => roundOfTheContract(), { withinMs: WITHIN_MS });
    await Promise.all(second.map((process) => process.start()));
    const inner = ['wallet', 'tx-pool', 'miner', 'chainstate'].map((name) => stack.process(name));
    await Promise.all(inner.map((process) => process.kill('SIGKILL')));
    await Promise.all(inner.map((process) => process.start()));
    await eventually(() => roundOfTheContract(), { withinMs: WITHIN_MS });
    await eventually(() => followedLogs(stack), { withinMs: WITHIN_MS });
  });
});

/** So many calls to each of the two replicas, all at once. */
function both<T>(count: number, name: string, call: (url: string) => Promise<T>): Promise<T[]> {
  const urls = [stack.urlOf(name), stack.urlOf(`${name}-2`)];
  return Promise.all(Array.from({ length: count }, () => urls.map(call)).flat());
}
