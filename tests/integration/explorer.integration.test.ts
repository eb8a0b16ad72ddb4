/**
 * What an explorer asks of `/v1`, against the whole system: every answer is held to the blocks themselves, also after a
 * reorganization, of the past, and for blocks that were kept before their mentions were noted.
 */
import { decodeBlock, decodeTransaction, isCoinbase, txidOf } from '@pocket/chain';
import type {
  AddressHistory,
  BlockDetail,
  BlockList,
  BranchList,
  ChainTipView,
  PoolEntryView,
  TransactionDetail,
} from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import { OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { NodeClient } from './node-client.ts';

let stack: TestStack;
let api: OriginalClient;
let node: NodeClient;
const UNKNOWN = 'ab'.repeat(32);

beforeAll(async () => {
  stack = await startTestStack();
  api = new OriginalClient(stack.url);
  node = new NodeClient(stack.url);
  expect(await api.resetSystem()).toEqual({ data: 'System is reset', error: null });
  return () => stack.stop();
});

async function read<T>(path: string): Promise<T> {
  const { status, body } = await node.send<T>('GET', path);
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
  return body;
}

const allBlocks = async () => (await read<BlockList>('/v1/blocks?limit=1000')).blocks;
const blockOf = (hash: string, query = '') => read<BlockDetail>(`/v1/blocks/${hash}${query}`);
const transactionOf = (txid: string, query = '') => read<TransactionDetail>(`/v1/transactions/${txid}${query}`);
const historyOf = (address: string, query = '') =>
  read<AddressHistory>(`/v1/addresses/${address}/transactions${query}`);

function decoded(hex: string) {
  const block = decodeBlock(hexToBytes(hex));
  if (!block.ok) throw new Error(block.message);
  return block.block;
}

describe('a block', () => {
  it('tells where it stands, and what its inputs spend', async () => {
    const blocks = await allBlocks();
    for (const [height, entry] of blocks.entries()) {
      const block = await blockOf(entry.hash.toUpperCase());
      expect(block).toMatchObject({ ...entry, onBestChain: true, invalid: null });
      expect(block.confirmations).toBe(blocks.length - height);
      expect(block.nextHash).toBe(blocks[height + 1]?.hash ?? null);
      const inputs = decoded(block.hex)
        .transactions.slice(1)
        .map((transaction) => transaction.inputs.length);
      expect(block.spent?.map((coins) => coins.length)).toEqual(inputs);
    }
  });

  it('that has left the best chain says so, and whose word it was', async () => {
    const before = await allBlocks();
    const tip = before.at(-1);
    await node.operate('invalidate', tip?.hash ?? '');
    const gone = await blockOf(tip?.hash ?? '');
    expect(gone).toMatchObject({
      onBestChain: false,
      confirmations: null,
      nextHash: null,
      invalid: { code: 'invalidated' },
    });
    const { blocks } = await read<BranchList>(`/v1/chain/branches?from=${before.length - 2}`);
    expect(blocks.map(({ hash, onBestChain, checked }) => ({ hash, onBestChain, checked }))).toEqual([
      { hash: before.at(-2)?.hash, onBestChain: true, checked: true },
      { hash: tip?.hash, onBestChain: false, checked: true },
    ]);
    await node.operate('reconsider', tip?.hash ?? '');
    expect(await blockOf(tip?.hash ?? '')).toMatchObject({ onBestChain: true, confirmations: 1, invalid: null });
  });

  it('that nobody knows is 404, what is no hash 400', async () => {
    expect(await node.send('GET', `/v1/blocks/${UNKNOWN}`)).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect(await node.send('GET', '/v1/blocks/7')).toMatchObject({ status: 400 });
    expect(await node.send('DELETE', `/v1/blocks/${UNKNOWN}`)).toMatchObject({ status: 405 });
  });
});

describe('a transaction', () => {
  it('tells its place, its fee, what it spends, and who spends it', async () => {
    const blocks = await allBlocks();
    const spenders = new Map<string, string>();
    for (const { hex } of blocks)
      for (const transaction of decoded(hex).transactions)
        for (const { prevout } of transaction.inputs)
          spenders.set(`${prevout.txid}:${prevout.vout}`, txidOf(transaction));
    for (const [height, { hash, hex }] of blocks.entries())
      for (const [index, transaction] of decoded(hex).transactions.entries()) {
        const found = await transactionOf(txidOf(transaction));
        expect(found.block).toMatchObject({ blockHash: hash, height, index });
        expect(found.fee).toBe(isCoinbase(transaction) ? null : '0');
        expect(found.spent?.length ?? 0).toBe(isCoinbase(transaction) ? 0 : transaction.inputs.length);
        const expected = transaction.outputs.map((_, vout) => spenders.get(`${txidOf(transaction)}:${vout}`) ?? null);
        expect(found.spentBy.map((spender) => spender?.txid ?? null)).toEqual(expected);
      }
    expect(spenders.size).toBeGreaterThan(8);
  });

  it('that waits is told too, as the pool has it', async () => {
    const [entry] = (await read<PoolEntryView[]>('/v1/pool')).filter(({ txid }) => txid !== null);
    const waiting = await transactionOf(entry?.txid ?? '');
    expect(waiting).toMatchObject({ txid: entry?.txid, hex: entry?.hex, block: null, confirmations: null, fee: '0' });
    expect(entry?.fee).toBe('0');
    expect(decodeTransaction(hexToBytes(waiting.hex))).toMatchObject({ ok: true });
  });

  it('was not there before its block, and is 404 where there is none', async () => {
    const [, , third] = await allBlocks();
    const txid = third?.txids[0] ?? '';
    expect(await node.send('GET', `/v1/transactions/${txid}?at=1`)).toMatchObject({ status: 404 });
    expect(await transactionOf(txid, '?at=2')).toMatchObject({ confirmations: 1, block: { height: 2 } });
    expect(await node.send('GET', `/v1/transactions/${UNKNOWN}`)).toMatchObject({
      status: 404,
      body: { code: 'not-found', detail: expect.stringContaining(UNKNOWN) as string },
    });
  });
});

describe('the history of an address', () => {
  it('adds up to its balance, in pages as in one', async () => {
    for (const { address, balance } of await api.getWallets()) {
      const whole = await historyOf(address, '?limit=1000');
      const sum = whole.transactions.reduce((total, { received, sent }) => total + BigInt(received) - BigInt(sent), 0n);
      expect(whole).toMatchObject({ confirmedBalance: sum.toString(), next: null });
      expect(sum).toBe(BigInt(balance) * 100_000_000n);
      const pages: AddressHistory['transactions'] = [];
      for (let before: number | null = 1_000; before !== null;) {
        const page: AddressHistory = await historyOf(address, `?limit=1&before=${before}`);
        pages.push(...page.transactions);
        before = page.next;
      }
      expect(pages).toEqual(whole.transactions);
    }
  });

  it('is refused for what is no address, and empty for a stranger’s', async () => {
    expect(await node.send('GET', '/v1/addresses/nobody/transactions')).toMatchObject({ status: 400 });
    const stranger = 'mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn';
    expect(await historyOf(stranger)).toEqual({
      ...{ address: stranger, confirmedBalance: '0', unspentOutputs: 0, transactions: [], next: null },
    });
  });
});

describe('of the past', () => {
  it('tips and branches are as they were', async () => {
    const blocks = await allBlocks();
    expect(await read<ChainTipView[]>('/v1/chain/tips?at=3')).toMatchObject([{ hash: blocks[3]?.hash, height: 3 }]);
    const { blocks: then } = await read<BranchList>('/v1/chain/branches?at=3');
    expect(then.map(({ hash }) => hash)).toEqual(blocks.slice(0, 4).map(({ hash }) => hash));
  });
});

describe('blocks from before their mentions were noted', () => {
  it('are noted when the service starts', async () => {
    const [, second] = await allBlocks();
    const database = new pg.Client({ connectionString: stack.databaseUrl });
    await database.connect();
    await database.query('UPDATE chainstate.b SET mentions = NULL');
    await stack.process('chainstate').stop();
    await stack.process('chainstate').start();
    const { rows } = await database.query('SELECT 1 FROM chainstate.b WHERE mentions IS NULL');
    await database.end();
    expect(rows).toEqual([]);
    expect(await transactionOf(second?.txids[0] ?? '')).toMatchObject({ block: { height: 1 } });
  });
});
