/**
 * The types of all events, by name: an EventSource must be told each name that it shall hear. Kept equal to the
 * contracts' catalogue by a test, because the catalogue itself would bring its schemas into the browser.
 */
import type { EventsBySource } from '@pocket/contracts';

export const EVENT_TYPES = [
  ...(['WalletCreated', 'PaymentSigned', 'PaymentConfirmed', 'PaymentUnconfirmed', 'PaymentFailed'] as const),
  ...(['WalletsForgotten', 'ChainFollowed'] as const),
  ...(['TransactionAccepted', 'TransactionConfirmed', 'TransactionReturned', 'TransactionEvicted'] as const),
  ...(['FailedPaymentListed', 'PoolCleared', 'BlockFollowed', 'BlockUnfollowed'] as const),
  ...(['MiningRequested', 'BlockFound', 'BlockRefused', 'MiningStopped', 'MiningModeSet'] as const),
  ...(['ChainStarted', 'BlockConnected', 'BlockDisconnected', 'BlockStored'] as const),
  ...(['BlockInvalidated', 'BlockReconsidered'] as const),
  'StateHashed',
] as const satisfies readonly (EventsBySource[keyof EventsBySource]['type'] | 'StateHashed')[];

export type EventType = (typeof EVENT_TYPES)[number];

/** What changes the blocks, the coins, and who owns them. */
export const CHAIN_EVENTS: readonly EventType[] = [
  ...(['ChainStarted', 'BlockConnected', 'BlockDisconnected'] as const),
];
/** What changes what the miner does and has done. */
export const MINER_EVENTS: readonly EventType[] = [
  ...(['MiningRequested', 'BlockFound', 'BlockRefused', 'MiningStopped', 'MiningModeSet'] as const),
];
/** What changes the tree of blocks. */
export const BRANCH_EVENTS: readonly EventType[] = [
  ...CHAIN_EVENTS,
  ...(['BlockStored', 'BlockInvalidated', 'BlockReconsidered'] as const),
];
export const WALLET_EVENTS: readonly EventType[] = [
  ...CHAIN_EVENTS,
  ...(['WalletCreated', 'PaymentSigned', 'PaymentConfirmed', 'PaymentUnconfirmed', 'PaymentFailed'] as const),
  ...(['WalletsForgotten', 'ChainFollowed'] as const),
];
export const POOL_EVENTS: readonly EventType[] = [
  ...(['TransactionAccepted', 'TransactionConfirmed', 'TransactionReturned', 'TransactionEvicted'] as const),
  ...(['FailedPaymentListed', 'PoolCleared', 'BlockFollowed', 'BlockUnfollowed'] as const),
];
