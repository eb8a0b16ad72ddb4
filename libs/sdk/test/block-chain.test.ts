/*
 * URLs, bodies, parsing and errors of the SDK, against a small HTTP server that answers what a test tells it to.
 * That the calls do what they promise is shown by the integration tests against the real services.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BlockChain, PocketError } from '@pocket/sdk';

interface Reply {
  readonly status?: number;
  readonly type?: string;
  readonly body: string;
}
interface Asked {
  readonly call: string;
  readonly contentType: string | undefined;
  readonly body: string;
}

let server: Server;
let url: string;
let asked: Asked | undefined;
let reply: Reply;
const printed: string[] = [];
let bc: BlockChain;

beforeAll(async () => {
  server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      asked = { call: `${request.method} ${request.url}`, contentType: request.headers['content-type'], body };
      response.writeHead(reply.status ?? 200, { 'content-type': reply.type ?? 'application/json' }).end(reply.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

beforeEach(() => {
  asked = undefined;
  printed.length = 0;
  bc = new BlockChain({ url, print: (text) => printed.push(text) });
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

describe('requests', () => {
  const done = { data: 'done', error: null };
  const started = { chainId: 'c', height: 0, hash: 'ff' };
  const balance = { address: 'a', confirmedBalance: '0' };
  it.each<[string, object, (bc: BlockChain) => Promise<unknown>, string]>([
    ['POST /api/new_wallet', done, (bc) => bc.newWallet(), ''],
    ['POST /v1/chain', started, (bc) => bc.initSystem('mA'), '{"address":"mA","startOver":false}'],
    ['POST /v1/chain', started, (bc) => bc.initSystem('mA', { startOver: true }), '{"address":"mA","startOver":true}'],
    ['POST /api/send', done, (bc) => bc.send('mA', 'mB', 3), '{"from":"mA","to":"mB","amount":3}'],
    ['POST /api/mine_block', done, (bc) => bc.mineBlock('mA'), '{"address":"mA","txAmount":5}'],
    ['POST /api/mine_block', done, (bc) => bc.mineBlock('mA', 2), '{"address":"mA","txAmount":2}'],
    ['POST /api/reset_system', done, (bc) => bc.resetSystem(), ''],
    ['GET /v1/addresses/mA', balance, (bc) => bc.getBalance('mA'), ''],
    ['GET /v1/addresses/..%2Fa%3Fb%20%C3%A4', balance, (bc) => bc.getBalance('../a?b ä'), ''],
    ['GET /api/get_wallets', { data: [], error: null }, (bc) => bc.getWallets(), ''],
    ['GET /api/get_blocks', [], (bc) => bc.getBlocks(), ''],
    ['GET /api/get_chainstate', {}, (bc) => bc.getChainstate(), ''],
    ['GET /api/get_pool', [], (bc) => bc.getPool(), ''],
  ])('%s', async (call, answer, method, body) => {
    reply = { body: JSON.stringify(answer) };
    await method(bc);
    expect(asked).toEqual({ call, body, contentType: body ? 'application/json' : undefined });
  });

  it('keeps a path in the URL and minds no slash at its end', async () => {
    reply = { body: '[]' };
    await new BlockChain({ url: `${url}/pocket//` }).getPool();
    expect(asked?.call).toBe('GET /pocket/api/get_pool');
  });
});

describe('answers', () => {
  it('newWallet gives the address', async () => {
    reply = { body: '{"data": "mAddress", "error": null}' };
    expect(await bc.newWallet()).toBe('mAddress');
  });

  it('initSystem gives the genesis block', async () => {
    reply = { status: 201, body: '{"chainId": "c1", "height": 0, "hash": "00ff"}' };
    expect(await bc.initSystem('mA')).toEqual({ chainId: 'c1', height: 0, hash: '00ff' });
  });

  it.each([
    ['0', 0],
    ['7500000000', 75],
    ['900719925474099100000000', 9_007_199_254_740_991],
  ])('%s base units are %d sign units', async (confirmedBalance, units) => {
    reply = { body: JSON.stringify({ address: 'mA', confirmedBalance }) };
    expect(await bc.getBalance('mA')).toBe(units);
  });

  it.each(['1', '150000000', '900719925474099200000000'])(
    '%s base units are refused as whole units but exact as base units',
    async (confirmedBalance) => {
      reply = { body: JSON.stringify({ address: 'mA', confirmedBalance }) };
      await expect(bc.getBalance('mA')).rejects.toMatchObject({ kind: 'Inexact' });
      expect(await bc.getBalanceInBaseUnits('mA')).toBe(BigInt(confirmedBalance));
    },
  );

  it('getWallets keeps all 78 digits of a private key', async () => {
    const privateKey = 115792089237316195423570985008687907852837564279074904382605163141518161494336n;
    const tricky = 'a "privateKey": 12 in a text';
    const keys = `{"privateKey": ${privateKey}, "publicKey": ${JSON.stringify(tricky)}, "publicKeyBytes": "x"}`;
    const open = `{"address": "mA", "balance": 3, "wallet": ${keys}}`;
    const closed =
      '{"address": "mB", "balance": 0, "wallet": {"privateKey":null,"publicKey":"P","publicKeyBytes":"y"}}';
    reply = { body: `{"data": [${open}, ${closed}], "error": null}` };
    expect(await bc.getWallets()).toEqual([
      { address: 'mA', balance: 3, wallet: { privateKey, publicKey: tricky, publicKeyBytes: 'x' } },
      { address: 'mB', balance: 0, wallet: { privateKey: null, publicKey: 'P', publicKeyBytes: 'y' } },
    ]);
  });

  const input = { id: 'aa', output: 1, sig: '0\u00ff', publicKey: 'PEM', publicKeyBytes: '\u0001' };
  const genesisInput = { id: 0, output: -1, sig: null, publicKey: 'Genesis block', publicKeyBytes: 'Genesis block' };
  const output = { val: 3, publicKeyHash: '\u0000\u00e9' };
  const waiting = { id: 'bb', inputs: [input], outputs: [output], created: '2026-11-23T10:56:47.906040' };
  const mined = { ...waiting, inputs: [genesisInput], included_in_block: '2026-11-23T10:56:48.000000' };
  const block = { timeStamp: 't', transactions: [mined, waiting], txsRootNode: 'r', prevHash: '', hash: 'h', nonce: 7 };

  it('getPool unpacks transactions and keeps failed payments', async () => {
    const failed = { fromAddr: 'mA', toAddr: 'mB', amount: 1, error: true, errorText: 'Units: Not enough units...' };
    const row = { ...failed, txID: 'bb', error: false, errorText: null };
    const packed = { ...row, serializedTransaction: pack(waiting) };
    reply = { body: JSON.stringify([packed, { ...failed, txID: 'None', serializedTransaction: null }]) };
    expect(await bc.getPool()).toEqual([
      { ...row, transaction: waiting },
      { ...failed, txID: 'None', transaction: null },
    ]);
  });

  it('getChainstate unpacks outputs', async () => {
    const outputs = [{ outputID: 0, ...output }];
    reply = { body: JSON.stringify({ aa: { serializedUnspentOutputs: JSON.stringify(outputs) } }) };
    expect(await bc.getChainstate()).toEqual({ aa: outputs });
  });

  it('showBlocks prints and returns all of every block', async () => {
    const serializedBlock = JSON.stringify({ ...block, transactions: block.transactions.map(pack) });
    reply = { body: JSON.stringify([{ hash: 'h', serializedBlock, txsRootNode: 'r' }]) };
    expect(await bc.showBlocks()).toEqual([block]);
    expect(printed).toHaveLength(1);
    expect(printed[0]?.split('\n')).toEqual([
      'Block 0',
      '  hash           h',
      '  previous hash  (none)',
      '  Merkle root    r',
      '  time           t',
      '  nonce          7',
      '  Transaction bb',
      '    created      2026-11-23T10:56:47.906040',
      '    spends       output -1 of 0',
      '      key        Genesis block',
      '      signature  (none)',
      '    pays         3 to key hash 00e9',
      '  Transaction bb',
      '    created      2026-11-23T10:56:47.906040',
      '    spends       output 1 of aa',
      '      key        01',
      '      signature  30ff',
      '    pays         3 to key hash 00e9',
    ]);
  });

  function pack({ inputs, outputs, ...rest }: typeof waiting | typeof mined): string {
    const packed = {
      ...rest,
      inputs: inputs.map((x) => JSON.stringify(x)),
      outputs: outputs.map((x) => JSON.stringify(x)),
    };
    return JSON.stringify(packed);
  }
});

describe('errors', () => {
  const problem =
    '{"type": "about:blank", "title": "T", "status": 409, "code": "chain-already-started", "detail": "D"}';
  it.each<[string, Reply, Partial<PocketError>]>([
    [
      'the envelope',
      { body: '{"data": null, "error": "Pool: Your wallet is locked: wait."}' },
      { kind: 'Pool', text: 'Your wallet is locked: wait.', status: 200 },
    ],
    [
      'the envelope with a status',
      { status: 413, body: '{"data": null, "error": "Request: too large"}' },
      { kind: 'Request', text: 'too large', status: 413 },
    ],
    ['an envelope without a kind', { body: '{"data": null, "error": "broken"}' }, { kind: 'Answer', text: 'broken' }],
    [
      'a problem document',
      { status: 409, type: 'application/problem+json', body: problem },
      { kind: 'chain-already-started', text: 'D', status: 409 },
    ],
    ['a status with another JSON', { status: 500, body: '{"oops": 1}' }, { kind: 'Answer', status: 500 }],
    ['a status with a page', { status: 502, type: 'text/html', body: '<html>' }, { kind: 'Answer', status: 502 }],
    ['a page of another program', { type: 'text/html', body: '<html>' }, { kind: 'Answer', status: 200 }],
    ['JSON of another program', { body: '{"hello": "world"}' }, { kind: 'Answer', status: 200 }],
  ])('%s', async (_case, answer, expected) => {
    reply = answer;
    const error: unknown = await bc.send('mA', 'mB', 1).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(PocketError);
    expect(error).toMatchObject(expected);
  });

  it.each<(bc: BlockChain) => Promise<unknown>>([
    (bc) => bc.newWallet(),
    (bc) => bc.getWallets(),
    (bc) => bc.getBalance('mA'),
    (bc) => bc.initSystem('mA'),
    (bc) => bc.getBlocks(),
    (bc) => bc.getPool(),
    (bc) => bc.getChainstate(),
    (bc) => bc.mineBlock('mA'),
    (bc) => bc.resetSystem(),
  ])('an answer that is not of the contract: %s', async (method) => {
    reply = { body: '{"status": "ok"}' };
    await expect(method(bc)).rejects.toMatchObject({ kind: 'Answer' });
  });

  it('says kind, text and cause when there is no gateway', async () => {
    const error: unknown = await new BlockChain({ url: 'http://127.0.0.1:1' })
      .getPool()
      .catch((error: unknown) => error);
    expect(error).toMatchObject({ name: 'PocketError', kind: 'Unreachable', status: undefined });
    expect(String(error)).toBe('PocketError: Unreachable: no answer from http://127.0.0.1:1/api/get_pool');
    expect((error as Error).cause).toBeInstanceOf(Error);
  });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
