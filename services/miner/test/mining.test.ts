/**
 * An order against a chainstate that refuses blocks: what is made again, what is left out, and when the miner gives up.
 * The chainstate and the pool are stand-ins here, because the real ones agree on what a block may hold.
 */
import { describe, expect, it } from 'vitest';
import {
  decodeBlock,
  encodeTransaction,
  txidOf,
  type NamedCoin,
  type NetworkParameters,
  type Transaction,
  networks,
} from '@pocket/chain';
import { problem, type BlockSubmission, type MinerEvent, type Problem } from '@pocket/contracts';
import { bytesToHex, hexToBytes } from '@pocket/crypto';
import type { Metadata } from '@pocket/eventstore';
import { contextOfOwn, type Answer, type RequestContext, type ServiceClient } from '@pocket/service-kit';
import { coinOf, ownerOf, spend } from '@pocket/testkit/builders';
import type { MinerCommand } from '../src/domain/decide.ts';
import { createMining, type MiningParts } from '../src/mining.ts';

const [alice, bob] = [ownerOf(1), ownerOf(2)];
const TIP = 'ab'.repeat(32);
const outputOf = (transaction: Transaction): NamedCoin => ({
  outpoint: { txid: txidOf(transaction), vout: 0 },
  coin: { value: 10n, scriptPubKey: bob.script, height: 2, coinbase: false },
});

const a = spend([coinOf(alice, 10n, 1)], alice, [bob, 10n]);
const aChild = spend([outputOf(a)], bob, [bob, 10n]);
const [b, c, d, e] = [2, 3, 4, 5].map((number) => spend([coinOf(alice, 10n, number)], alice, [bob, 10n])) as [
  Transaction,
  Transaction,
  Transaction,
  Transaction,
];
const names = new Map<string, string>(
  Object.entries({ a, aChild, b, c, d, e }).map(([name, transaction]) => [txidOf(transaction), name]),
);

interface World {
  pool: Transaction[];
  network?: NetworkParameters;
  /** What the chainstate says about the ordinary transactions of a submitted block; undefined: it is connected. */
  judge: (txids: string[], attempt: number) => Problem | undefined;
  /** What the pool says it follows, by the number of the question. */
  poolTip?: (question: number) => string;
  /** Unix seconds. */
  medianTimePast?: number;
}

/** What was recorded with which cause; each event's id is its type. */
type Recorded = { type: MinerEvent['type']; causationId: string | null };

/** Mines in such a world; `blocks` names the transactions of every block submitted, `asked` what the pool was asked. */
async function mine(world: World, maxTransactions: number) {
  const { pool, network = networks.pocket, judge, poolTip, medianTimePast = 0 } = world;
  const blocks: string[][] = [];
  const submissions: BlockSubmission[] = [];
  const asked: string[] = [];
  const recorded: Recorded[] = [];
  const submittedBecause: (string | null)[] = [];
  const record = ({ event: { type } }: MinerCommand, { causationId }: Metadata) => {
    recorded.push({ type, causationId });
    return Promise.resolve({ reply: undefined, position: undefined, eventIds: [type] });
  };
  const get = (path: string): unknown => {
    if (path === '/tip') return tipOf(network, medianTimePast);
    asked.push(path);
    const limit = Number(new URLSearchParams(path.split('?')[1]).get('limit'));
    return { tip: poolTip?.(asked.length) ?? TIP, transactions: pool.slice(0, limit).map(offered), leftOut: [] };
  };
  const post = (submission: BlockSubmission): Answer<unknown> => {
    submissions.push(submission);
    const txids = transactionsOf(submission);
    blocks.push(txids.map((txid) => names.get(txid) ?? 'unknown'));
    const refusal = judge(txids, blocks.length);
    if (refusal !== undefined) return { ok: false, problem: refusal };
    return { ok: true, value: { blockHash: TIP, height: 7, chainId: 'chain', onBestChain: true, waitsFor: null } };
  };
  const client = {
    get: (_: unknown, path: string) => Promise.resolve({ ok: true, value: get(path) }),
    post: ({ metadata }: RequestContext, __: string, body: BlockSubmission) => {
      submittedBecause.push(metadata.causationId);
      return Promise.resolve(post(body));
    },
  } as unknown as ServiceClient;
  const parts = {
    pool: client,
    chainstate: client,
    jobs: { search: () => Promise.resolve({ roll: 0, nonce: 0 }), reach: () => Promise.resolve() },
    board: { begin: () => ({ progressed: () => undefined, end: () => undefined }) },
    changes: { listen: () => () => undefined },
    writer: { execute: record },
  } as unknown as MiningParts;
  const context = contextOfOwn();
  const answer = await createMining(parts)(context, { address: alice.address, maxTransactions });
  return { answer, blocks, asked, submissions, recorded, submittedBecause, request: context.metadata.causationId };
}

const tipOf = ({ name, initialBits: bits }: NetworkParameters, medianTimePast: number) => ({
  chainId: 'chain',
  network: name,
  blockHash: TIP,
  height: 6,
  next: { height: 7, previousBlockHash: TIP, bits, medianTimePast },
});

function offered(transaction: Transaction, index: number) {
  const hex = bytesToHex(encodeTransaction(transaction));
  return { txid: txidOf(transaction), hex, fee: '0', receivedAt: index + 1 };
}

function transactionsOf({ hex }: BlockSubmission): string[] {
  const decoded = decodeBlock(hexToBytes(hex));
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.block.transactions.slice(1).map(txidOf);
}

/** Refuses blocks that hold one of these, naming the first by its place in the block. */
const refusing = (bad: Transaction[], isNamed: boolean) => (txids: string[]) => {
  const index = txids.findIndex((txid) => bad.some((transaction) => txidOf(transaction) === txid));
  const details = { found: 'x', expected: 'y', ...(isNamed ? { transaction: index + 1 } : {}) };
  return index === -1 ? undefined : problem('block-refused', 'no', 'bad-txns-inputs-missingorspent', details);
};

describe('a chain whose time is as far ahead as the clock allows', () => {
  it('gets no block, and nothing is searched for one', async () => {
    const latest = Math.floor(Date.now() / 1000) + networks.pocket.maxFutureBlockTimeSeconds;
    const { answer, recorded } = await mine({ pool: [], judge: () => undefined, medianTimePast: latest + 60 }, 1);
    expect(answer).toMatchObject({ ok: false, problem: { status: 422, code: 'time-too-new' } });
    expect(recorded).toEqual([]);
  });
});

describe('the causes of what is recorded', () => {
  it('are the order, then the block that was found', async () => {
    const { recorded, submittedBecause, request } = await mine({ pool: [a], judge: refusing([a], true) }, 10);
    expect(recorded.slice(0, 3)).toEqual([
      { type: 'MiningRequested', causationId: request },
      { type: 'BlockFound', causationId: request },
      { type: 'BlockRefused', causationId: 'BlockFound' },
    ]);
    expect(submittedBecause).toEqual(['BlockFound', 'BlockFound']);
  });
});

describe('a transaction that the chainstate refuses', () => {
  it.each([
    {
      bad: [b],
      limit: 9,
      blocks: [
        ['a', 'aChild', 'b', 'c'],
        ['a', 'aChild', 'c'],
      ],
    },
    {
      bad: [a],
      limit: 9,
      blocks: [
        ['a', 'aChild', 'b', 'c'],
        ['b', 'c'],
      ],
    },
    {
      bad: [b],
      limit: 3,
      blocks: [
        ['a', 'aChild', 'b'],
        ['a', 'aChild', 'c'],
      ],
    },
    {
      bad: [b, c],
      limit: 9,
      blocks: [
        ['a', 'aChild', 'b', 'c'],
        ['a', 'aChild', 'c'],
        ['a', 'aChild'],
      ],
    },
  ])('is left out with what spends from it, and the place is filled ($blocks)', async ({ bad, limit, blocks }) => {
    const mined = await mine({ pool: [a, aChild, b, c], judge: refusing(bad, true) }, limit);
    expect(mined.blocks).toEqual(blocks);
    expect(mined.answer).toMatchObject({ ok: true, value: { height: 7 } });
  });

  it('leaves an empty block where it is not named', async () => {
    const { answer, blocks } = await mine({ pool: [a, b, c], judge: refusing([b], false) }, 9);
    expect(blocks).toEqual([['a', 'b', 'c'], []]);
    expect(answer.ok).toBe(true);
  });

  it('leaves an empty block at the third time', async () => {
    const { answer, blocks } = await mine({ pool: [a, b, c, d, e], judge: refusing([a, b, c, d], true) }, 9);
    expect(blocks).toEqual([['a', 'b', 'c', 'd', 'e'], ['b', 'c', 'd', 'e'], ['c', 'd', 'e'], []]);
    expect(answer.ok).toBe(true);
  });

  it('is not searched for in a block that holds none: the refusal is the answer', async () => {
    const refusal = problem('block-refused', 'no', 'bad-diffbits', { found: 1, expected: 2 });
    const { answer, blocks } = await mine({ pool: [a], judge: () => refusal }, 9);
    expect(blocks).toEqual([['a'], []]);
    expect(answer).toEqual({ ok: false, problem: refusal });
  });
});

describe('a block that came too late', () => {
  const late = problem('stale-template', 'the tip has moved', 'bad-prevblk');

  it('is made again', async () => {
    const { answer, blocks } = await mine({ pool: [a], judge: (_, attempt) => (attempt < 3 ? late : undefined) }, 9);
    expect(blocks).toEqual([['a'], ['a'], ['a']]);
    expect(answer.ok).toBe(true);
  });

  it('is made 20 times at most', async () => {
    const { answer, blocks } = await mine({ pool: [], judge: () => late }, 9);
    expect(blocks).toHaveLength(20);
    expect(answer).toEqual({ ok: false, problem: late });
  });
});

describe('an order', () => {
  it('asks the pool in the order of arrival, again while it follows another tip', async () => {
    const poolTip = (question: number) => (question < 3 ? 'cd'.repeat(32) : TIP);
    const { asked, blocks } = await mine({ pool: [a], judge: () => undefined, poolTip }, 4);
    expect(asked).toEqual(Array(3).fill('/candidates?limit=4&order=arrival'));
    expect(blocks).toEqual([['a']]);
  });

  it('is for this chain and this tip alone, with the times at which its transactions came', async () => {
    const { submissions } = await mine({ pool: [a, b], judge: () => undefined }, 9);
    expect(submissions).toMatchObject([{ chainId: 'chain', onlyOnTip: true, firstSeen: [null, 1, 2] }]);
  });

  it.each(Object.values(networks))('pays the subsidy of the network: $name', async (network) => {
    const { submissions } = await mine({ pool: [], network, judge: () => undefined }, 9);
    const decoded = decodeBlock(hexToBytes(submissions[0]?.hex ?? ''));
    expect(decoded.ok && decoded.block.transactions[0]?.outputs[0]?.value).toBe(network.initialSubsidy);
    expect(decoded.ok && decoded.block.header.bits).toBe(network.initialBits);
  });

  it('on a network that is not known here finds the miner unavailable', async () => {
    const network = { ...networks.pocket, name: 'elsewhere' };
    await expect(mine({ pool: [], network, judge: () => undefined }, 9)).rejects.toThrow(
      'this miner does not know the network elsewhere',
    );
  });
});
