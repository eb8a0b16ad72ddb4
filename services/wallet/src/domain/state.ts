/**
 * The wallets and payments that the commands at hand touch. Whether a wallet is locked is kept nowhere: it is, while
 * one of its payments waits. Several may wait at once, where a reorganization took an earlier one out of its block.
 */
import type { NamedCoin } from '@pocket/chain';
import type { WalletEvent } from '@pocket/contracts';

/** Waiting: in no block of the best chain. A failed one may still be confirmed: whoever has its bytes can have it mined. */
export type PaymentStatus = 'waiting' | 'confirmed' | 'failed';

/** A signed payment. */
export interface Payment {
  readonly paymentId: string;
  readonly txid: string;
  readonly from: string;
  readonly to: string;
  /** Base units, decimal. */
  readonly amount: string;
  readonly status: PaymentStatus;
}

export interface Wallet {
  readonly address: string;
  /** Version of the wallet's stream as it was loaded. */
  readonly version: number;
  /** How many events the commands at hand have added to its stream. */
  added: number;
  /** undefined where the wallet is not to pay, or is new and owns nothing. */
  readonly means: Means | undefined;
}

/** What a wallet pays with. */
export interface Means {
  /** Confirmed, unspent and spendable in the next block; as many of the largest as a payment can use. */
  readonly coins: readonly NamedCoin[];
  /** Whether `coins` is all it could spend. */
  readonly allCoins: boolean;
  /** All it owns, base units: what the coins leave of it is too young to be spent. */
  readonly balance: bigint;
  /** 32 bytes; undefined where the wallet is only watched, since its key is not in this system. */
  readonly privateKey: Uint8Array | undefined;
}

/** Whether an amount may need coins of the wallet that were not read. */
export function mayNeedMore({ coins, allCoins }: Means, amount: bigint): boolean {
  return !allCoins && coins.reduce((sum, { coin }) => sum + coin.value, 0n) < amount;
}

export interface WalletState {
  wallets: Map<string, Wallet>;
  /** By txid. Of a wallet that is to pay, all that wait. */
  payments: Map<string, Payment>;
  /** Whether payers were remembered instead of read, and how far the chain's log was followed then. */
  rememberedAt: number | undefined;
}

export const emptyState = (): WalletState => ({ wallets: new Map(), payments: new Map(), rememberedAt: undefined });

/** The payments this wallet waits for; it is locked while there are any. */
export function pendingOf({ payments }: WalletState, address: string): Payment[] {
  return [...payments.values()].filter(({ from, status }) => from === address && status === 'waiting');
}

/** Takes an event into the state. */
export function evolve(state: WalletState, event: WalletEvent): void {
  switch (event.type) {
    case 'WalletCreated':
      state.wallets.set(event.data.address, { address: event.data.address, version: 0, added: 1, means: undefined });
      return;
    case 'PaymentSigned':
      addPayment(state, event.data);
      return;
    case 'PaymentConfirmed':
      changeStatus(state, event.data, 'confirmed');
      return;
    case 'PaymentUnconfirmed':
      changeStatus(state, event.data, 'waiting');
      return;
    case 'PaymentFailed':
      changeStatus(state, event.data, 'failed');
      return;
    case 'WalletsForgotten':
      forget(state, new Set(event.data.addresses));
      return;
    case 'ChainFollowed':
      state.payments.clear();
      return;
    default:
      event satisfies never;
  }
}

function addPayment(state: WalletState, payment: Omit<Payment, 'status'>): void {
  const { paymentId, txid, from, to, amount } = payment;
  state.payments.set(txid, { paymentId, txid, from, to, amount, status: 'waiting' });
  countEvent(state, from);
}

/** A payment that failed unsigned has no txid; it is none of the wallet's. */
function changeStatus(
  state: WalletState,
  { from, txid }: { from: string; txid: string | null },
  status: PaymentStatus,
) {
  if (txid === null) return;
  const payment = state.payments.get(txid);
  if (payment !== undefined) state.payments.set(txid, { ...payment, status });
  countEvent(state, from);
}

function countEvent({ wallets }: WalletState, address: string): void {
  const wallet = wallets.get(address);
  if (wallet !== undefined) wallet.added++;
}

function forget({ wallets, payments }: WalletState, addresses: Set<string>): void {
  for (const address of addresses) wallets.delete(address);
  for (const { from, txid } of payments.values()) if (addresses.has(from)) payments.delete(txid);
}
