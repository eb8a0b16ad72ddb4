/**
 * The original's eight calls as they are answered when all goes well, over HTTP, against the real services: shapes to
 * the last key, the training data, the order of everything. What is refused is in original-errors.integration.test.ts.
 */
import {
  publicKeyOf,
  publicKeyXY,
  bytesFromLatin1,
  bytesToHex,
  encodeAddress,
  hash160,
  hexToBytes,
  latin1FromBytes,
} from '@pocket/crypto';
import { OriginalClient, randomOf, startTestStack, type OriginalPoolEntry, type TestStack } from '@pocket/testkit';
import { Block as Judge } from 'bitcoinjs-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditChain, ownerOf, readRawBlocks } from './chain-audit.ts';
import {
  expectKeys,
  expectSigned,
  expectTransaction,
  expectTransactionContent,
  HASH,
  ISO_TIME,
  pointOf,
  type BlockContent,
  type TransactionContent,
} from './original-shapes.ts';

const TRAINING_BALANCES = [75, 22, 1, 0, 0, 0, 1, 1];
/** Transactions in each block of the training data, rewards included. */
const TRAINING_BLOCKS = [1, 2, 2, 2, 2, 2, 2, 2, 3, 4];
const GENESIS_INPUT = '{"id":0,"output":-1,"sig":null,"publicKey":"Genesis block","publicKeyBytes":"Genesis block"}';

let stack: TestStack;
let api: OriginalClient;

beforeAll(async () => {
  stack = await startTestStack();
  api = new OriginalClient(stack.url);
  return () => stack.stop();
});

async function blockContents(): Promise<BlockContent[]> {
  return (await api.getBlocks()).map(({ serializedBlock }) => JSON.parse(serializedBlock) as BlockContent);
}

async function lastBlockTransactions(): Promise<TransactionContent[]> {
  const [last] = (await blockContents()).slice(-1);
  return (last?.transactions ?? []).map((text) => JSON.parse(text) as TransactionContent);
}

async function balances(): Promise<number[]> {
  return (await api.getWallets()).map(({ balance }) => balance);
}

async function addresses(): Promise<string[]> {
  return (await api.getWallets()).map(({ address }) => address);
}

/** The only data of the envelope, with its keys in their order. */
function successText(data: string): string {
  return JSON.stringify({ data, error: null });
}

describe('before the chain is initialised', () => {
  it.each([
    ['get_wallets', { data: [], error: null }],
    ['get_blocks', []],
    ['get_chainstate', {}],
    ['get_pool', []],
  ])('%s is empty', async (call, empty) => {
    const answer = await api.request('GET', `/api/${call}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.text).toBe(JSON.stringify(empty));
  });

  it('a wallet has nothing to send', async () => {
    const [from, to] = [await api.newWallet(), await api.newWallet()];
    expect(await balances()).toEqual([0, 0]);
    expect(await api.send(from, to, 1)).toEqual({ data: null, error: 'Units: Not enough units...' });
  });

  it('the first block mined is the genesis block, paid to its miner', async () => {
    const [, second = ''] = await addresses();
    expect(await api.mineBlock(second, 1)).toEqual({ data: 'Block is mined', error: null });
    const [genesis, ...others] = await blockContents();
    expect(others).toEqual([]);
    expect(genesis?.prevHash).toBe('');
    const [reward] = await lastBlockTransactions();
    expect(reward?.inputs).toEqual([GENESIS_INPUT]);
    expect(await balances()).toEqual([0, 10]);
    await auditChain(stack);
  });
});

describe('the training data', () => {
  it('is the same after every reset, with other wallets', async () => {
    const seen = new Set<string>();
    for (let reset = 1; reset <= 3; reset += 1) {
      const answer = await api.request('POST', '/api/reset_system');
      expect([answer.status, answer.text]).toEqual([200, successText('System is reset')]);
      await expectTrainingData();
      for (const address of await addresses()) seen.add(address);
      expect(seen.size).toBe(reset * 8);
    }
  });

  it('takes any body and any content type', async () => {
    for (const sending of ANY_BODIES) {
      const answer = await api.request('POST', '/api/reset_system', sending);
      expect([answer.status, answer.text]).toEqual([200, successText('System is reset')]);
    }
    await expectTrainingData();
  });

  it('is a chain by every rule', async () => {
    expect((await auditChain(stack)).map(({ transactions }) => transactions.length)).toEqual(TRAINING_BLOCKS);
  });

  it('was made by the payments of the original', async () => {
    const [first, second, ...others] = await addresses();
    const owners = new Map([first, second, ...others].map((address = '') => [ownerOf(address), address]));
    const contents = await blockContents();
    const rewarded = contents.map(({ transactions }) => paidTo(transactions.slice(-1)[0], owners));
    expect(rewarded).toEqual([...Array.from({ length: 8 }, () => [[first, 10]]), [[second, 10]], [[second, 10]]]);
    const paid = contents.flatMap(({ transactions }) =>
      transactions.slice(0, -1).map((text) => paidTo(text, owners)[0]),
    );
    expect(paid).toEqual([
      ...[second, ...others].map((address, index) => [address, [3, 2, 1, 1, 1, 1, 1][index]]),
      ...Array.from({ length: 5 }, () => [first, 1]),
    ]);
  });
});

const ANY_BODIES = [
  {},
  { headers: { 'content-type': 'application/json' }, body: '{"any": "thing"}' },
  { headers: { 'content-type': 'application/json' }, body: '{malformed' },
  { headers: { 'content-type': 'application/json' } },
  { headers: { 'content-type': 'text/plain' }, body: 'text' },
  { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=1' },
  { body: 'no content type' },
];

async function expectTrainingData(): Promise<void> {
  expect(await balances()).toEqual(TRAINING_BALANCES);
  const contents = await blockContents();
  expect(contents.map(({ transactions }) => transactions.length)).toEqual(TRAINING_BLOCKS);
  const [first, , , , , , seventh, eighth] = await addresses();
  const pool = (await api.getPool()).map(({ fromAddr, toAddr, amount, error }) => [fromAddr, toAddr, amount, error]);
  expect(pool).toEqual([
    [seventh, first, 1, false],
    [eighth, first, 1, false],
  ]);
}

/** Who gets how much, in the order of the outputs. */
function paidTo(transaction: string | undefined, owners: ReadonlyMap<string, string>): [string | undefined, number][] {
  const { outputs } = JSON.parse(transaction ?? '') as TransactionContent;
  return outputs.map((text) => {
    const { val, publicKeyHash } = JSON.parse(text) as { val: number; publicKeyHash: string };
    return [owners.get(bytesToHex(bytesFromLatin1(publicKeyHash))), val];
  });
}

describe('new_wallet', () => {
  it('answers an address, whatever the body, and the wallet stands last', async () => {
    for (const sending of ANY_BODIES) {
      const answer = await api.request('POST', '/api/new_wallet', sending);
      expect(answer.status).toBe(200);
      const body = answer.json() as { data: string; error: null };
      expect(answer.text).toBe(successText(body.data));
      expect(await addresses()).toHaveLength(9 + ANY_BODIES.indexOf(sending));
      expect((await api.getWallets()).slice(-1)[0]).toMatchObject({ address: body.data, balance: 0 });
    }
  });
});

describe('get_wallets', () => {
  it('has the original keys in their order', async () => {
    const answer = await api.request('GET', '/api/get_wallets');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    const body = answer.json() as { data: { wallet: object }[]; error: unknown };
    expectKeys(body, ['data', 'error']);
    expect(body.error).toBeNull();
    for (const entry of body.data) {
      expectKeys(entry, ['address', 'balance', 'wallet']);
      expectKeys(entry.wallet, ['privateKey', 'publicKey', 'publicKeyBytes']);
    }
  });

  it('shows each private key as a JSON number with all its digits, and its public key and address', async () => {
    const { text } = await api.request('GET', '/api/get_wallets');
    const keys = [...text.matchAll(/"privateKey":(\d{1,78}),/g)].map(([, digits = '']) => BigInt(digits));
    const wallets = await api.getWallets();
    expect(keys).toHaveLength(wallets.length);
    wallets.forEach(({ address, wallet }, index) => {
      const privateKey = hexToBytes((keys[index] ?? 0n).toString(16).padStart(64, '0'));
      const publicKey = publicKeyOf(privateKey);
      expect(wallet.publicKeyBytes).toHaveLength(64);
      expect(wallet.publicKeyBytes).toBe(latin1FromBytes(publicKeyXY(publicKey)));
      expect(address).toBe(encodeAddress(hash160(publicKey), 0x6f));
      expect(pointOf(wallet.publicKey)).toBe(bytesToHex(bytesFromLatin1(wallet.publicKeyBytes)));
    });
  });
});

describe('get_blocks', () => {
  it('has the original keys in their order, each level a string inside the other', async () => {
    const blocks = await api.getBlocks();
    for (const { hash, serializedBlock, txsRootNode, ...rest } of blocks) {
      expect(rest).toEqual({});
      const content = JSON.parse(serializedBlock) as BlockContent;
      expectKeys(content, ['timeStamp', 'transactions', 'txsRootNode', 'prevHash', 'hash', 'nonce']);
      expect(content).toMatchObject({ hash, txsRootNode, timeStamp: expect.stringMatching(ISO_TIME) as string });
      content.transactions.forEach(expectTransaction);
    }
    blocks.forEach((block) => {
      expectKeys(block, ['hash', 'serializedBlock', 'txsRootNode']);
    });
  });

  it('shows the headers of the real blocks', async () => {
    const judges = (await readRawBlocks(stack)).map(({ hex }) => Judge.fromHex(hex));
    const shown = judges.map((judge, height) => ({
      timeStamp: new Date(judge.timestamp * 1000).toISOString().replace('Z', '000'),
      txsRootNode: Buffer.from(judge.merkleRoot ?? [])
        .reverse()
        .toString('hex'),
      prevHash: judges[height - 1]?.getId() ?? '',
      hash: judge.getId(),
      nonce: judge.nonce,
    }));
    for (const [height, content] of (await blockContents()).entries())
      expect(content).toMatchObject(shown[height] ?? {});
    expect(await blockContents()).toHaveLength(shown.length);
  });

  it('shows the reward last, without inputs, except in the genesis block', async () => {
    const rewards = (await blockContents()).map(({ transactions }) => transactions.slice(-1)[0] ?? '{}');
    const inputs = rewards.map((text) => (JSON.parse(text) as TransactionContent).inputs);
    expect(inputs).toEqual([[GENESIS_INPUT], ...inputs.slice(1).map(() => [])]);
  });

  it('shows the signatures and keys of the real transactions', async () => {
    const raw = await readRawBlocks(stack);
    const contents = await blockContents();
    for (const [height, { transactions }] of contents.entries()) {
      const [, ...ordinary] = Judge.fromHex(raw[height]?.hex ?? '').transactions ?? [];
      expect(transactions.slice(0, -1).map((text) => (JSON.parse(text) as TransactionContent).id)).toEqual(
        ordinary.map((transaction) => transaction.getId()),
      );
      for (const [index, transaction] of ordinary.entries()) expectSigned(transactions[index] ?? '', transaction);
    }
  });
});

describe('get_chainstate', () => {
  it('has the unspent outputs by transaction in the original shape', async () => {
    const chainstate = await api.getChainstate();
    for (const [txid, entry] of Object.entries(chainstate)) {
      expect(txid).toMatch(HASH);
      expectKeys(entry, ['serializedUnspentOutputs']);
      const outputs = JSON.parse(entry.serializedUnspentOutputs) as { outputID: number; publicKeyHash: string }[];
      for (const output of outputs) expectKeys(output, ['outputID', 'val', 'publicKeyHash']);
      const ids = outputs.map(({ outputID }) => outputID);
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
      for (const { publicKeyHash } of outputs) expect(publicKeyHash).toHaveLength(20);
    }
  });
});

describe('get_pool', () => {
  it('has the original keys in their order, and what a block will show but for its time', async () => {
    const [entry] = await api.getPool();
    if (entry === undefined) throw new Error('the pool is empty');
    expectKeys(entry, ['txID', 'fromAddr', 'toAddr', 'amount', 'serializedTransaction', 'error', 'errorText']);
    const [first, , , , , , seventh] = await addresses();
    const { serializedTransaction } = entry;
    const shown = JSON.parse(serializedTransaction ?? '') as TransactionContent;
    expect(entry).toEqual({
      txID: shown.id,
      fromAddr: seventh,
      toAddr: first,
      amount: 1,
      serializedTransaction,
      error: false,
      errorText: null,
    });
    expectKeys(shown, ['id', 'inputs', 'outputs', 'created']);
    expectTransactionContent(shown);
    await api.mineBlock(first ?? '', 1);
    const [mined] = await lastBlockTransactions();
    expect(JSON.stringify({ ...mined, included_in_block: undefined })).toBe(serializedTransaction);
  });
});

describe('failed sends', () => {
  let a = '';
  let b = '';
  let poor = '';
  beforeAll(async () => {
    await api.resetSystem();
    [a = '', b = '', , poor = ''] = await addresses();
  });

  const failedRow = (fromAddr: string, toAddr: string, amount: number, errorText: string): OriginalPoolEntry => ({
    txID: 'None',
    fromAddr,
    toAddr,
    amount,
    serializedTransaction: null,
    error: true,
    errorText,
  });
  const locked = 'Pool: Your wallet is locked due to awaiting for previous transaction confirmation.';
  const notEnough = 'Units: Not enough units...';
  const failed = async () => (await api.getPool()).filter(({ error }) => error);

  it('are rows of the pool with what the caller was told, in the order in which they failed', async () => {
    const stranger = foreignAddress(1);
    const cases: [from: string, to: string, amount: number, error: string][] = [
      [poor, a, 1, notEnough],
      [poor, a, 2 ** 31, notEnough],
      [poor, a, Number.MAX_SAFE_INTEGER, notEnough],
      [stranger, a, 1, `Address: There is no such an address: ${stranger}`],
      [a, 'nobody', 1, 'Address: There is no such an address: nobody'],
      [a, 'nobody', 1_000, 'Address: There is no such an address: nobody'],
      ['no one', 'nobody', 1, 'Address: There is no such an address: no one'],
    ];
    for (const [from, to, amount, error] of cases)
      expect(await api.send(from, to, amount)).toEqual({ data: null, error });
    expect(await failed()).toEqual(cases.map((row) => failedRow(...row)));
    for (const row of await failed()) expectKeys(row, Object.keys(failedRow(a, b, 1, '')));
  });

  it('never lock', async () => {
    expect(await api.send(a, b, 76)).toEqual({ data: null, error: notEnough });
    expect(await api.send(a, b, 75)).toEqual({ data: 'Transaction is added to pool', error: null });
    expect(await api.send(a, b, 1_000)).toEqual({ data: null, error: locked });
    expect(await api.send(a, 'nobody', 1)).toEqual({ data: null, error: locked });
    expect(await failed()).toHaveLength(10);
  });

  it('stand among the others in the order of the calls', async () => {
    await api.resetSystem();
    const wallets = await addresses();
    const [rich = '', second = '', third = '', empty = ''] = wallets;
    const calls: [from: string, to: string][] = [
      [empty, rich],
      [rich, second],
      [empty, second],
      [second, third],
      [rich, third],
      [third, rich],
    ];
    for (const [from, to] of calls) await api.send(from, to, 1);
    const added = (await api.getPool()).slice(2).map(({ fromAddr, toAddr, error }) => [fromAddr, toAddr, error]);
    expect(added).toEqual(calls.map(([from, to], index) => [from, to, [true, false, true, false, true, false][index]]));
  });

  it('stay when blocks are mined, and are in none', async () => {
    const [, b = ''] = await addresses();
    const before = await failed();
    const { length } = await api.getBlocks();
    await api.mineBlock(b, 100);
    expect(await failed()).toEqual(before);
    expect(await api.getPool()).toEqual(before);
    expect((await api.getBlocks()).length).toBe(length + 1);
  });
});

describe('send and mine_block', () => {
  beforeAll(async () => {
    await api.resetSystem();
  });

  it('say so when they are done, in the envelope', async () => {
    const [a = '', b = '', c = ''] = await addresses();
    const sent = await api.postJson('/api/send', JSON.stringify({ from: a, to: b, amount: 5 }));
    expect([sent.status, sent.text]).toEqual([200, successText('Transaction is added to pool')]);
    const mined = await api.postJson('/api/mine_block', JSON.stringify({ address: c, txAmount: 1 }));
    expect([mined.status, mined.text]).toEqual([200, successText('Block is mined')]);
  });

  it('mine the oldest valid entries, in their order, and leave the others', async () => {
    const [, b = '', c = '', empty = ''] = await addresses();
    await api.send(empty, c, 1);
    await api.send(b, c, 1);
    await api.send(c, b, 1);
    const valid = (await api.getPool()).filter(({ error }) => !error).map(({ txID }) => txID);
    expect(valid).toHaveLength(4);
    await api.mineBlock(b, 3);
    const ids = (await lastBlockTransactions()).slice(0, -1).map(({ id }) => id);
    expect(ids).toEqual(valid.slice(0, 3));
    expect((await api.getPool()).map(({ txID }) => txID)).toEqual(['None', valid[3]]);
  });

  it('mine all there is for a number above it, and the reward alone from an empty pool', async () => {
    const [, b = ''] = await addresses();
    for (const transactions of [2, 1, 1]) {
      expect(await api.mineBlock(b, Number.MAX_SAFE_INTEGER)).toEqual({ data: 'Block is mined', error: null });
      expect(await lastBlockTransactions()).toHaveLength(transactions);
    }
  });

  it('count confirmed outputs only, and unlock the sender with the block', async () => {
    const [a = '', b = ''] = await addresses();
    const before = await balances();
    await api.send(a, b, 2);
    expect(await balances()).toEqual(before);
    expect((await api.send(a, b, 2)).error).toMatch(/^Pool: /);
    await api.mineBlock(b, 1);
    expect((await balances()).slice(0, 2)).toEqual([(before[0] ?? 0) - 2, (before[1] ?? 0) + 12]);
    expect((await api.send(a, b, 2)).error).toBeNull();
  });

  it("pay a well-formed address of somebody else's wallet", async () => {
    const [, b = ''] = await addresses();
    await api.mineBlock(b, 1);
    const stranger = foreignAddress(2);
    expect(await api.send(b, stranger, 3)).toEqual({ data: 'Transaction is added to pool', error: null });
    await api.mineBlock(b, 1);
    const owned = Object.values(await api.getChainstate()).map((entry) => entry.serializedUnspentOutputs);
    const hash = latin1FromBytes(hexToBytes(ownerOf(stranger)));
    expect(
      owned.filter((text) => text.includes(JSON.stringify({ val: 3, publicKeyHash: hash }).slice(1))),
    ).toHaveLength(1);
  });

  it('leave a chain by every rule', async () => {
    await auditChain(stack);
  });
});

/** An address whose key nobody has. */
function foreignAddress(seed: number): string {
  return encodeAddress(randomOf(seed).bytes(20), 0x6f);
}
