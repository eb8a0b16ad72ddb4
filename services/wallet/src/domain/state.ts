/** The wallets that the commands at hand touch: whose they are, what they own, and what they wait for. */
import type { NamedCoin } from '@pocket/chain';
import type { WalletEvent } from '@pocket/contracts';

export interface PendingPayment {
  paymentId: string;
  txid: string;
  to: string;
  /** Base units, decimal. */
  amount: string;
}

export interface Wallet {
  address: string;
  /** Version of the wallet's stream as it was loaded. */
  version: number;
  /** A wallet that waits for a payment's confirmation is locked. */
  pending: PendingPayment | undefined;
  /** Confirmed, unspent; as many of the largest as a payment can use. */
  coins: NamedCoin[];
  /** Whether `coins` is all it owns. */
  allCoins: boolean;
  /** 32 bytes; only loaded for a wallet that is to sign. */
  privateKey: Uint8Array | undefined;
}

export interface WalletState {
  wallets: Map<string, Wallet>;
}

/** Takes an event into the state. */
export function evolve(state: WalletState, event: WalletEvent): void {
  switch (event.type) {
    case 'WalletCreated':
      state.wallets.set(event.data.address, newWallet(event.data.address));
      return;
    case 'PaymentSigned':
      setPending(state, event.data.from, event.data);
      return;
    case 'PaymentConfirmed':
      setPending(state, event.data.from, undefined);
      return;
    case 'PaymentFailed':
      if (event.data.txid !== null) setPending(state, event.data.from, undefined);
      return;
    case 'WalletsForgotten':
      for (const address of event.data.addresses) state.wallets.delete(address);
      return;
    default:
      event satisfies never;
  }
}

function newWallet(address: string): Wallet {
  return { address, version: 0, pending: undefined, coins: [], allCoins: true, privateKey: undefined };
}

function setPending(state: WalletState, address: string, pending: PendingPayment | undefined): void {
  const wallet = state.wallets.get(address);
  if (wallet !== undefined) wallet.pending = pending;
}
