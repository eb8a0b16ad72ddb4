/** What a seed draws before anything happens: the rules, the sizes, how many of everything, and who takes part. */
import type { NetworkParameters } from '@pocket/chain';
import type { EventSource } from '@pocket/contracts';
import type { PoolPolicy } from '../services/tx-pool/src/domain/policy.ts';
import { simulatedNetworks } from './networks.ts';
import type { Chance } from './world/chance.ts';

export interface Plan {
  readonly network: NetworkParameters;
  readonly policy: PoolPolicy;
  /** Of blocks that one step of a reorganization loads. */
  readonly reorgStepBytes: number;
  readonly replicas: Readonly<Record<EventSource, number>>;
  readonly gateways: number;
  readonly users: number;
  readonly outsiders: number;
  /** How long users and faults go on, simulated. */
  readonly durationMs: number;
  /** The longest a user waits between two wishes. */
  readonly thinkMs: number;
  readonly calamityEveryMs: number;
  /** Wishes out of a thousand that begin a new chain. */
  readonly resetPerMille: number;
}

export function planOf(chance: Chance): Plan {
  const policy = {
    minFeeRate: chance.pick([0n, 0n, 0n, 1_000n]),
    maxPoolBytes: chance.pick([1_500, 4_000, 50_000_000]),
    expiryHours: 1,
  };
  const count = (): number => chance.pick([1, 2, 2, 3]);
  return {
    network: chance.pick(simulatedNetworks),
    policy,
    reorgStepBytes: chance.pick([300, 1_000, 32_000_000]),
    replicas: { wallet: count(), 'tx-pool': count(), miner: count(), chainstate: count() },
    gateways: chance.between(1, 2),
    users: chance.between(1, 3),
    outsiders: chance.between(1, 2),
    durationMs: chance.between(3_000, 9_000),
    thinkMs: chance.pick([50, 150, 500]),
    calamityEveryMs: chance.pick([100, 300, 1_000]),
    resetPerMille: chance.pick([0, 0, 10]),
  };
}
