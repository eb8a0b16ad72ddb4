/** Who may pay, with which coins, and when a wallet is free again. Pure: keys and coins come in with the state. */
import {
  buildPayment,
  encodeTransaction,
  networks,
  scriptOfAddress,
  selectCoins,
  signTransaction,
  txidOf,
  type NamedCoin,
} from '@pocket/chain';
import { walletEvents, type WalletEvent } from '@pocket/contracts';
import { bytesToHex, decodeAddress, type Address } from '@pocket/crypto';
import type { Decision, NewEvent } from '@pocket/eventstore';
import { MAX_PAYMENT_INPUTS, PAYMENT_FEE } from './policy.ts';
import { evolve, type Wallet, type WalletState } from './state.ts';

export interface CreateWallet {
  type: 'CreateWallet';
  address: string;
  /** 33 bytes, hex. */
  publicKey: string;
  /** Goes to the key table and into no event. */
  encryptedKey: Uint8Array;
}
export interface Pay {
  type: 'Pay';
  paymentId: string;
  from: string;
  to: string;
  /** Base units, at least 1. */
  amount: bigint;
}
/** The pool has refused a signed payment. */
export interface FailPayment {
  type: 'FailPayment';
  txid: string;
  reason: Reason;
}
/** A block holds these transactions. */
export interface ConfirmPayments {
  type: 'ConfirmPayments';
  txids: string[];
  blockHash: string;
  height: number;
  coins: CoinChanges;
}
/** The chain has begun anew: coins and waiting payments are gone. */
export interface FollowStart {
  type: 'FollowStart';
}
export interface ForgetWallets {
  type: 'ForgetWallets';
  requestId: string;
}
/** What a block means to whoever owns its coins: the read model's part, decided by nobody. */
export interface CoinChanges {
  created: (NamedCoin & { address: string })[];
  spent: (NamedCoin & { address: string })[];
}

export type WalletCommand = CreateWallet | Pay | FailPayment | ConfirmPayments | FollowStart | ForgetWallets;

export interface Reason {
  code: string;
  message: string;
}
export type RefusalCode =
  'wallet-locked' | 'unknown-wallet' | 'invalid-address' | 'insufficient-funds' | 'too-many-inputs';
export type WalletReply =
  | { ok: true; payment?: { paymentId: string; txid: string; hex: string } }
  | { ok: false; code: RefusalCode; message: string };

const DONE: WalletReply = { ok: true };

/** Decides one command and takes the outcome into `state`. */
export function decide(command: WalletCommand, state: WalletState): Decision<WalletReply> {
  switch (command.type) {
    case 'CreateWallet':
      return create(command, state);
    case 'Pay':
      return pay(command, state);
    case 'FailPayment':
      return outcome(
        state,
        failPending(state, ({ txid }) => txid === command.txid, command.reason),
      );
    case 'ConfirmPayments':
      return outcome(state, confirmPending(command, state));
    case 'FollowStart':
      return outcome(
        state,
        failPending(state, () => true, CHAIN_STARTED),
      );
    case 'ForgetWallets':
      return forget(command, state);
    default:
      return command satisfies never;
  }
}

/** Why a payment that waited on the old chain is over. */
const CHAIN_STARTED: Reason = {
  code: 'chain-started',
  message: 'a new chain was started before the payment was mined',
};

export const walletStream = (address: string): string => `wallet-${address}`;

function create({ address, publicKey }: CreateWallet, state: WalletState): Decision<WalletReply> {
  return outcome(state, [recorded(walletStream(address), { type: 'WalletCreated', data: { address, publicKey } })]);
}

function pay(command: Pay, state: WalletState): Decision<WalletReply> {
  const wallet = state.wallets.get(command.from);
  const refusal = checkParties(command, wallet);
  if (refusal !== undefined || wallet === undefined)
    return failUnsigned(command, refusal ?? unknownWallet(command.from));
  if (wallet.coins.length === 0) return failUnsigned(command, insufficient(command, 0n));
  const selection = selectCoins(wallet.coins.slice(0, MAX_PAYMENT_INPUTS), command.amount + PAYMENT_FEE);
  if (!selection.ok)
    return failUnsigned(command, wallet.allCoins ? insufficient(command, selection.available) : tooManyInputs(command));
  const { txid, hex } = sign(command, wallet, selection.selected);
  const { paymentId, from, to } = command;
  const data = { paymentId, from, to, amount: command.amount.toString(), fee: PAYMENT_FEE.toString(), txid, hex };
  const events = [recorded(walletStream(from), { type: 'PaymentSigned', data })];
  return { ...outcome(state, events), reply: { ok: true, payment: { paymentId, txid, hex } } };
}

type Refusal = Extract<WalletReply, { ok: false }>;

/** In the original's order: locked, unknown sender, impossible recipient. */
function checkParties({ from, to }: Pay, wallet: Wallet | undefined): Refusal | undefined {
  if (wallet?.pending !== undefined)
    return {
      ok: false,
      code: 'wallet-locked',
      message: `${from} waits for the confirmation of ${wallet.pending.txid}`,
    };
  if (wallet === undefined) return unknownWallet(from);
  const recipient = decodeAddress(to, networks.pocket.addressVersion);
  if (!recipient.ok)
    return { ok: false, code: 'invalid-address', message: `${to} is no address: ${recipient.message}` };
  return undefined;
}

function unknownWallet(from: string): Refusal {
  return { ok: false, code: 'unknown-wallet', message: `${from} is no wallet of this system` };
}

function insufficient({ from, amount }: Pay, available: bigint): Refusal {
  return {
    ok: false,
    code: 'insufficient-funds',
    message: `${from} owns ${available} base units, ${amount} are needed`,
  };
}

function tooManyInputs({ from, amount }: Pay): Refusal {
  const message = `${from} would need more than ${MAX_PAYMENT_INPUTS} coins to pay ${amount} base units; send less, or gather coins first`;
  return { ok: false, code: 'too-many-inputs', message };
}

function sign(
  { from, to, amount }: Pay,
  wallet: Wallet,
  selected: readonly NamedCoin[],
): { txid: string; hex: string } {
  const { privateKey } = wallet;
  if (privateKey === undefined) throw new Error(`the key of ${from} was not loaded`);
  const toScript = scriptOfAddress(to as Address, networks.pocket);
  const changeScript = scriptOfAddress(from as Address, networks.pocket);
  const unsigned = buildPayment({ selected, toScript, amount, changeScript });
  const signed = signTransaction(
    unsigned,
    selected.map(({ coin }) => coin),
    () => privateKey,
  );
  return { txid: txidOf(signed), hex: bytesToHex(encodeTransaction(signed)) };
}

/** A payment that came to nothing is a fact too: the original shows it in the pool. It changes no wallet. */
function failUnsigned({ paymentId, from, to, amount }: Pay, refusal: Refusal): Decision<WalletReply> {
  const { code, message } = refusal;
  const data = { paymentId, from, to, amount: amount.toString(), txid: null, reason: { code, message } };
  return { events: [recorded(`payment-${paymentId}`, { type: 'PaymentFailed', data })], reply: refusal };
}

function confirmPending({ txids, blockHash, height }: ConfirmPayments, state: WalletState): NewEvent[] {
  const mined = new Set(txids);
  return pendingWhere(state, ({ txid }) => mined.has(txid)).map(([from, { paymentId, txid }]) =>
    recorded(walletStream(from), { type: 'PaymentConfirmed', data: { paymentId, from, txid, blockHash, height } }),
  );
}

function failPending(state: WalletState, which: (payment: PendingPayment) => boolean, reason: Reason): NewEvent[] {
  return pendingWhere(state, which).map(([from, { paymentId, to, amount, txid }]) =>
    recorded(walletStream(from), { type: 'PaymentFailed', data: { paymentId, from, to, amount, txid, reason } }),
  );
}

type PendingPayment = NonNullable<Wallet['pending']>;

function pendingWhere(
  { wallets }: WalletState,
  which: (payment: PendingPayment) => boolean,
): [string, PendingPayment][] {
  return [...wallets.values()].flatMap(({ address, pending }): [string, PendingPayment][] =>
    pending !== undefined && which(pending) ? [[address, pending]] : [],
  );
}

function forget({ requestId }: ForgetWallets, state: WalletState): Decision<WalletReply> {
  const addresses = [...state.wallets.keys()];
  return outcome(state, [recorded(`forgetting-${requestId}`, { type: 'WalletsForgotten', data: { addresses } })]);
}

function outcome(state: WalletState, events: NewEvent[]): Decision<WalletReply> {
  for (const event of events) evolve(state, event as unknown as WalletEvent);
  return { events, reply: DONE };
}

function recorded(stream: string, event: WalletEvent): NewEvent {
  return { ...event, stream, schemaVersion: walletEvents[event.type].schemaVersion };
}
