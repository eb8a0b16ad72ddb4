/**
 * The end of the faults: all programs and servers are there again and stay, everybody catches up, and what waits is
 * mined. That it ends at all, within simulated minutes, is a promise too.
 */
import type { EventSource } from '@pocket/contracts';
import { ask, type Actor } from './actors/user.ts';
import { judgeReplicas } from './judge/replicas.ts';
import { Findings } from './judge/findings.ts';
import { SOURCES } from './judge/logs.ts';
import { waitingPayments } from './wallet/tables.ts';
import type { World } from './world.ts';
import { pause } from './world/time.ts';
import { ownerOf } from '@pocket/testkit/builders';

const LOOK_EVERY_MS = 500;
const MAX_BLOCKS = 200;
const MINER = ownerOf(210);

/** Everything that was away is back. */
export function makePeace(world: World): void {
  world.faults.end();
  world.carrier.away = false;
  for (const database of Object.values(world.databases)) database.away = false;
}

/** Ends when everybody has followed everything and nothing waits any more. */
export async function settle(actor: Actor): Promise<void> {
  const { world } = actor;
  await untilFollowed(world);
  await compareMemories(world);
  for (let blocks = 0; blocks < MAX_BLOCKS && isWaiting(world); blocks++) {
    const order = { address: MINER.address, maxTransactions: 1_000 };
    await ask(actor, async ({ commands }) => (await commands.mine(order)).ok);
    await pause(LOOK_EVERY_MS);
    await untilFollowed(world);
  }
  await compareMemories(world);
  await untilFollowed(world);
}

async function untilFollowed(world: World): Promise<void> {
  while (!isFollowed(world)) await pause(LOOK_EVERY_MS);
}

/** What stands in the way of a replica's following, in words; a lost connection may take its time to come back. */
export function obstaclesOf({ services }: World): string[] {
  return SOURCES.flatMap((source) =>
    services[source].replicas.flatMap(({ name, obstacles }) => obstacles.map((obstacle) => `${name}: ${obstacle}`)),
  );
}

/** Whether every relay and every subscriber stands at the end of what it follows, and none has lost its connection. */
export function isFollowed(world: World): boolean {
  const { databases, services } = world;
  if (obstaclesOf(world).length > 0) return false;
  return SOURCES.every((name) => {
    const { replicas, leaders } = services[name];
    const sources = leaders.leader?.program?.sources ?? [];
    const relayed = databases[name].checkpoint('relay', name) === databases[name].head;
    const followed = sources.every(
      ({ source }) => databases[name].checkpoint(name, source) === databases[source as EventSource].head,
    );
    return relayed && followed && replicas.every(({ isReady }) => isReady);
  });
}

function isWaiting({ databases }: World): boolean {
  return databases['tx-pool'].tables.waiting.size > 0 || waitingPayments(databases.wallet.tables).length > 0;
}

/** Only where nothing moves meanwhile. */
async function compareMemories(world: World): Promise<void> {
  const findings = new Findings();
  const before = headsOf(world);
  await judgeReplicas(world, findings);
  // What the questions themselves have written is of wallets alone.
  if (headsOf(world) === before) for (const finding of findings.all) world.surroundings.accuse(finding);
}

function headsOf({ databases }: World): string {
  return `${databases.chainstate.head} ${databases['tx-pool'].head}`;
}
