/** Given events, when commands, then events and replies of wallets; and the events and commands that most tests start from. */
import type { NamedCoin } from '@pocket/chain';
import type { WalletEvent } from '@pocket/contracts';
import { scenario } from '@pocket/eventstore/scenario';
import { mineOn, ownerOf, type Owner } from '@pocket/testkit/builders';
import { decide, type FollowBlock, type Pay, type UnfollowBlock, type WalletCommand } from '../src/domain/decide.ts';
import { emptyState, evolve, pendingOf, type Means, type Wallet, type WalletState } from '../src/domain/state.ts';

export const [alice, bob, carol] = [ownerOf(1), ownerOf(2), ownerOf(3)];
export const TXID = 'aa'.repeat(32);
export const OTHER = 'cc'.repeat(32);
const BLOCK_HASH = 'bb'.repeat(32);

export function walletOf(owner: Owner, coins: NamedCoin[] = [], changes: Partial<Means> = {}): Wallet {
  const { address, privateKey } = owner;
  const balance = coins.reduce((sum, { coin }) => sum + coin.value, 0n);
  return { address, version: 1, added: 0, means: { coins, allCoins: true, balance, privateKey, ...changes } };
}

export function wallets(...loaded: Wallet[]) {
  const initial = (): WalletState => ({
    ...emptyState(),
    wallets: new Map(loaded.map((wallet) => [wallet.address, { ...wallet }])),
  });
  return scenario<WalletCommand, WalletState, ReturnType<typeof decide>['reply'], WalletEvent>({
    initial,
    evolve,
    decide,
  });
}

export const pay = (changes: Partial<Pay> = {}): Pay => ({
  type: 'Pay',
  paymentId: 'payment-1',
  from: alice.address,
  to: bob.address,
  amount: 3n,
  ...changes,
});

export const failed = (reason: { code: string; message: string }, { paymentId, from, to, amount } = pay()) => ({
  type: 'PaymentFailed',
  data: { paymentId, from, to, amount: amount.toString(), txid: null, reason },
});

export const signedEvent = (owner: Owner, changes: object = {}): WalletEvent => ({
  type: 'PaymentSigned',
  data: {
    paymentId: 'payment-0',
    from: owner.address,
    to: bob.address,
    amount: '3',
    fee: '0',
    txid: TXID,
    hex: '',
    ...changes,
  },
});

const block = { block: mineOn(undefined, alice), undo: [] };
export const follow = (...txids: string[]): FollowBlock => ({
  type: 'FollowBlock',
  txids,
  blockHash: BLOCK_HASH,
  position: 2,
  height: 7,
  ...block,
});
export const unfollow = (...txids: string[]): UnfollowBlock => ({ ...follow(...txids), type: 'UnfollowBlock' });

const outcomeOf = (owner: Owner, changes: object = {}) => ({
  paymentId: 'payment-0',
  from: owner.address,
  txid: TXID,
  blockHash: BLOCK_HASH,
  height: 7,
  ...changes,
});
export const confirmedEvent = (owner: Owner, changes: object = {}): WalletEvent => ({
  type: 'PaymentConfirmed',
  data: outcomeOf(owner, changes),
});
export const unconfirmedEvent = (owner: Owner, changes: object = {}): WalletEvent => ({
  type: 'PaymentUnconfirmed',
  data: outcomeOf(owner, changes),
});

const REASON = { code: 'bad-txns-inputs-missingorspent', message: 'gone' };
export const failing = (txid = TXID) => ({ type: 'FailPayment' as const, txid, reason: REASON });
export const failedEvent = (owner: Owner, changes: object = {}): WalletEvent => ({
  type: 'PaymentFailed',
  data: {
    paymentId: 'payment-0',
    from: owner.address,
    to: bob.address,
    amount: '3',
    txid: TXID,
    reason: REASON,
    ...changes,
  },
});

/** The transactions this owner's wallet waits for. */
export const pendingTxids = (state: WalletState, { address }: Owner) =>
  pendingOf(state, address).map(({ txid }) => txid);
