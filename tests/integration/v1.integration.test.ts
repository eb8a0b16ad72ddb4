/**
 * `/v1` as strangers use it: transactions and blocks from outside, a template for a miner who knows Bitcoin's tools only,
 * branches, the supply; and whatever bytes somebody sends.
 */
import { encodeTransaction, txidOf, type NamedCoin, type Transaction } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import type { Owner } from '@pocket/testkit/builders';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditChain, readRawBlocks } from './chain-audit.ts';
import { NodeClient } from './node-client.ts';
import { mineTemplate, type Template } from './outside-miner.ts';
import { coinsOf, ownerAt, payment } from './outsider.ts';

let stack: TestStack;
let api: OriginalClient;
let node: NodeClient;
let owner: Owner;
let coins: NamedCoin[];

beforeAll(async () => {
  stack = await startTestStack();
  api = new OriginalClient(stack.url);
  node = new NodeClient(stack.url);
  return () => stack.stop();
});
beforeEach(async () => {
  await api.resetSystem();
  const [first = ''] = (await api.getWallets()).map(({ address }) => address);
  await api.mineBlock(first, 100);
  owner = await ownerAt(stack, first);
  coins = await coinsOf(stack, first);
});

const hexOf = (transaction: Transaction): string => bytesToHex(encodeTransaction(transaction));

/** The owner's coin of this number paid to itself, but for the fee. */
function pay(number: number, fee = 0n): Transaction {
  const coin = coinAt(number);
  return payment([coin], owner, [[owner.script, coin.coin.value - fee]]);
}

function coinAt(number: number): NamedCoin {
  const coin = coins[number];
  if (coin === undefined) throw new Error(`the wallet has ${coins.length} coins`);
  return coin;
}

/** The first output of a transaction that waits. */
function outputOf(transaction: Transaction): NamedCoin {
  const [output] = transaction.outputs;
  if (output === undefined) throw new Error('the transaction has no output');
  return { outpoint: { txid: txidOf(transaction), vout: 0 }, coin: { ...output, height: 0, coinbase: false } };
}

const template = async (query = ''): Promise<Template> =>
  (await node.send<Template>('GET', `/v1/blocks/template?address=${owner.address}${query}`)).body;

describe('a transaction from outside', () => {
  it('is taken, waits, and is mined', async () => {
    const transaction = pay(0);
    expect(await node.submitTransaction(hexOf(transaction))).toEqual({
      status: 201,
      body: { txid: txidOf(transaction) },
    });
    expect((await api.getPool()).map(({ txID }) => txID)).toContain(txidOf(transaction));
    await api.mineBlock(owner.address, 100);
    expect((await api.getPool()).map(({ txID }) => txID)).not.toContain(txidOf(transaction));
    expect(await node.submitTransaction(hexOf(transaction))).toMatchObject({
      status: 422,
      body: { code: 'txn-already-known' },
    });
  });

  it('twice is once', async () => {
    const hex = hexOf(pay(0));
    const answers = await Promise.all([node.submitTransaction(hex), node.submitTransaction(hex)]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect((await api.getPool()).filter(({ txID }) => txID === txidOf(pay(0)))).toHaveLength(1);
  });

  it('tried dry says fee and size, and changes nothing', async () => {
    const transaction = pay(0, 300n);
    expect(await node.submitTransaction(hexOf(transaction), '?dryRun=true')).toEqual({
      status: 200,
      body: { txid: txidOf(transaction), fee: '300', sizeBytes: hexOf(transaction).length / 2, accepted: true },
    });
    expect((await api.getPool()).map(({ txID }) => txID)).not.toContain(txidOf(transaction));
  });

  it('that breaks a rule is refused with its word, the value and what would have passed', async () => {
    const inflated = payment([coinAt(0)], owner, [[owner.script, coinAt(0).coin.value + 1n]]);
    for (const query of ['', '?dryRun=true'])
      expect(await node.submitTransaction(hexOf(inflated), query)).toMatchObject({
        status: 422,
        body: { code: 'bad-txns-in-belowout', details: { found: `${coinAt(0).coin.value + 1n}` } },
      });
  });
});

describe('an array of transactions', () => {
  it('is answered one by one, in order, whatever is wrong with some', async () => {
    const parent = pay(0);
    const child = payment([outputOf(parent)], owner, [[owner.script, 5n]]);
    const orphan = payment([outputOf(pay(1, 7n))], owner, [[owner.script, 5n]]);
    const { status, body } = await node.submitTransactions([hexOf(parent), 'c0ffee', hexOf(orphan), hexOf(child)]);
    expect(status).toBe(207);
    expect(body.map((result) => [result.status, result.txid ?? result.code])).toEqual([
      [201, txidOf(parent)],
      [422, 'tx-decode-failed'],
      [422, 'bad-txns-inputs-missingorspent'],
      [201, txidOf(child)],
    ]);
  });

  it('tried dry judges each as if those before it were there, and changes nothing', async () => {
    const parent = pay(0);
    const child = payment([outputOf(parent)], owner, [[owner.script, 5n]]);
    const { status, body } = await node.submitTransactions([hexOf(parent), hexOf(child)], '?dryRun=true');
    expect([status, ...body.map((result) => result.status)]).toEqual([207, 200, 200]);
    expect((await api.getPool()).filter(({ error }) => !error)).toEqual([]);
  });
});

describe('replacement', () => {
  it('takes the one that pays more, and drops the other with all that spends from it', async () => {
    const cheap = pay(0);
    const child = payment([outputOf(cheap)], owner, [[owner.script, coinAt(0).coin.value - 50_000n]]);
    const dear = pay(0, 50_000n);
    expect((await node.submitTransactions([cheap, child].map(hexOf))).body.map(({ status }) => status)).toEqual([
      201, 201,
    ]);
    expect(await node.submitTransaction(hexOf(pay(0, 1n)))).toMatchObject({
      status: 422,
      body: { code: 'insufficient fee' },
    });
    expect(await node.submitTransaction(hexOf(dear))).toMatchObject({
      status: 422,
      body: { code: 'insufficient fee' },
    });
    const dearer = pay(0, 60_000n);
    expect(await node.submitTransaction(hexOf(dearer))).toMatchObject({ status: 201 });
    expect((await api.getPool()).filter(({ error }) => !error).map(({ txID }) => txID)).toEqual([txidOf(dearer)]);
  });
});

describe('an outside miner', () => {
  it("mines a template with Bitcoin's own tools, by fee rate with ancestors", async () => {
    const [free, parent] = [pay(0), pay(1)];
    const child = payment([outputOf(parent)], owner, [[owner.script, coinAt(1).coin.value - 5_000n]]);
    await node.submitTransactions([free, parent, child].map(hexOf));
    const given = await template();
    expect(given.transactions.map(({ txid }) => txid)).toEqual([parent, child, free].map(txidOf));
    expect(given.transactions.map(({ depends }) => depends)).toEqual([[], [1], []]);
    expect(given).toMatchObject({ coinbasevalue: 1_000_005_000, bits: '1f100000', leftOut: [] });
    const submitted = await node.submitBlock(mineTemplate(given));
    expect(submitted).toMatchObject({ status: 201, body: { height: given.height, onBestChain: true } });
    expect((await api.getPool()).filter(({ error }) => !error)).toEqual([]);
    await auditChain(stack);
  });

  it('is told why the template leaves a transaction out', async () => {
    const [parent, other] = [pay(0), pay(1, 1_000n)];
    const child = payment([outputOf(parent)], owner, [[owner.script, 5n]]);
    await node.submitTransactions([parent, other, child].map(hexOf));
    const { transactions, leftOut } = await template('&maxTransactions=1&order=arrival');
    expect(transactions.map(({ txid }) => txid)).toEqual([txidOf(parent)]);
    expect(leftOut.map(({ txid, code }) => [txid, code])).toEqual(
      expect.arrayContaining([
        [txidOf(other), 'max-transactions'],
        [txidOf(child), 'max-transactions'],
      ]),
    );
    for (const { message } of leftOut) expect(message).toMatch(/\d/);
  });
});

describe('the supply', () => {
  it('adds up, and the hash of the coins tells one set from another', async () => {
    const before = await node.info();
    expect(BigInt(before.totalAmount) + BigInt(before.unclaimed)).toBe(BigInt(before.subsidies));
    expect(before.subsidies).toBe(`${BigInt((before.height ?? 0) + 1) * 1_000_000_000n}`);
    await api.mineBlock(owner.address, 100);
    const after = await node.info();
    expect(after.coinsHash).not.toBe(before.coinsHash);
    expect(await node.operate('invalidate', after.blockHash ?? '')).toMatchObject({ status: 200 });
    expect(await node.info()).toEqual(before);
    expect(await node.operate('reconsider', after.blockHash ?? '')).toMatchObject({ body: { hash: after.blockHash } });
    expect(await node.info()).toEqual(after);
  });
});

describe('an operator', () => {
  it('is told when there is no such block, and cannot take the first one away', async () => {
    expect(await node.operate('invalidate', 'ab'.repeat(32))).toMatchObject({
      status: 404,
      body: { code: 'not-found' },
    });
    const [genesis] = await readRawBlocks(stack);
    expect(await node.operate('invalidate', genesis?.blockHash ?? '')).toMatchObject({
      status: 409,
      body: { code: 'genesis-block' },
    });
    expect(await node.operate('invalidate', 'no hash')).toMatchObject({ status: 400 });
  });

  it('is told how signatures are checked, and on which network', async () => {
    expect(await node.send('GET', '/v1/node')).toMatchObject({ status: 200, body: { network: 'pocket' } });
  });
});

describe('whatever is sent', () => {
  const valid = 'the last two digits are missing';
  it.each([
    ['no JSON', '{', 400],
    ['no object', '7', 400],
    ['no hex', '{"hex":"xyz1"}', 400],
    ['half a byte', '{"hex":"abc"}', 400],
    ['nothing', '{"hex":""}', 400],
    ['another field', `{"hex":"00","and":"${valid}"}`, 400],
    ['an empty array', '[]', 400],
    ['one byte', '{"hex":"00"}', 422],
    ['many bytes', JSON.stringify({ hex: 'ff'.repeat(40_000) }), 422],
    ['more than any block', JSON.stringify({ hex: 'ff'.repeat(2_100_000) }), 413],
  ])('%s is refused with a reason, and changes nothing', async (_what, body, status) => {
    const before = await node.info();
    for (const path of ['/v1/blocks', '/v1/transactions']) {
      const answer = await api.request('POST', path, { headers: { 'content-type': 'application/json' }, body });
      const wanted = status === 413 && path === '/v1/transactions' ? [400, 413] : [status];
      expect(wanted, `${path}: ${answer.text.slice(0, 200)}`).toContain(answer.status);
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(answer.json()).toMatchObject({ detail: expect.stringMatching(/\S/) as string });
    }
    expect(await node.info()).toEqual(before);
  });

  it('as a whole thousand is taken, as one more is not', async () => {
    const hexes = Array.from({ length: 1_001 }, () => '00');
    expect(await node.submitTransactions(hexes)).toMatchObject({ status: 400 });
    const { status, body } = await node.submitTransactions(hexes.slice(1));
    expect([status, body.length]).toEqual([207, 1_000]);
  });
});
