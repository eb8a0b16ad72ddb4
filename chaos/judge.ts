/** All that must be true after a run, asked of the evidence. Pure: every history can be judged, also a broken one. */
import { foldChain } from './chain-history.ts';
import type { Evidence } from './evidence.ts';
import type { Finding } from './finding.ts';
import { foldsEqualTables } from './folds.ts';
import {
  chainIsHeaviest,
  chainIsValid,
  nothingIsSpentTwice,
  replayChain,
  supplyEqualsSubsidies,
} from './invariants/chain.ts';
import { blocksAreConnectedOnce, logsHaveNoHoles, poolFollowsChain } from './invariants/log-order.ts';
import {
  everythingIsReady,
  nothingCrashed,
  nothingFailedInside,
  nothingIsLeftAside,
  replicasAgree,
} from './invariants/operation.ts';
import { acceptedAreSomewhere, fatesOf, paymentsAreMadeOnce } from './invariants/payments.ts';

/** One finding for each invariant, always in the same order. Throws for evidence that cannot be read at all. */
export function judge(evidence: Evidence): Finding[] {
  const chain = foldChain(evidence.logs.chainstate.events);
  const replay = replayChain(evidence);
  const fates = fatesOf(evidence, replay);
  return [
    acceptedAreSomewhere(evidence, fates),
    paymentsAreMadeOnce(evidence, fates),
    nothingIsSpentTwice(evidence, replay),
    chainIsValid(evidence, replay),
    chainIsHeaviest(evidence, chain),
    supplyEqualsSubsidies(evidence, replay),
    foldsEqualTables(evidence, chain),
    logsHaveNoHoles(evidence),
    blocksAreConnectedOnce(chain),
    poolFollowsChain(evidence, chain),
    replicasAgree(evidence),
    nothingIsLeftAside(evidence),
    everythingIsReady(evidence),
    nothingCrashed(evidence),
    nothingFailedInside(evidence),
  ];
}
