/** The public face of @pocket/testkit/consensus: rules and fork choice as data, a judge of the rules alone, branches. */
import { blockScenarios } from './block-scenarios.ts';
import { branchScenarios } from './branch-scenarios.ts';
import { paymentScenarios } from './payment-scenarios.ts';
import { placeScenarios } from './place-scenarios.ts';
import type { Scenario } from './scenario.ts';

export { branch, placed, type BranchOptions, type BranchPoint, type PlacedBlock } from './branch.ts';
export { ChainLab, LAB_NETWORK } from './chain-lab.ts';
export type { Judge, JudgedTip, Verdict } from './judge.ts';
export { pureJudge, pureNode, type PureNode } from './pure-judge.ts';
export { play, submitBase, type Scenario, type Step } from './scenario.ts';

/** All of them, in the order in which they are played to one judge. */
export const scenarios: readonly Scenario[] = [
  ...paymentScenarios,
  ...blockScenarios,
  ...placeScenarios,
  ...branchScenarios,
];
