/** The five services in one process, with everything around them: built from a seed, before anything has happened. */
import type { EventSource } from '@pocket/contracts';
import { buildChainstate } from './chainstate/program.ts';
import { emptyChainTables, type ChainTables } from './chainstate/tables.ts';
import { Gateway } from './gateway/program.ts';
import { buildMiner } from './miner/program.ts';
import { emptyMinerTables, type MinerTables } from './miner/tables.ts';
import { planOf, type Plan } from './plan.ts';
import { buildPool } from './tx-pool/program.ts';
import { emptyPoolTables, type PoolTables } from './tx-pool/tables.ts';
import { buildWallet } from './wallet/program.ts';
import { emptyWalletTables, type WalletTables } from './wallet/tables.ts';
import type { Break } from './world/breaks.ts';
import { Carrier } from './world/carrier.ts';
import { chanceOf } from './world/chance.ts';
import { Database, type Surroundings } from './world/database.ts';
import { Faults } from './world/faults.ts';
import { Leaders } from './world/leaders.ts';
import { Replica, type Build } from './world/replica.ts';
import { createTrace, type Trace, type TraceDepth } from './world/trace.ts';
import { Wire } from './world/wire.ts';

interface TablesOf {
  chainstate: ChainTables;
  'tx-pool': PoolTables;
  wallet: WalletTables;
  miner: MinerTables;
}
export type Databases = { [S in EventSource]: Database<TablesOf[S]> };
export type AnyReplica = Replica<TablesOf[EventSource]>;

/** A service's replicas and which of them leads. */
export interface Service {
  replicas: readonly AnyReplica[];
  leaders: Leaders<AnyReplica>;
}

export interface World {
  readonly seed: number;
  readonly plan: Plan;
  readonly surroundings: Surroundings;
  readonly faults: Faults;
  readonly trace: Trace;
  readonly databases: Databases;
  readonly carrier: Carrier;
  readonly services: Readonly<Record<EventSource, Service>>;
  readonly gateways: readonly Gateway[];
  /** Promises that were not kept. */
  readonly accusations: string[];
}

export interface WorldOptions {
  depth: TraceDepth;
  broken: Break | undefined;
}

const MAX_SKEW_SECONDS = 60;

export function createWorld(seed: number, { depth, broken }: WorldOptions): World {
  const plan = planOf(chanceOf(seed, 'plan'));
  const trace = createTrace(depth);
  const faults = new Faults(chanceOf(seed, 'faults'), trace);
  const accusations: string[] = [];
  const accuse = (what: string): void => {
    trace.note(() => `accused: ${what}`);
    accusations.push(what);
  };
  const surroundings: Surroundings = { chance: chanceOf(seed, 'world'), faults, trace, broken, accuse };
  const databases: Databases = {
    chainstate: new Database('chainstate', emptyChainTables(), surroundings),
    'tx-pool': new Database('tx-pool', emptyPoolTables(), surroundings),
    wallet: new Database('wallet', emptyWalletTables(), surroundings),
    miner: new Database('miner', emptyMinerTables(), surroundings),
  };
  const [carrier, wire] = [new Carrier(surroundings), new Wire(surroundings)];
  const builds = buildsOf(plan, surroundings);
  const ground = { plan, surroundings, carrier, wire };
  const services = {
    chainstate: createService(databases, 'chainstate', builds.chainstate, ground),
    'tx-pool': createService(databases, 'tx-pool', builds['tx-pool'], ground),
    wallet: createService(databases, 'wallet', builds.wallet, ground),
    miner: createService(databases, 'miner', builds.miner, ground),
  };
  const gateways = Array.from({ length: plan.gateways }, (_, at) => new Gateway(`gateway-${at}`, wire, surroundings));
  return { seed, plan, surroundings, faults, trace, databases, carrier, services, gateways, accusations };
}

type Builds = { [S in EventSource]: Build<TablesOf[S]> };

function buildsOf({ network, policy, reorgStepBytes }: Plan, surroundings: Surroundings): Builds {
  const { broken, chance } = surroundings;
  return {
    chainstate: (parts) => {
      const skewSeconds = chance.between(-MAX_SKEW_SECONDS, MAX_SKEW_SECONDS);
      return buildChainstate(parts, { network, reorgStepBytes, skewSeconds, settles: broken !== 'no-settling' });
    },
    'tx-pool': (parts) => buildPool(parts, policy),
    wallet: (parts) => buildWallet(parts, { handsOver: broken !== 'no-hand-over' }),
    miner: (parts) => buildMiner(parts, surroundings),
  };
}

interface Ground {
  plan: Plan;
  surroundings: Surroundings;
  carrier: Carrier;
  wire: Wire;
}

function createService<S extends EventSource>(
  databases: Databases,
  name: S,
  build: Build<TablesOf[S]>,
  { plan, surroundings, carrier, wire }: Ground,
): Service {
  const database: Database<TablesOf[S]> = databases[name];
  const replicas: AnyReplica[] = [];
  const leaders = new Leaders<AnyReplica>(surroundings.chance, replicas);
  const waited = (source: EventSource, position: number): void =>
    checkWaited(databases, name, source, position, replicas, surroundings);
  for (let at = 0; at < plan.replicas[name]; at++) {
    const options = { name: `${name}-${at}`, database, carrier, wire, build, ready: () => leaders.look(), waited };
    // What a replica keeps is its own; the others only start it, end it and let it lead.
    replicas.push(new Replica({ ...surroundings, ...options }) as unknown as AnyReplica);
  }
  return { replicas, leaders };
}

/** An answer must not be older than what it was asked for: all that means something here has been applied. */
function checkWaited(
  databases: Databases,
  name: EventSource,
  source: EventSource,
  position: number,
  replicas: readonly AnyReplica[],
  { accuse }: Surroundings,
): void {
  const sources = replicas.find(({ isReady }) => isReady)?.program?.sources ?? [];
  const followed = sources.find((each) => each.source === source);
  const at = databases[name].checkpoint(name, source);
  const missed = databases[source].events.slice(at, position).find((event) => followed?.isRelevant(event) === true);
  if (missed !== undefined) accuse(`${name} answered at ${source}=${at} although ${position} was asked for`);
}
