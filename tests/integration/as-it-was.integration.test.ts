/**
 * The past, asked from outside: while payments, blocks, reorganizations and a reset happen, every answer is kept with the
 * moment it was of; afterwards each moment is asked for again, in any order and by several at once, and answers to the
 * byte the same. Two processes of every service that keeps a past.
 */
import { eventually, followedLogs, OriginalClient, randomOf, startTestStack, type TestStack } from '@pocket/testkit';
import { ownerOf } from '@pocket/testkit/builders';
import { branch, type BranchPoint } from '@pocket/testkit/consensus';
import { Block as Judge } from 'bitcoinjs-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import { readRawBlocks } from './chain-audit.ts';
import { NodeClient, type Info, type Refusal } from './node-client.ts';

const WITHIN_MS = 30_000;
const LOGS = ['wallet', 'tx-pool', 'miner', 'chainstate'] as const;
const READS = ['/v1/chainstate?limit=1000', '/v1/blocks?limit=1000', '/v1/wallets?', '/v1/pool?'] as const;

interface Answer {
  status: number;
  text: string;
  /** Of the log positions, by log. */
  positions: Record<string, number>;
}

interface Moment {
  name: string;
  /** The last event of all logs. */
  event: string;
  answers: Answer[];
}

let stack: TestStack;
let api: OriginalClient;
let node: NodeClient;
let salt = 0;
const moments: Moment[] = [];

beforeAll(async () => {
  const settings = { POCKET_REORG_STEP_BYTES: '1', POCKET_STATE_HASH_EVERY: '20' } as const;
  stack = await startTestStack({ settings, replicas: { wallet: 2, 'tx-pool': 2, chainstate: 2 } });
  api = new OriginalClient(stack.url);
  node = new NodeClient(stack.url);
  return () => stack.stop();
});

async function ask(path: string, url = stack.url): Promise<Answer> {
  const response = await fetch(url + path);
  const header = response.headers.get('x-pocket-position') ?? '';
  const parts = header.split(',').filter((part) => part !== '');
  const positions = parts
    .map((part) => part.split('='))
    .map(([log = '', position]) => [log, Number(position)] as const);
  return { status: response.status, text: await response.text(), positions: Object.fromEntries(positions) };
}

async function json<T>(path: string): Promise<T> {
  const { status, text } = await ask(path);
  if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
  return JSON.parse(text) as T;
}

/** The last event of each log, as `log:position`, the latest of them first. */
async function lastEvents(): Promise<string[]> {
  const heads = await followedLogs(stack);
  const events = await Promise.all(
    LOGS.filter((log) => heads[log] > 0).map(async (log) => {
      const response = await fetch(`${stack.urlOf(log)}/log?after=${heads[log] - 1}&limit=1`);
      const [event] = (await response.json()) as { recordedAt: string }[];
      return { name: `${log}:${heads[log]}`, recordedAt: event?.recordedAt ?? '' };
    }),
  );
  return events.sort((left, right) => right.recordedAt.localeCompare(left.recordedAt)).map(({ name }) => name);
}

/** Keeps what is answered now, when everybody has followed everybody and nothing moves meanwhile. */
async function keep(name: string): Promise<void> {
  const moment = await eventually(
    async () => {
      const before = await lastEvents();
      const answers = await Promise.all(READS.map((read) => ask(read)));
      expect(await lastEvents()).toEqual(before);
      return { name, event: before[0] ?? '', answers };
    },
    { withinMs: WITHIN_MS },
  );
  expect(moment.answers.map(({ status }) => status)).toEqual(READS.map(() => 200));
  moments.push(moment);
}

const addresses = async () => (await api.getWallets()).map(({ address }) => address);

/** Blocks that fork off so many below the tip and are one more. */
async function overtake(depth: number): Promise<void> {
  const blocks = await readRawBlocks(stack);
  const { blockHash, height, hex } = blocks[blocks.length - 1 - depth] ?? { blockHash: '', height: 0, hex: '' };
  const time = Buffer.from(hex, 'hex').readUInt32LE(68);
  const from = { blockHash: blockHash as BranchPoint['blockHash'], height, time };
  for (const block of branch(from, depth + 1, { owner: ownerOf(99), salt: ++salt, transactions: () => [] })) {
    expect(await node.submitBlock(block.hex)).toMatchObject({ status: 201 });
    await keep(`a branch of depth ${depth} at height ${block.height}`);
  }
}

/** What happens on one chain. */
async function live(name: string): Promise<void> {
  expect(await api.resetSystem()).toEqual({ data: 'System is reset', error: null });
  await keep(`${name} begins`);
  const [first = '', second = '', third = '', poor = ''] = await addresses();
  await api.mineBlock(third, 100);
  await keep(`${name}: the training data's payments are mined`);
  expect((await api.send(first, second, 5)).error).toBeNull();
  expect((await api.send(poor, first, 1)).error).not.toBeNull();
  await keep(`${name}: a payment waits and one has failed`);
  await api.mineBlock(third, 100);
  await keep(`${name}: it is mined`);
  await api.newWallet();
  await overtake(1);
  await api.mineBlock(second, 100);
  await keep(`${name}: it is mined again`);
  expect((await api.send(second, third, 2)).error).toBeNull();
  for (let count = 0; count < 3; count++) await api.mineBlock(first, 1);
  await keep(`${name}: three more blocks`);
  const lost = (await readRawBlocks(stack)).at(-3)?.blockHash ?? '';
  await node.operate('invalidate', lost);
  await keep(`${name}: they are taken away`);
  await node.operate('reconsider', lost);
  await keep(`${name}: they are given back`);
  await overtake(3);
}

beforeAll(async () => {
  await live('the first chain');
  await live('the second chain');
}, 240_000);

async function expectSame({ name, event, answers }: Moment): Promise<void> {
  const again = await Promise.all(READS.map((read) => ask(`${read}&atEvent=${event}`)));
  expect(
    again.map(({ status, text }) => ({ status, text })),
    name,
  ).toEqual(answers.map(({ status, text }) => ({ status, text })));
  for (const [index, { positions }] of again.entries())
    expect(positions, name).toMatchObject(answers[index]?.positions ?? {});
}

/** All of them, so many at once. */
async function inTurns<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

describe('every moment that was kept', () => {
  it('is another one', () => {
    expect(moments).toHaveLength(28);
    expect(new Set(moments.map(({ event }) => event)).size).toBe(28);
    // A branch that is not yet the heaviest, and blocks that are given back, show nothing new.
    expect(new Set(moments.map(({ answers }) => answers.map(({ text }) => text).join())).size).toBe(20);
  });

  it('answers the same forwards', async () => {
    await inTurns(moments, 1, expectSame);
  });

  it('answers the same backwards', async () => {
    await inTurns(moments.toReversed(), 1, expectSame);
  });

  it('answers the same in any order, to six at once', async () => {
    const random = randomOf(7);
    await inTurns(
      Array.from({ length: 60 }, () => random.pick(moments)),
      6,
      expectSame,
    );
  });

  it('answers the same by the other replica', async () => {
    const reads = [
      ['chainstate', '/state?limit=1000'],
      ['chainstate', '/blocks?'],
      ['chainstate', '/coins?'],
      ['chainstate', '/tips?'],
      ['chainstate', '/info?'],
      ['wallet', '/wallets?'],
      ['tx-pool', '/transactions?'],
    ] as const;
    for (const { event } of [moments[20], moments[3], moments[11]].flatMap((moment) => moment ?? [])) {
      const { positions } = await ask(`/v1/pool?atEvent=${event}`);
      const asOf = encodeURIComponent(LOGS.map((log) => `${log}=${positions[log]}`).join(','));
      for (const [service, path] of reads) {
        const [one, other] = await Promise.all(
          [service, `${service}-2`].map((name) => ask(`${path}&asOf=${asOf}`, stack.urlOf(name))),
        );
        expect(one?.status, path).toBe(200);
        expect(other, path).toEqual(one);
      }
    }
  });

  it.each(['wallet', 'tx-pool', 'chainstate', 'gateway'])(
    'answers the same when %s was killed and is back',
    async (name) => {
      await stack.process(name).kill('SIGKILL');
      await stack.process(name).start();
      await inTurns([...moments.slice(-3), ...moments.slice(0, 3)], 2, expectSame);
    },
  );
});

describe('a height', () => {
  it('is the moment at which its block came on the present chain, and all of them add up', async () => {
    const blocks = await readRawBlocks(stack);
    for (const { height, blockHash } of blocks) {
      const info = await json<Info>(`/v1/chainstate?at=${height}`);
      expect(info).toMatchObject({ height, blockHash });
      expect(BigInt(info.totalAmount) + BigInt(info.unclaimed)).toBe(BigInt(info.subsidies));
      const { blocks: then } = await json<BlockList>(`/v1/blocks?at=${height}&limit=1000`);
      expect(then.map(({ hash }) => hash)).toEqual(blocks.slice(0, height + 1).map((block) => block.blockHash));
    }
  });

  it('shows pool and wallets when they had followed its block', async () => {
    const paid = moments.findIndex(({ name }) => name.startsWith('the second chain: a payment waits'));
    const [waiting, mined] = [moments[paid], moments[paid + 1]];
    const { blockHash } = JSON.parse(mined?.answers[0]?.text ?? '') as Info;
    const connected = await connectionOf(blockHash ?? '');
    expect(await lockedAndWaiting(`atEvent=${waiting?.event}`)).toEqual([1, 1]);
    expect(await lockedAndWaiting(`atEvent=chainstate:${connected}`)).toEqual([0, 0]);
  });
});

interface BlockList {
  blocks: { hash: string; height: number; previousHash: string; txids: string[]; sizeBytes: number; hex: string }[];
  next: number | null;
}

/** The position in the chainstate's log of the event that connected a block. */
async function connectionOf(hash: string): Promise<number | undefined> {
  const response = await fetch(`${stack.urlOf('chainstate')}/log?after=0&limit=1000`);
  const log = (await response.json()) as { position: number; type: string; data: { blockHash?: string } }[];
  return log.find(({ type, data }) => type === 'BlockConnected' && data.blockHash === hash)?.position;
}

/** How many wallets are locked, and how many transactions wait. */
async function lockedAndWaiting(moment: string): Promise<[number, number]> {
  const wallets = await json<{ locked: boolean }[]>(`/v1/wallets?${moment}`);
  const pool = await json<{ txid: string | null }[]>(`/v1/pool?${moment}`);
  return [wallets.filter(({ locked }) => locked).length, pool.filter(({ txid }) => txid !== null).length];
}

describe('what is shown', () => {
  it('is of one moment at every event of every log, and names it', async () => {
    const heads = await followedLogs(stack);
    const random = randomOf(11);
    for (let count = 0; count < 40; count++) {
      const log = random.pick(LOGS);
      const position = 1 + random.below(heads[log]);
      const answers = await Promise.all(READS.map((read) => ask(`${read}&atEvent=${log}:${position}`)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      const [first] = answers;
      expect(first?.positions).toMatchObject({ [log]: position });
      expect(answers.map(({ positions }) => positions)).toEqual(READS.map(() => first?.positions));
      const info = JSON.parse(first?.text ?? '') as Info;
      expect(BigInt(info.totalAmount) + BigInt(info.unclaimed)).toBe(BigInt(info.subsidies));
    }
  });

  it('is nothing before everything', async () => {
    for (const log of LOGS) {
      const [state, blocks, wallets, pool] = await Promise.all(READS.map((read) => json(`${read}&atEvent=${log}:0`)));
      expect(state).toMatchObject({
        chainId: null,
        network: null,
        height: null,
        totalAmount: '0',
        coins: [],
        next: null,
      });
      expect([blocks, wallets, pool]).toEqual([{ blocks: [], next: null }, [], []]);
    }
  });

  it('is the chain of then, where there was another one', async () => {
    const then = moments.findLast(({ name }) => name.startsWith('the first chain'));
    const now = await json<Info>('/v1/chainstate');
    const past = await json<Info>(`/v1/chainstate?atEvent=${then?.event}`);
    expect(past.chainId).not.toBe(now.chainId);
    const { blocks } = await json<BlockList>(`/v1/blocks?atEvent=${then?.event}`);
    expect(blocks.at(-1)).toMatchObject({ hash: past.blockHash, height: past.height });
  });

  it('has no private key, which the wallet service itself would show', async () => {
    const [{ event } = { event: '' }] = moments;
    const inner = await ask('/wallets', stack.urlOf('wallet'));
    expect(inner.text).toMatch(/"privateKey":"[0-9a-f]{64}"/);
    for (const moment of ['', `atEvent=${event}`])
      expect((await ask(`/v1/wallets?${moment}`)).text).not.toMatch(/private/i);
    const asOfNow = await ask('/wallets?asOf=now', stack.urlOf('wallet'));
    expect(asOfNow.text).not.toMatch(/"privateKey":"/);
  });

  it('are blocks as Bitcoin has them', async () => {
    const { blocks, next } = await json<BlockList>('/v1/blocks?limit=1000');
    const raw = await readRawBlocks(stack);
    expect(next).toBeNull();
    expect(blocks.map(({ hex }) => hex)).toEqual(raw.map(({ hex }) => hex));
    for (const [index, block] of blocks.entries()) {
      const judged = Judge.fromHex(block.hex);
      expect(block).toMatchObject({
        hash: judged.getId(),
        height: index,
        previousHash: blocks[index - 1]?.hash ?? '0'.repeat(64),
        time: judged.timestamp,
        bits: judged.bits.toString(16),
        nonce: judged.nonce,
        txids: judged.transactions?.map((transaction) => transaction.getId()),
        sizeBytes: block.hex.length / 2,
      });
    }
  });
});

describe('pages', () => {
  const moment = 'atEvent=chainstate:20';

  it.each(['', moment])('of blocks lead from one to the next (%s)', async (when) => {
    const whole = await json<BlockList>(`/v1/blocks?limit=1000&${when}`);
    const found: string[] = [];
    let pages = 0;
    for (let from: number | null = 0; from !== null; pages++) {
      const page: BlockList = await json<BlockList>(`/v1/blocks?from=${from}&limit=3&${when}`);
      expect(page.blocks.length).toBeLessThanOrEqual(3);
      found.push(...page.blocks.map(({ hash }) => hash));
      from = page.next;
    }
    expect(found).toEqual(whole.blocks.map(({ hash }) => hash));
    expect(pages).toBe(Math.ceil(found.length / 3));
    expect(await json(`/v1/blocks?from=${found.length}&${when}`)).toEqual({ blocks: [], next: null });
  });

  it.each(['', moment])('of coins lead from one to the next (%s)', async (when) => {
    const whole = await json<CoinList>(`/v1/chainstate?limit=1000&${when}`);
    const found: CoinList['coins'] = [];
    for (let after = ''; ;) {
      const page = await json<CoinList>(`/v1/chainstate?limit=4&${when}${after === '' ? '' : `&after=${after}`}`);
      found.push(...page.coins);
      if (page.next === null) break;
      expect(page.coins).toHaveLength(4);
      after = page.next;
    }
    expect(found).toEqual(whole.coins);
    expect(found).toHaveLength(whole.unspentOutputs);
    expect(found.reduce((sum, { value }) => sum + BigInt(value), 0n)).toBe(BigInt(whole.totalAmount));
  });
});

interface CoinList extends Info {
  coins: { txid: string; vout: number; value: string }[];
  next: string | null;
}

const REFUSALS: [path: string, status: number, code: string, says: RegExp][] = [
  ['/v1/blocks?at=100000', 404, 'unknown-moment', /^the tip is at height \d+, so that the block of height 100000/],
  ['/v1/pool?atEvent=wallet:999999', 404, 'unknown-moment', /^the log of wallet ends at position \d+, so that 999999/],
  ['/v1/wallets?at=1&atEvent=wallet:1', 400, 'invalid-request', /give one of them/],
  ['/v1/wallets?at=-1', 400, 'invalid-request', /at must be a whole number from 0, not -1/],
  ['/v1/wallets?at=1.5', 400, 'invalid-request', /at must be a whole number from 0, not/],
  ['/v1/wallets?at=', 400, 'invalid-request', /at must be a whole number from 0, not/],
  ['/v1/wallets?at=99999999999999999999', 400, 'invalid-request', /at must be a whole number from 0, not "9+"/],
  ['/v1/wallets?at=1&at=2', 400, 'invalid-request', /at is given 2 times; give it once/],
  ['/v1/wallets?atEvent=', 400, 'invalid-request', /like chainstate:42; "" is not/],
  ['/v1/wallets?atEvent=bank:1', 400, 'invalid-request', /wallet, tx-pool, miner, chainstate.*"bank:1" is not/],
  ['/v1/wallets?atEvent=gateway:1', 400, 'invalid-request', /"gateway:1" is not/],
  ['/v1/wallets?atEvent=wallet:-1', 400, 'invalid-request', /"wallet:-1" is not/],
  ['/v1/wallets?atEvent=wallet', 400, 'invalid-request', /"wallet" is not/],
  ['/v1/wallets?atEvent=wallet:1e3', 400, 'invalid-request', /"wallet:1e3" is not/],
  ['/v1/wallets?atEvent=wallet:1&atEvent=wallet:2', 400, 'invalid-request', /atEvent is given 2 times/],
  ['/v1/wallets?height=3', 400, 'invalid-request', /the query has "height"; it takes at, atEvent/],
  ['/v1/wallets?limit=3', 400, 'invalid-request', /the query has "limit"; it takes at, atEvent/],
  ['/v1/blocks?limit=-1', 400, 'invalid-request', /limit must be a whole number from 1 to 1000, not/],
  ['/v1/blocks?limit=0', 400, 'invalid-request', /limit must be a whole number from 1 to 1000, not/],
  ['/v1/blocks?limit=1001', 400, 'invalid-request', /limit must be a whole number from 1 to 1000, not/],
  ['/v1/blocks?limit=1e12', 400, 'invalid-request', /limit must be a whole number from 1 to 1000, not/],
  ['/v1/blocks?from=-3', 400, 'invalid-request', /from must be a whole number from 0 to 2147483647, not/],
  ['/v1/blocks?from=2147483648', 400, 'invalid-request', /from must be a whole number from 0 to 2147483647, not/],
  ['/v1/chainstate?limit=5000000000', 400, 'invalid-request', /limit must be a whole number from 1 to 1000, not/],
  ['/v1/chainstate?after=yesterday', 400, 'invalid-request', /after must be the next of the page before.*"yesterday"/],
];

describe('a request that cannot be answered', () => {
  it.each(REFUSALS)('%s: %i %s', async (path, status, code, says) => {
    const answer = await ask(path);
    expect(answer.status).toBe(status);
    const refusal = JSON.parse(answer.text) as Refusal;
    expect(refusal.code).toBe(code);
    expect(refusal.detail).toMatch(says);
  });

  it.each(['yesterday', 'chainstate=1', 'wallet=1', 'wallet=x,chainstate=1'])(
    'is refused by the wallet for asOf=%s',
    async (asOf) => {
      const answer = await ask(`/wallets?asOf=${encodeURIComponent(asOf)}`, stack.urlOf('wallet'));
      expect([answer.status, (JSON.parse(answer.text) as Refusal).code]).toEqual([400, 'invalid-request']);
    },
  );

  it('is refused by a service for a position that a log has not reached', async () => {
    const answer = await ask('/wallets?asOf=wallet%3D1,chainstate%3D999999', stack.urlOf('wallet'));
    expect([answer.status, (JSON.parse(answer.text) as Refusal).code]).toEqual([404, 'unknown-moment']);
  });

  it('takes no other method, and a block still comes by POST', async () => {
    const response = await fetch(`${stack.url}/v1/blocks`, { method: 'DELETE' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    expect(await node.submitBlock('00')).toMatchObject({ status: 422 });
  });
});
