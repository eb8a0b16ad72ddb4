/** The public face of @pocket/testkit: the real system for tests, a client that can misbehave, bounded waits, seeded chance. */
export { eventually } from './eventually.ts';
export { followedLogs, logHeads } from './logs.ts';
export {
  OriginalClient,
  type Answer,
  type Envelope,
  type OriginalBlock,
  type OriginalChainstate,
  type OriginalPoolEntry,
  type OriginalWallet,
  type Sending,
} from './original-client.ts';
export { printedSeed, randomOf, type Random } from './random.ts';
export { startTestStack } from './test-stack.ts';
export type { TestStack, TestStackOptions } from './tested-stack.ts';
