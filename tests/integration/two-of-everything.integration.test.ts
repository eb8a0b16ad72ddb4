/**
 * Two processes of everything, any one of which may die: each is killed in its turn, and every call of both contracts
 * goes on working, through the gateway that is left, from the first request on.
 */
import { encodeBlock, encodeTransaction, txidOf } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { eventually, followedLogs, OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditChain } from './chain-audit.ts';
import { NodeClient } from './node-client.ts';
import { blockOnTip, coinsOf, ownerAt, payment } from './outsider.ts';

const RECOVERY_WITHIN_MS = 60_000;
const NAMES = ['wallet', 'tx-pool', 'miner', 'chainstate', 'gateway', 'miner-worker'].flatMap((name) => [
  name,
  `${name}-2`,
]);

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack({ replicas: 2 });
  await new OriginalClient(stack.url).resetSystem();
  return () => stack.stop();
});

/** The gateway that is not the one that dies. */
const urlBeside = (dead: string): string => stack.urls[dead === 'gateway' ? 1 : 0] ?? '';

describe('two of everything', () => {
  it('are these processes', () => {
    expect([...stack.processes.keys()].sort()).toEqual([...NAMES].sort());
    expect(stack.urls).toEqual([stack.urlOf('gateway'), stack.urlOf('gateway-2')]);
  });

  it.each(NAMES)(
    'without %s every call goes on working',
    async (name) => {
      await stack.process(name).kill('SIGKILL');
      const url = urlBeside(name);
      await expectTheOriginalsCalls(new OriginalClient(url));
      await expectOurCalls(url);
      expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ ready: true, missing: [] });
      await stack.process(name).start();
      await eventually(() => followedLogs(stack), { withinMs: RECOVERY_WITHIN_MS });
      await auditChain(stack);
    },
    2 * RECOVERY_WITHIN_MS,
  );
});

async function expectTheOriginalsCalls(api: OriginalClient): Promise<void> {
  expect(await api.resetSystem()).toEqual({ data: 'System is reset', error: null });
  const [first = '', second = '', third = ''] = (await api.getWallets()).map(({ address }) => address);
  expect(await api.send(first, second, 5)).toEqual({ data: 'Transaction is added to pool', error: null });
  expect((await api.getPool()).filter(({ error }) => !error)).toHaveLength(3);
  expect(await api.mineBlock(third, 3)).toEqual({ data: 'Block is mined', error: null });
  expect((await api.getWallets()).map(({ balance }) => balance)).toEqual([72, 27, 11, 0, 0, 0, 0, 0]);
  expect(await api.getBlocks()).toHaveLength(11);
  expect(Object.keys(await api.getChainstate()).length).toBeGreaterThan(0);
  expect(await api.newWallet()).toMatch(/^[mn]/);
}

async function expectOurCalls(url: string): Promise<void> {
  const node = new NodeClient(url);
  const status = async (method: 'GET' | 'POST', path: string, body?: object) =>
    [path, (await node.send(method, path, body)).status] as const;
  const [first = ''] = (await new OriginalClient(url).getWallets()).map(({ address }) => address);
  const { hash, txid } = await expectBlockAndTransaction(node, first);
  const reads = [
    ...['chain/tips', 'chainstate/info', 'node', 'dead-letters', `addresses/${first}`],
    ...['chainstate', 'wallets', 'pool', 'blocks', 'chainstate?at=3', 'wallets?at=3', 'pool?at=3', 'blocks?at=3'],
    ...['events?limit=5', 'events/chainstate/1', `flights/${txid}`, `blocks/template?address=${first}`],
  ];
  for (const path of reads) expect(await status('GET', `/v1/${path}`)).toEqual([`/v1/${path}`, 200]);
  expect(await status('POST', `/v1/blocks/${hash}/invalidate`)).toContain(200);
  expect(await status('POST', `/v1/blocks/${hash}/reconsider`)).toContain(200);
  expect(await status('POST', '/v1/chain', { address: first, startOver: true })).toContain(201);
}

/** A transaction is tried, taken and put into a block from outside. */
async function expectBlockAndTransaction(node: NodeClient, address: string): Promise<{ hash: string; txid: string }> {
  // The test's own questions go to the replica that lives.
  const asked = { ...stack, urlOf: livingUrlOf };
  const owner = await ownerAt(asked, address);
  const [coin] = await coinsOf(asked, address);
  if (coin === undefined) throw new Error('the first wallet has no coin');
  const transaction = payment([coin], owner, [[owner.script, coin.coin.value]]);
  const hex = bytesToHex(encodeTransaction(transaction));
  expect(await node.submitTransaction(hex, '?dryRun=true')).toMatchObject({ status: 200, body: { accepted: true } });
  expect(await node.submitTransaction(hex)).toEqual({ status: 201, body: { txid: txidOf(transaction) } });
  const { block } = await blockOnTip(asked, owner, { transactions: [transaction] });
  const answer = await node.send<{ hash: string }>('POST', '/v1/blocks', { hex: bytesToHex(encodeBlock(block)) });
  expect(answer).toMatchObject({ status: 201, body: { onBestChain: true } });
  return { hash: answer.body.hash, txid: txidOf(transaction) };
}

function livingUrlOf(name: string): string {
  return stack.urlOf(stack.process(name).pid === undefined ? `${name}-2` : name);
}
