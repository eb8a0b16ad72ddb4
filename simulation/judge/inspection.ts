/** What is looked at while everything goes wrong: cheap questions after every commit, dearer ones now and then. */
import type { EventSource } from '@pocket/contracts';
import type { World } from '../world.ts';
import type { Chance } from '../world/chance.ts';
import { judgeSupply } from './chain.ts';
import { Findings } from './findings.ts';
import { judgeCheckpoints, SOURCES } from './logs.ts';
import { judgeWaiting } from './pool.ts';
import { judgeBalances } from './wallets.ts';

/** One commit in so many is looked at closely. */
const CLOSELY_EVERY = 6;

export function inspectCommits(world: World, chance: Chance): void {
  for (const source of SOURCES)
    world.databases[source].onCommitted = () => inspect(world, source, chance.below(CLOSELY_EVERY) === 0);
}

function inspect({ databases, surroundings }: World, source: EventSource, closely: boolean): void {
  const findings = new Findings();
  judgeCheckpoints(databases, source, findings);
  if (closely && source === 'chainstate') judgeSupply(databases.chainstate.tables, findings);
  if (closely && source === 'tx-pool') judgeWaiting(databases['tx-pool'].tables, findings);
  if (closely && source === 'wallet') judgeBalances(databases.wallet.tables, findings);
  for (const finding of findings.all) surroundings.accuse(finding);
}
