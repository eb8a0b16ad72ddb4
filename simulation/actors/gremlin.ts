/** Lets programs die, lets others lead, takes servers away, wipes the bus and turns the clock. */
import type { World } from '../world.ts';
import type { Chance } from '../world/chance.ts';
import type { Calamity } from '../world/faults.ts';
import { BEGINNING, pause, type SimulatedTime } from '../world/time.ts';

const MAX_BACK_MS = 600_000;
const MAX_FORWARD_MS = 5_400_000;

export interface Gremlin {
  world: World;
  chance: Chance;
  time: SimulatedTime;
  done: () => boolean;
}

export async function runGremlin(gremlin: Gremlin): Promise<void> {
  const { world, chance } = gremlin;
  while (!gremlin.done()) {
    await pause(chance.below(2 * world.plan.calamityEveryMs));
    const calamity = world.faults.nextCalamity();
    if (gremlin.done() || calamity === undefined) return;
    strike(calamity, gremlin);
  }
}

function strike(calamity: Calamity, gremlin: Gremlin): void {
  const { world, chance } = gremlin;
  switch (calamity) {
    case 'crash':
      crash(gremlin);
      return;
    case 'leader replaced': {
      const name = chance.pick(['wallet', 'tx-pool', 'chainstate', 'miner'] as const);
      world.faults.count(calamity, name);
      world.services[name].leaders.replace();
      return;
    }
    case 'database away': {
      const database = chance.pick(Object.values(world.databases));
      world.faults.count(calamity, database.service);
      database.away = true;
      setTimeout(() => (database.away = false), chance.between(20, 2_000));
      return;
    }
    case 'bus away':
      world.faults.count(calamity, 'NATS');
      world.carrier.leave();
      setTimeout(() => (world.carrier.away = false), chance.between(20, 2_000));
      return;
    case 'bus wiped':
      world.faults.count(calamity, 'NATS');
      world.carrier.wipe();
      return;
    case 'clock jumped':
      turnClock(gremlin);
      return;
    default:
      calamity satisfies never;
  }
}

function crash({ world, chance }: Gremlin): void {
  const services = Object.values(world.services);
  const programs = [...services.flatMap(({ replicas }) => replicas), ...world.gateways];
  const program = chance.pick(programs);
  world.faults.count('crash', program.name);
  program.crash(chance.pick([1, 50, 300, 2_000]));
  for (const { leaders } of services) leaders.look();
}

/** Never before the beginning: nobody would take blocks from so far ahead. */
function turnClock({ world, chance, time }: Gremlin): void {
  const shown = Date.now() - BEGINNING;
  const byMs = chance.perMille(500) ? -Math.min(shown, chance.below(MAX_BACK_MS)) : chance.below(MAX_FORWARD_MS);
  world.faults.count('clock jumped', `${byMs} ms`);
  time.jump(byMs);
}
