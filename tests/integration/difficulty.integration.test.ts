/**
 * Difficulty to play with: on a chain whose target follows its miners, blocks come to take what they are meant to, and
 * who watches sees every search on its way.
 */
import type { EventPage, MinerView, SearchView } from '@pocket/contracts';
import { eventually, startTestStack, OriginalClient, type TestStack } from '@pocket/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { NodeClient } from './node-client.ts';

const SETTLED_WITHIN_MS = 120_000;
/** Five changes of the target; each may make it harder by four at most. */
const PERIODS = 5;
const PERIOD_BLOCKS = 10;
/** A period's blocks are counted in whole seconds, and found by chance. */
const NEAR = { least: 0.25, most: 4 };

let stack: TestStack;
let node: NodeClient;
let address: string;

beforeAll(async () => {
  stack = await startTestStack({ settings: { POCKET_NETWORK: 'sprint' }, workers: 2 });
  node = new NodeClient(stack.url);
  address = await new OriginalClient(stack.url).newWallet();
  return () => stack.stop();
});

const readMiner = async () => (await node.send<MinerView>('GET', '/v1/miner')).body;

/** Of each period from one change of the target to the next, by the clock of those who connected the blocks. */
async function secondsBetweenBlocks(): Promise<number[]> {
  const { body } = await node.send<EventPage>('GET', '/v1/events?type=BlockConnected&limit=500');
  const times = body.events.map(({ recordedAt }) => Date.parse(recordedAt));
  return Array.from({ length: PERIODS - 1 }, (_, period) => {
    const [begin, end] = [times[period * PERIOD_BLOCKS], times[(period + 1) * PERIOD_BLOCKS]];
    if (begin === undefined || end === undefined) throw new Error(`there are ${times.length} blocks only`);
    return (end - begin) / PERIOD_BLOCKS / 1_000;
  });
}

describe('a chain whose target follows its miners', () => {
  it('settles at a block a second', { timeout: SETTLED_WITHIN_MS + 10_000 }, async () => {
    await node.send('PUT', '/v1/miner/mode', { mode: 'continuous', address });
    await eventually(
      async () => expect((await readMiner()).template.height).toBeGreaterThanOrEqual(PERIODS * PERIOD_BLOCKS),
      { withinMs: SETTLED_WITHIN_MS },
    );
    const { expectedSeconds } = (await readMiner()).template;
    const periods = await secondsBetweenBlocks();
    process.stdout.write(`Seconds between blocks, by period: ${periods.map((mean) => mean.toFixed(2)).join(', ')}\n`);
    // Two of them, for ten blocks' time is a matter of luck.
    const settled = periods.slice(-2).reduce((sum, mean) => sum + mean / 2, 0);
    for (const seconds of [expectedSeconds, settled]) {
      expect(seconds).toBeGreaterThan(NEAR.least);
      expect(seconds).toBeLessThan(NEAR.most);
    }
  });

  it('tells of every search that lasts, with its best hash, beside the events and without moving a reader', async () => {
    const connection = new AbortController();
    const headers = { accept: 'text/event-stream' };
    const response = await fetch(`${stack.url}/v1/events?progress=true&type=MiningRequested`, {
      headers,
      signal: connection.signal,
    });
    let text = '';
    const reading = (async () => {
      for await (const piece of response.body ?? []) text += Buffer.from(piece).toString();
    })().catch(() => undefined);
    await eventually(() => expect(progressOf(text).length).toBeGreaterThan(1), { withinMs: SETTLED_WITHIN_MS });
    connection.abort();
    await reading;
    const [first] = progressOf(text);
    expect(first).toMatchObject({ address, transactionCount: 1 });
    for (const { search, block } of blocksOf(text)) {
      expect(block).not.toMatch(/^id:/m);
      const expected = 1 - Math.exp(-search.hashes / search.expectedHashes);
      expect(search.probability).toBeCloseTo(expected, 9);
      if (search.hashes > 0) expect(search.bestHash).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});

describe('a worker', () => {
  it('that is taken away makes the next block take longer, and one that is added shorter again', async () => {
    await node.send('PUT', '/v1/miner/mode', { mode: 'manual' });
    await eventually(async () => expect((await readMiner()).searches).toEqual([]), { withinMs: 10_000 });
    const expectedSeconds = async (workers: number) =>
      eventually(
        async () => {
          const { workers: there, template } = await readMiner();
          expect(there.filter(({ hashRate }) => hashRate !== null)).toHaveLength(workers);
          return template.expectedSeconds ?? expect.fail('nothing is expected');
        },
        { withinMs: 30_000 },
      );
    const withTwo = await expectedSeconds(2);
    await stack.process('miner-worker-2').stop();
    const withOne = await expectedSeconds(1);
    expect(withOne).toBeGreaterThan(1.2 * withTwo);
    await stack.process('miner-worker-2').start();
    expect(await expectedSeconds(2)).toBeLessThan(withOne / 1.2);
  });
});

const blocksOf = (text: string) =>
  text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((block) => {
      const data = /^event: search-progress\ndata: (.*)$/m.exec(block)?.[1];
      const word = data === undefined ? {} : (JSON.parse(data) as { search?: SearchView });
      return word.search === undefined ? [] : [{ block, search: word.search }];
    });
const progressOf = (text: string) => blocksOf(text).map(({ search }) => search);
