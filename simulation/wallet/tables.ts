/** The wallet's read models in memory: tables keys, wallets, payments, coins and chain, and what their queries answer. */
import {
  addressOfScript,
  CoinChanges,
  createdCoins,
  networks,
  outpointKey,
  spentCoins,
  type Coin,
  type NamedCoin,
} from '@pocket/chain';
import type { WalletEvent, WalletView } from '@pocket/contracts';
import type { Decided } from '@pocket/eventstore';
import type { FollowBlock, UnfollowBlock, WalletCommand } from '../../services/wallet/src/domain/decide.ts';
import type { Payment, PaymentStatus } from '../../services/wallet/src/domain/state.ts';

export interface WalletRow {
  address: string;
  publicKey: string;
  ordinal: number;
  version: number;
  balance: bigint;
}

export interface PaymentRow extends Payment {
  hex: string;
  signedAt: number;
  waitingSince: number;
  accepted: boolean;
}

export interface WalletTables {
  readonly keys: Map<string, Uint8Array>;
  readonly wallets: Map<string, WalletRow>;
  readonly payments: Map<string, PaymentRow>;
  readonly coins: Map<string, NamedCoin & { address: string }>;
  /** `position`: of the last event of the chain's log that was followed. */
  chain: { coinbaseMaturity: number; nextHeight: number; position: number };
}

export function emptyWalletTables(): WalletTables {
  return {
    keys: new Map(),
    wallets: new Map(),
    payments: new Map(),
    coins: new Map(),
    chain: { coinbaseMaturity: 0, nextHeight: 0, position: 0 },
  };
}

/** Takes a batch in. */
export function foldWallet(tables: WalletTables, base: number, decided: readonly Decided<WalletCommand>[]): void {
  let position = base;
  const changes = new CoinChanges();
  for (const { command, events } of decided) {
    foldCommand(tables, command, changes);
    for (const event of events) foldEvent(tables, event as unknown as WalletEvent, ++position);
  }
  for (const outpoint of changes.removed()) tables.coins.delete(outpointKey(outpoint));
  for (const coin of changes.added()) keepCoin(tables, coin);
}

/** Coins of other people's are not kept. */
function keepCoin({ coins, wallets }: WalletTables, coin: NamedCoin): void {
  const address = addressOf(coin.coin);
  if (wallets.has(address)) coins.set(outpointKey(coin.outpoint), { ...coin, address });
}

function foldCommand(tables: WalletTables, command: WalletCommand, changes: CoinChanges): void {
  switch (command.type) {
    case 'CreateWallet':
      tables.keys.set(command.address, command.encryptedKey);
      return;
    case 'FollowBlock':
      changes.connect(command.block, command.undo, command.height);
      tables.chain = { ...tables.chain, nextHeight: command.height + 1, position: command.position };
      foldBalances(tables, command, 1n);
      return;
    case 'UnfollowBlock':
      changes.disconnect(command.block, command.undo, command.height);
      tables.chain = { ...tables.chain, nextHeight: command.height, position: command.position };
      foldBalances(tables, command, -1n);
      return;
    case 'FollowStart':
      for (const wallet of tables.wallets.values()) wallet.balance = 0n;
      tables.coins.clear();
      tables.chain = { coinbaseMaturity: command.coinbaseMaturity, nextHeight: 0, position: command.position };
      return;
    case 'ForgetWallets':
    case 'Pay':
    case 'FailPayment':
      return;
    default:
      command satisfies never;
  }
}

/** @param sign 1 for a block that comes, -1 for one that goes. */
function foldBalances(
  { wallets }: WalletTables,
  { block, undo, height }: FollowBlock | UnfollowBlock,
  sign: bigint,
): void {
  const add = (coin: Coin, value: bigint): void => {
    const wallet = wallets.get(addressOf(coin));
    if (wallet !== undefined) wallet.balance += value;
  };
  for (const { coin } of block.transactions.flatMap((transaction) => createdCoins(transaction, height)))
    add(coin, sign * coin.value);
  for (const { coin } of spentCoins(block, undo).flat()) add(coin, -sign * coin.value);
}

function foldEvent(tables: WalletTables, event: WalletEvent, ordinal: number): void {
  switch (event.type) {
    case 'WalletCreated': {
      const { address, publicKey } = event.data;
      tables.wallets.set(address, { address, publicKey, ordinal, version: 1, balance: 0n });
      return;
    }
    case 'PaymentSigned': {
      const now = Date.now();
      const known = { ...event.data, status: 'waiting' as const, signedAt: now, waitingSince: now, accepted: false };
      tables.payments.set(event.data.txid, known);
      countEvent(tables, event.data.from);
      return;
    }
    case 'PaymentConfirmed':
      changeStatus(tables, event.data, 'confirmed');
      return;
    case 'PaymentUnconfirmed':
      changeStatus(tables, event.data, 'waiting');
      return;
    case 'PaymentFailed':
      changeStatus(tables, event.data, 'failed');
      return;
    case 'WalletsForgotten':
      for (const address of event.data.addresses) forget(tables, address);
      return;
    case 'ChainFollowed':
      tables.payments.clear();
      return;
    default:
      event satisfies never;
  }
}

function forget({ keys, wallets, payments, coins }: WalletTables, forgotten: string): void {
  keys.delete(forgotten);
  wallets.delete(forgotten);
  for (const { txid, from } of payments.values()) if (from === forgotten) payments.delete(txid);
  for (const [key, { address }] of coins) if (address === forgotten) coins.delete(key);
}

/** A payment that failed unsigned has no txid and belongs to no wallet's stream. What waits again is handed over again. */
function changeStatus(
  tables: WalletTables,
  { txid, from }: { txid: string | null; from: string },
  status: PaymentStatus,
): void {
  if (txid === null) return;
  countEvent(tables, from);
  const payment = tables.payments.get(txid);
  if (payment === undefined) return;
  const again = status === 'waiting' ? { accepted: false, waitingSince: Date.now() } : {};
  tables.payments.set(txid, { ...payment, status, ...again });
}

function countEvent({ wallets }: WalletTables, address: string): void {
  const wallet = wallets.get(address);
  if (wallet !== undefined) wallet.version++;
}

export function addressOf({ scriptPubKey }: Coin): string {
  return addressOfScript(scriptPubKey, networks.pocket) ?? '';
}

/** In the order of their making. */
export function waitingPayments({ payments }: WalletTables, address?: string): PaymentRow[] {
  return [...payments.values()]
    .filter(({ status, from }) => status === 'waiting' && (address === undefined || from === address))
    .sort(bySigning);
}

export function bySigning(left: PaymentRow, right: PaymentRow): number {
  return left.signedAt - right.signedAt || (left.txid < right.txid ? -1 : 1);
}

export function viewOf(tables: WalletTables, { address, publicKey, balance }: WalletRow): WalletView {
  const locked = waitingPayments(tables, address).length > 0;
  return { address, publicKey, privateKey: null, balance: balance.toString(), locked };
}
