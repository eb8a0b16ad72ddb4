/** One seed from its beginning to the judge's word. */
import { useFastestCryptography } from '@pocket/crypto/native';
import { runGremlin } from './actors/gremlin.ts';
import { runOutsider } from './actors/outsider.ts';
import { runUser, type Actor } from './actors/user.ts';
import { createWitness, type Witness } from './actors/witness.ts';
import { judgeChain } from './judge/chain.ts';
import { Findings } from './judge/findings.ts';
import { inspectCommits } from './judge/inspection.ts';
import { judgeLogs } from './judge/logs.ts';
import { judgePool } from './judge/pool.ts';
import { judgeWallets } from './judge/wallets.ts';
import { isFollowed, makePeace, obstaclesOf, settle } from './settlement.ts';
import { createWorld, type World } from './world.ts';
import type { Break } from './world/breaks.ts';
import { chanceOf, seedProcess } from './world/chance.ts';
import type { FaultKind } from './world/faults.ts';
import { simulateTime, type SimulatedTime } from './world/time.ts';
import type { TraceDepth } from './world/trace.ts';

export interface RunOptions {
  depth?: TraceDepth;
  broken?: Break | undefined;
}

export interface Outcome {
  seed: number;
  /** Promises that were not kept; none when the seed has passed. */
  accusations: string[];
  faults: Partial<Record<FaultKind, number>>;
  events: number;
  blocks: number;
  wishes: Witness['outcomes'];
  /** Timers fired: the moments of the simulation. */
  steps: number;
  simulatedMs: number;
  traceHash: string;
  trace: readonly string[];
}

const SETTLED_WITHIN_MS = 600_000;
let cryptography: Promise<unknown> | undefined;

/**
 * Runs one seed: the same seed is the same run, to the last byte of its trace. Takes the process's time and chance over
 * while it runs, so that one process runs one seed at a time.
 */
export async function runSeed(seed: number, options: RunOptions = {}): Promise<Outcome> {
  await (cryptography ??= useFastestCryptography());
  const time = simulateTime();
  const restore = seedProcess(chanceOf(seed, 'process'));
  try {
    return await runWorld(seed, time, options);
  } finally {
    restore();
    time.end();
  }
}

async function runWorld(
  seed: number,
  time: SimulatedTime,
  { depth = 'nothing', broken }: RunOptions,
): Promise<Outcome> {
  const world = createWorld(seed, { depth, broken });
  const witness = createWitness();
  inspectCommits(world, chanceOf(seed, 'inspection'));
  world.trace.note(() => `seed ${seed}: ${describe(world)}`);
  for (const { replicas } of Object.values(world.services)) for (const replica of replicas) replica.start();
  await storm(world, witness, time);
  await calm(world, witness, time);
  return outcomeOf(world, witness, time);
}

function describe({ plan }: World): string {
  const shown = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);
  return JSON.stringify({ ...plan, network: plan.network.name }, shown);
}

/** Clients, strangers and faults, all at once. */
async function storm(world: World, witness: Witness, time: SimulatedTime): Promise<void> {
  const { seed, plan } = world;
  let isOver = false;
  const actor = (name: string): Actor => ({ name, world, witness, chance: chanceOf(seed, name), done: () => isOver });
  const actors = [
    ...Array.from({ length: plan.users }, (_, at) => runUser(actor(`user-${at}`))),
    ...Array.from({ length: plan.outsiders }, (_, at) => runOutsider(actor(`outsider-${at}`))),
    runGremlin({ world, chance: chanceOf(seed, 'gremlin'), time, done: () => isOver }),
  ];
  const ended = Promise.all(actors).catch((error: unknown) => accuseOf(world, error));
  await time.runUntil(() => world.accusations.length > 0, plan.durationMs);
  isOver = true;
  makePeace(world);
  time.mend();
  if (!(await runWhile(world, time, ended))) world.surroundings.accuse('a client waits for an answer for ever');
}

async function calm(world: World, witness: Witness, time: SimulatedTime): Promise<void> {
  if (world.accusations.length > 0) return;
  const chance = chanceOf(world.seed, 'closer');
  const settled = settle({ name: 'closer', world, witness, chance, done: () => false });
  if (!(await runWhile(world, time, settled))) world.surroundings.accuse(unsettled(world));
  if (world.accusations.length === 0) await judge(world, witness);
}

/** False where it has not ended in time; an accusation ends it at once. */
async function runWhile(world: World, time: SimulatedTime, work: Promise<unknown>): Promise<boolean> {
  let hasEnded = false;
  void work.catch((error: unknown) => accuseOf(world, error)).finally(() => (hasEnded = true));
  return time.runUntil(() => hasEnded || world.accusations.length > 0, SETTLED_WITHIN_MS);
}

/** What a client did not expect is a finding too. */
function accuseOf({ surroundings }: World, error: unknown): void {
  surroundings.accuse(
    `a client has failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
}

function unsettled(world: World): string {
  const { databases } = world;
  const waiting = databases['tx-pool'].tables.waiting.size;
  const payments = [...databases.wallet.tables.payments.values()].filter(({ status }) => status === 'waiting').length;
  const obstacles = obstaclesOf(world).map((obstacle) => ` (${obstacle})`);
  const followed = isFollowed(world) ? 'all logs are followed' : `not all logs are followed${obstacles.join('')}`;
  return `not settled after ${SETTLED_WITHIN_MS} ms: ${followed}, ${waiting} transactions and ${payments} payments wait`;
}

async function judge(world: World, witness: Witness): Promise<void> {
  const findings = new Findings();
  judgeLogs(world, findings);
  await judgeChain(world, witness.blocks, findings);
  judgePool(world, witness.accepted, findings);
  judgeWallets(world, witness.paid, findings);
  const stillWaiting = world.databases['tx-pool'].tables.waiting.size;
  findings.expect(stillWaiting === 0, () => `${stillWaiting} transactions are never mined`);
  for (const { txid, status } of world.databases.wallet.tables.payments.values())
    findings.expect(status !== 'waiting', () => `payment ${txid} waits for ever`);
  for (const finding of findings.all) world.surroundings.accuse(finding);
}

function outcomeOf(world: World, witness: Witness, time: SimulatedTime): Outcome {
  const { seed, databases, faults, trace, accusations } = world;
  return {
    seed,
    accusations,
    faults: Object.fromEntries(faults.counts),
    events: Object.values(databases).reduce((sum, { head }) => sum + head, 0),
    blocks: databases.chainstate.tables.blocks.size,
    wishes: witness.outcomes,
    steps: time.steps,
    simulatedMs: performance.now(),
    traceHash: trace.hash(),
    trace: trace.lines,
  };
}
