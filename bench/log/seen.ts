/*
 * How soon another service sees what a service has committed: payments come in through the gateway at an even pace, and
 * this process follows the pool's log as every service follows another's, with a log, a subscription and commits of its
 * own. Milliseconds from an event's `recordedAt`, which is taken just before its commit, to its handler; one machine, one
 * clock, which counts whole milliseconds.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Transaction } from '@pocket/chain';
import { connectBus, EventNode, type CheckpointMove, type RecordedEvent } from '@pocket/eventstore';
import { createLogger, createServiceClient, logOf } from '@pocket/service-kit';
import type { ServerUrls, Stack } from '@pocket/stack';
import { paymentOf } from '../connect/blocks.ts';
import { nodeClient } from '../node/client.ts';
import { hexOf, OutsideChain } from '../node/outside-chain.ts';
import { openOwnLog } from './own-log.ts';

const PER_SECOND = 200;
const CONNECTIONS = 64;
const WARM_UP_SECONDS = 3;
const SCHEMA = 'bench_observer';
const NAMESPACE = 'pocket';
const SEEN_WITHIN_MS = 60_000;

/** Of one round. */
export interface SeenFigures {
  /** Milliseconds, of every payment. */
  readonly delays: readonly number[];
  /** Payments a second that were really sent; below the pace where this process was held up. */
  readonly perSecond: number;
}

/** @param stack on `bitcoin-regtest`, with an empty chain. */
export async function measureSeen(
  servers: ServerUrls,
  stack: Stack,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<SeenFigures[]> {
  const take = await makePayments(stack.url, (WARM_UP_SECONDS + rounds * seconds) * PER_SECOND);
  const observer = await openObserver(servers, stack);
  const gateway = new Pool(stack.url, { connections: CONNECTIONS, pipelining: 1 });
  const round = async (payments: readonly Transaction[]): Promise<SeenFigures> => {
    const perSecond = await sendEvenly(gateway, payments);
    return { delays: await observer.take(payments.length), perSecond };
  };
  try {
    await round(take(WARM_UP_SECONDS * PER_SECOND));
    const figures: SeenFigures[] = [];
    for (let count = 0; count < rounds; count++) figures.push(await round(take(seconds * PER_SECOND)));
    return figures;
  } finally {
    await gateway.close();
    await observer.close();
  }
}

/** So many signed payments of confirmed coins, to be taken from. */
async function makePayments(url: string, count: number): Promise<(count: number) => Transaction[]> {
  const client = nodeClient(url, 1);
  try {
    const payments = (await new OutsideChain(client).makeCoins(count)).map(paymentOf);
    return (wanted) => payments.splice(0, wanted);
  } finally {
    await client.close();
  }
}

/** Each is sent when its time has come, whatever has become of those before. Returns how many a second that were. */
async function sendEvenly(gateway: Pool, payments: readonly Transaction[]): Promise<number> {
  const bodies = payments.map((payment) => JSON.stringify(hexOf(payment)));
  const begun = performance.now();
  const answers: Promise<void>[] = [];
  for (const [index, body] of bodies.entries()) {
    const early = begun + (index * 1_000) / PER_SECOND - performance.now();
    if (early > 0) await pause(early);
    answers.push(send(gateway, body));
  }
  const elapsedMs = performance.now() - begun;
  await Promise.all(answers);
  return (payments.length * 1_000) / elapsedMs;
}

async function send(gateway: Pool, body: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await gateway.request({ method: 'POST', path: '/v1/transactions', headers, body });
  const text = await response.body.text();
  if (response.statusCode !== 201) throw new Error(`POST /v1/transactions: ${response.statusCode} ${text}`);
}

interface Observer {
  /** The delays of so many payments, once all of them have been seen; then it forgets them. */
  take(count: number): Promise<number[]>;
  close: () => Promise<void>;
}

async function openObserver({ databaseUrl, natsUrl }: ServerUrls, stack: Stack): Promise<Observer> {
  const { client, close } = await openOwnLog(databaseUrl, SCHEMA);
  const bus = await connectBus(natsUrl, NAMESPACE, SCHEMA);
  const pool = createServiceClient('tx-pool', stack.process('tx-pool').url ?? '');
  const logger = createLogger(SCHEMA, 'silent');
  const node = new EventNode({ service: SCHEMA, databaseUrl, client, bus, logger });
  let delays: number[] = [];
  const handle = async (events: RecordedEvent[], move: CheckpointMove): Promise<void> => {
    const now = Date.now();
    delays.push(...events.map(({ recordedAt }) => now - Date.parse(recordedAt)));
    // As every service does: the next events come when this commit is done.
    const recordedAt = new Date(now).toISOString();
    await node.log.append({ events: [], recordedAt, checkpoints: [move], projections: [] });
  };
  await node.start([{ source: 'tx-pool', ...logOf(pool), isRelevant: isAccepted, handle }]);
  return {
    async take(count) {
      const deadline = performance.now() + SEEN_WITHIN_MS;
      while (delays.length < count) {
        if (performance.now() > deadline) throw new Error(`of ${count} payments only ${delays.length} were seen`);
        await pause(10);
      }
      const taken = delays;
      delays = [];
      return taken;
    },
    async close() {
      await node.close();
      await bus.connection.close();
      await pool.close();
      await close();
    },
  };
}

function isAccepted({ type }: RecordedEvent): boolean {
  return type === 'TransactionAccepted';
}
