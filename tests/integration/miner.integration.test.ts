/**
 * The miner as an operator steers it: modes that mine by themselves, set at run time and kept over a restart; blocks at his
 * word, with exactly these transactions or at this time; and what the miner tells of itself.
 */
import { eventually, logHeads, followedLogs, OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import type { GeneratedBlocks, MinerView, MiningMode, MiningModeRequest } from '@pocket/contracts';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { auditChain } from './chain-audit.ts';
import { NodeClient, type Refusal } from './node-client.ts';

const WITHIN_MS = 20_000;
const MANUAL = { mode: 'manual', address: null, maxTransactions: null, intervalSeconds: null } as const;

let stack: TestStack;
let api: OriginalClient;
let node: NodeClient;
let wallets: string[];

beforeAll(async () => {
  stack = await startTestStack({ replicas: { miner: 2 }, workers: 2 });
  api = new OriginalClient(stack.url);
  node = new NodeClient(stack.url);
  await api.resetSystem();
  wallets = (await api.getWallets()).map(({ address }) => address);
  return () => stack.stop();
});

afterEach(async () => {
  await setMode({ mode: 'manual' });
});

const setMode = (request: MiningModeRequest) =>
  node.send<MiningMode & Partial<Refusal>>('PUT', '/v1/miner/mode', request);
const generate = (request: object) =>
  node.send<GeneratedBlocks & Partial<Refusal>>('POST', '/v1/blocks/generate', request);
const readMiner = async () => {
  const { status, body } = await node.send<MinerView>('GET', '/v1/miner');
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
};
const height = async () => (await readMiner()).template.height - 1;
const waiting = async () => (await api.getPool()).flatMap(({ error, txID }) => (error ? [] : [txID]));
const lastBlocks = async (count: number) => {
  interface Blocks {
    blocks: { hash: string; time: number; txids: string[] }[];
  }
  const { body } = await node.send<Blocks>('GET', `/v1/blocks?from=${(await height()) + 1 - count}`);
  return body.blocks;
};
const pay = async (from: number, to: number, amount: number) => {
  const sent = await api.send(wallets[from] ?? '', wallets[to] ?? '', amount);
  expect(sent.error).toBeNull();
};
const post = (url: string, path: string, body: object) =>
  fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const reaches = (wanted: number) =>
  eventually(async () => expect(await height()).toBeGreaterThanOrEqual(wanted), { withinMs: WITHIN_MS });

describe('a mode', () => {
  it('is manual at first: nothing is mined by itself', async () => {
    expect((await node.send('GET', '/v1/miner/mode')).body).toEqual(MANUAL);
    expect((await readMiner()).searches).toEqual([]);
  });

  it('mines whatever begins to wait, and only then', async () => {
    const before = await height();
    await pay(0, 1, 1);
    expect((await setMode({ mode: 'on-transaction', address: wallets[2] ?? '' })).status).toBe(200);
    await eventually(async () => expect(await waiting()).toEqual([]), { withinMs: WITHIN_MS });
    const after = await height();
    expect(after).toBe(before + 1);
    await pay(0, 1, 1);
    await eventually(async () => expect(await waiting()).toEqual([]), { withinMs: WITHIN_MS });
    expect(await height()).toBe(after + 1);
  });

  it('mines at intervals, also where nothing waits', async () => {
    const before = await height();
    const mode = { mode: 'interval', address: wallets[2] ?? '', maxTransactions: 0, intervalSeconds: 1 } as const;
    expect((await setMode(mode)).body).toEqual(mode);
    await reaches(before + 3);
    const read = (await node.send<MiningMode>('GET', '/v1/miner/mode')).body;
    expect((await setMode(read)).body).toEqual(mode);
    expect((await setMode(MANUAL)).body).toEqual(MANUAL);
  });

  it('pays its address, and takes no more transactions than it may', async () => {
    const address = wallets[4] ?? '';
    const balance = async () => (await api.getWallets()).find((wallet) => wallet.address === address)?.balance ?? 0;
    const [before, had] = [await height(), await balance()];
    await pay(0, 5, 1);
    await pay(1, 5, 1);
    await setMode({ mode: 'interval', address, maxTransactions: 1, intervalSeconds: 1 });
    await reaches(before + 2);
    await setMode({ mode: 'manual' });
    await eventually(
      async () => {
        const blocks = await lastBlocks((await height()) - before);
        expect(blocks.slice(0, 2).map(({ txids }) => txids.length)).toEqual([2, 2]);
        expect(await balance()).toBe(had + 10 * blocks.length);
      },
      { withinMs: WITHIN_MS },
    );
  });

  it('mines on and on beside payments, and stops when it is told to', async () => {
    await setMode({ mode: 'continuous', address: wallets[2] ?? '' });
    const before = await height();
    for (const to of [1, 2, 3]) await api.send(wallets[0] ?? '', wallets[to] ?? '', 1);
    await reaches(before + 10);
    expect((await setMode({ mode: 'manual' })).body).toEqual(MANUAL);
    await eventually(
      async () => {
        const stood = await node.send('GET', '/v1/chain/tips');
        await eventually(() => followedLogs(stack), { withinMs: WITHIN_MS });
        expect((await node.send('GET', '/v1/chain/tips')).body).toEqual(stood.body);
      },
      { withinMs: WITHIN_MS },
    );
  });

  it('outlives its leader, and all miners', async () => {
    const mode = { mode: 'interval', address: wallets[3] ?? '', maxTransactions: 5, intervalSeconds: 1 } as const;
    await setMode(mode);
    for (const name of ['miner', 'miner-2']) {
      await stack.process(name).kill('SIGKILL');
      await reaches((await height()) + 2);
      await stack.process(name).start();
    }
    await Promise.all(['miner', 'miner-2'].map((name) => stack.process(name).kill('SIGKILL')));
    await Promise.all(['miner', 'miner-2'].map((name) => stack.process(name).start()));
    expect((await node.send('GET', '/v1/miner/mode')).body).toEqual(mode);
    await reaches((await height()) + 2);
  });

  it('is one of several that are set at once, on every miner, and mines accordingly', async () => {
    const address = wallets[2] ?? '';
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all([
        setMode({ mode: 'interval', address, intervalSeconds: 86_400 }),
        setMode({ mode: 'manual' }),
        setMode({ mode: 'on-transaction', address }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      const read = await Promise.all([1, 2].map(async () => (await node.send('GET', '/v1/miner/mode')).body));
      expect(answers.map(({ body }) => body)).toContainEqual(read[0]);
      expect(read[1]).toEqual(read[0]);
    }
    await setMode({ mode: 'manual' });
    const before = await height();
    await pay(1, 0, 1);
    await setMode({ mode: 'on-transaction', address });
    await reaches(before + 1);
  });

  it('may change under load, again and again', async () => {
    const address = wallets[2] ?? '';
    const modes: MiningModeRequest[] = [
      { mode: 'continuous', address },
      { mode: 'interval', address, intervalSeconds: 1 },
      { mode: 'on-transaction', address },
      { mode: 'manual' },
    ];
    for (const round of [1, 2, 3])
      for (const mode of modes) {
        const [set] = await Promise.all([setMode(mode), api.send(wallets[round] ?? '', wallets[0] ?? '', 1)]);
        expect(set.body.mode).toBe(mode.mode);
        expect((await node.send<MiningMode>('GET', '/v1/miner/mode')).body.mode).toBe(mode.mode);
      }
    expect((await api.mineBlock(address, 100)).error).toBeNull();
    await eventually(() => followedLogs(stack), { withinMs: WITHIN_MS });
    await auditChain(stack);
  });

  it.each<[object, number, string, RegExp]>([
    [{ mode: 'fast' }, 400, 'invalid-request', /manual.*continuous/],
    [{ mode: null }, 400, 'invalid-request', /mode must be manual or on-transaction or .* not null/],
    [{ mode: 'interval', address: 'x', intervalSeconds: 1 }, 400, 'invalid-address', /^x: /],
    [{ mode: 'interval', address: 'x', intervalSeconds: 0 }, 400, 'invalid-request', /intervalSeconds/],
    [{ mode: 'interval', address: 'x', intervalSeconds: 90_000 }, 400, 'invalid-request', /86400/],
    [{ mode: 'continuous' }, 422, 'invalid-mode', /needs the address/],
    [{ mode: 'manual', speed: 3 }, 400, 'invalid-request', /speed/],
    [{}, 400, 'invalid-request', /mode/],
  ])('%j is refused and changes nothing', async (request, status, code, sentence) => {
    const answer = await setMode(request as MiningModeRequest);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body.detail).toMatch(sentence);
    expect((await node.send('GET', '/v1/miner/mode')).body).toEqual(MANUAL);
  });
});

describe('blocks at an operator’s word', () => {
  it('come one on top of the other, a thousand in a row', { timeout: 240_000 }, async () => {
    const before = await height();
    const { status, body } = await generate({ address: wallets[4] ?? '', count: 1_000 });
    expect(status).toBe(201);
    expect(new Set(body.hashes).size).toBe(1_000);
    expect(body.height).toBe(before + 1_000);
    expect(await height()).toBe(before + 1_000);
  });

  it('hold exactly the transactions that are named', async () => {
    await pay(0, 1, 1);
    await pay(1, 2, 1);
    await pay(2, 3, 1);
    const [first = '', second = '', third = ''] = await waiting();
    const { status, body } = await generate({ address: wallets[4] ?? '', txids: [third, first] });
    expect(status).toBe(201);
    expect(await waiting()).toEqual([second]);
    const [block] = await lastBlocks(1);
    expect(block?.hash).toBe(body.hashes[0]);
    expect(block?.txids.slice(1)).toEqual([first, third]);
    expect((await generate({ address: wallets[4] ?? '', txids: [] })).status).toBe(201);
    expect(await waiting()).toEqual([second]);
    await generate({ address: wallets[4] ?? '' });
    expect(await waiting()).toEqual([]);
  });

  it('come between those of continuous mining, each on the chain', async () => {
    await setMode({ mode: 'continuous', address: wallets[2] ?? '' });
    const before = await height();
    const { status, body } = await generate({ address: wallets[4] ?? '', count: 20 });
    expect(status).toBe(201);
    await setMode({ mode: 'manual' });
    const made = await lastBlocks((await height()) - before);
    const onChain = made.map(({ hash }) => hash);
    expect(onChain.filter((hash) => body.hashes.includes(hash))).toEqual(body.hashes);
  });

  it('are searched no more where whoever asked for them has gone', async () => {
    const before = await height();
    const stopped = async () => {
      interface Stops {
        events: { data: { reason: { code: string } } }[];
      }
      const { body } = await node.send<Stops>('GET', '/v1/events?type=MiningStopped&limit=500');
      return body.events.map(({ data }) => data.reason.code).filter((code) => code === 'cancelled').length;
    };
    const stoppedBefore = await stopped();
    const workers = ['miner-worker', 'miner-worker-2'].map((name) => stack.process(name));
    await Promise.all(workers.map((worker) => worker.kill('SIGSTOP')));
    try {
      const leaving = new AbortController();
      const asked = fetch(`${stack.url}/v1/blocks/generate`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ address: wallets[4], count: 3 }),
        signal: leaving.signal,
      });
      await eventually(async () => expect((await readMiner()).searches).toHaveLength(1), { withinMs: WITHIN_MS });
      leaving.abort();
      await expect(asked).rejects.toThrow('aborted');
      await eventually(async () => expect(await stopped()).toBe(stoppedBefore + 1), { withinMs: WITHIN_MS });
      expect((await readMiner()).searches).toEqual([]);
    } finally {
      await Promise.all(workers.map((worker) => worker.kill('SIGCONT')));
    }
    expect((await generate({ address: wallets[4] ?? '' })).body.height).toBe(before + 1);
  });

  it('have the time that is given', async () => {
    const time = (await node.send<{ curtime: number }>('GET', `/v1/blocks/template?address=${wallets[0] ?? ''}`)).body;
    const timestamp = time.curtime + 1_000;
    const { body } = await generate({ address: wallets[4] ?? '', timestamp, count: 3 });
    const blocks = await lastBlocks(3);
    expect(blocks.map(({ hash }) => hash)).toEqual(body.hashes);
    expect(blocks.map((block) => block.time)).toEqual([0, 1, 2].map((later) => timestamp + later));
  });

  it.each<[object, number, string, RegExp]>([
    [{ count: 0 }, 400, 'invalid-request', /count/],
    [{ count: 1_001 }, 400, 'invalid-request', /1000/],
    [{ count: 2, txids: [] }, 400, 'invalid-request', /leave out count, or txids/],
    [
      { txids: ['ab'.repeat(32), 'ab'.repeat(32)] },
      400,
      'invalid-request',
      /have no entry twice \(0 and 1 are equal\)/,
    ],
    [{ txids: ['AB'.repeat(32)] }, 400, 'invalid-request', /txids\/0 must be 64 hex digits in lower case/],
    [{ txids: ['ab'.repeat(32)] }, 422, 'not-in-pool', /does not wait in the pool/],
    [{ timestamp: 1 }, 422, 'time-too-old', /the chain and the clock allow/],
    [{ timestamp: 4_000_000_000 }, 422, 'time-too-new', /the chain and the clock allow/],
    [{ address: 'nobody' }, 400, 'invalid-address', /^nobody: /],
  ])('%j is refused and makes none', async (request, status, code, sentence) => {
    const before = await height();
    const answer = await generate({ address: wallets[4] ?? '', ...request });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body.detail).toMatch(sentence);
    expect(await height()).toBe(before);
  });
});

describe('what the miner tells', () => {
  it('names its workers, what they can do, and the block that comes next', async () => {
    await generate({ address: wallets[4] ?? '', count: 30 });
    await eventually(
      async () => {
        const miner = await readMiner();
        expect(miner.workers).toHaveLength(2);
        expect(miner.hashRate).toBeGreaterThan(10_000);
        expect(miner.template).toMatchObject({
          bits: '1f100000',
          target: `0010${'0'.repeat(60)}`,
          expectedHashes: 4_095,
        });
        expect(miner.template.expectedSeconds).toBeCloseTo(4_095 / (miner.hashRate ?? 0), 9);
        expect(miner.blocks.found).toBeGreaterThan(1_000);
      },
      { withinMs: WITHIN_MS },
    );
  });

  it('counts what the next block would take, as many as the mode allows', async () => {
    const next = async () => {
      const { transactionCount, fees } = (await readMiner()).template;
      return [transactionCount, fees];
    };
    await generate({ address: wallets[4] ?? '' });
    expect(await next()).toEqual([0, '0']);
    for (const from of [0, 1, 2]) await pay(from, 3, 1);
    expect(await next()).toEqual([3, '0']);
    const hourly = { mode: 'interval', address: wallets[4] ?? '', intervalSeconds: 3_600 } as const;
    await setMode({ ...hourly, maxTransactions: 2 });
    expect(await next()).toEqual([2, '0']);
    await setMode({ ...hourly, maxTransactions: 0 });
    expect(await next()).toEqual([0, '0']);
    await setMode({ mode: 'manual' });
    await generate({ address: wallets[4] ?? '' });
    expect((await lastBlocks(1))[0]?.txids).toHaveLength(4);
    expect(await next()).toEqual([0, '0']);
  });

  it('counts what was found, and of it what another block had outrun', async () => {
    const order = { address: wallets[4] ?? '', maxTransactions: 0 };
    const mineAt = (name: string) => post(stack.urlOf(name), '/blocks', order);
    const before = (await readMiner()).blocks;
    let made = 0;
    await eventually(
      async () => {
        const answers = await Promise.all(['miner', 'miner-2', 'miner', 'miner-2'].map(mineAt));
        made += answers.filter(({ status }) => status === 201).length;
        const { stale } = (await readMiner()).blocks;
        expect(stale).toBeGreaterThan(before.stale);
      },
      { withinMs: WITHIN_MS },
    );
    const { found, stale, refused } = (await readMiner()).blocks;
    expect(found - stale - refused).toBe(before.found - before.stale - before.refused + made);
  });

  it('is there for Prometheus', async () => {
    const text = await (await fetch(`${stack.urlOf('miner')}/metrics`)).text();
    const { blocks } = await readMiner();
    expect([blocks.found, blocks.stale].map((count) => count > 0)).toEqual([true, true]);
    for (const [outcome, count] of Object.entries(blocks))
      expect(text).toContain(`\npocket_miner_blocks_total{outcome="${outcome}"} ${count}\n`);
    for (const name of ['hash_rate', 'worker_threads'])
      expect(text).toMatch(
        new RegExp(`^pocket_miner_${name}\\{worker="[^"]+",host="[^"]+",kernel="[^"]+"\\} \\d`, 'm'),
      );
    for (const name of ['latency', 'work'])
      expect(text).toMatch(new RegExp(`^pocket_miner_job_${name}_seconds_count [1-9]\\d*$`, 'm'));
  });

  it('tells Prometheus of every other process too', async () => {
    const read = async (name: string) => (await fetch(`${stack.urlOf(name)}/metrics`)).text();
    const [wallet, gateway] = await Promise.all([read('wallet'), read('gateway')]);
    for (const text of [wallet, gateway]) {
      expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
      expect(text).toMatch(/^pocket_http_request_seconds_count\{method="GET",route="[^"]+",status="200"\} \d+$/m);
    }
    const heads = await logHeads(stack);
    expect(wallet).toContain(`\npocket_log_position ${heads.wallet}\n`);
    expect(wallet).toMatch(/^pocket_followed_position\{log="chainstate"\} \d+$/m);
    expect(wallet).toContain('\npocket_leads 1\n');
    expect(wallet).toContain('\npocket_dead_letters 0\n');
  });

  it('shows its queue in a browser, to look at only', async () => {
    const page = await fetch(`${stack.url}/admin/queues`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<title>');
    const queues = (await (await fetch(`${stack.url}/admin/queues/api/queues`)).json()) as {
      queues: { name: string; readOnlyMode: boolean; counts: { completed: number } }[];
    };
    // Of the jobs of more than a thousand blocks the last thousand are kept.
    expect(queues.queues).toMatchObject([{ name: 'search', readOnlyMode: true, counts: { completed: 1_000 } }]);
    expect((await fetch(`${stack.url}/admin/queues/api/queues/search/pause`, { method: 'PUT' })).status).toBe(404);
  });

  it('shows it as long as one miner lives', async () => {
    const look = async () => (await fetch(`${stack.url}/admin/queues/api/queues`)).status;
    const names = ['miner', 'miner-2'];
    for (const name of names) {
      await stack.process(name).kill('SIGKILL');
      expect(await Promise.all([look(), look(), look()])).toEqual([200, 200, 200]);
      await stack.process(name).start();
    }
    await Promise.all(names.map((name) => stack.process(name).kill('SIGKILL')));
    const answer = await fetch(`${stack.url}/admin/queues/api/queues`);
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'service-unavailable' }]);
    await Promise.all(names.map((name) => stack.process(name).start()));
    expect(await look()).toBe(200);
  });
});
