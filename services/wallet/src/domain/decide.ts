/** Who may pay, with which coins, and when a wallet is free again. Pure: keys and coins come in with the state. */
import {
  ADDRESS_VERSION,
  buildPayment,
  encodeTransaction,
  p2pkhScript,
  selectCoins,
  signTransaction,
  txidOf,
  type Block,
  type Coin,
} from '@pocket/chain';
import { walletEvents, type WalletEvent } from '@pocket/contracts';
import { bytesToHex, decodeAddress } from '@pocket/crypto';
import type { Decision, NewEvent } from '@pocket/eventstore';
import { MAX_PAYMENT_INPUTS, PAYMENT_FEE } from './policy.ts';
import { evolve, pendingOf, type Means, type Payment, type WalletState } from './state.ts';

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
/** The pool has refused a signed payment, or dropped it. */
export interface FailPayment {
  type: 'FailPayment';
  txid: string;
  reason: Reason;
}
/** A block is the new tip. */
export interface FollowBlock extends ChainBlock {
  type: 'FollowBlock';
}
/** The tip has left the best chain. */
export interface UnfollowBlock extends ChainBlock {
  type: 'UnfollowBlock';
}
/** A new chain, on which nobody owns anything yet: coins and waiting payments are gone. */
export interface FollowStart {
  type: 'FollowStart';
  chainId: string;
  network: string;
  /** How many blocks a mined coin must wait before it may be spent. */
  coinbaseMaturity: number;
  /** Of the event in the chain's log. */
  position: number;
}
export interface ForgetWallets {
  type: 'ForgetWallets';
  requestId: string;
}

interface ChainBlock {
  blockHash: string;
  height: number;
  /** Of the event in the chain's log. */
  position: number;
  /** Of the block's payments: its transactions without the coinbase. */
  txids: string[];
  /** With `undo`, what it does to the coins: the read model's part, decided by nobody. */
  block: Block;
  /** The coins it spent, in block order. */
  undo: Coin[];
}

export type WalletCommand =
  CreateWallet | Pay | FailPayment | FollowBlock | UnfollowBlock | FollowStart | ForgetWallets;

export interface Reason {
  code: string;
  message: string;
}
export type RefusalCode =
  | 'wallet-locked'
  | 'unknown-wallet'
  | 'invalid-address'
  | 'watch-only-wallet'
  | 'insufficient-funds'
  | 'too-many-inputs';
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
        failWaiting(state, ({ txid }) => txid === command.txid, command.reason),
      );
    case 'FollowBlock':
      return outcome(state, confirm(command, state));
    case 'UnfollowBlock':
      return outcome(state, unconfirm(command, state));
    case 'FollowStart':
      return outcome(state, followStart(command, state));
    case 'ForgetWallets':
      return forget(command, state);
    default:
      return command satisfies never;
  }
}

/** All that waited is over, and it is said that everything else of the old chain is. */
function followStart({ chainId, network }: FollowStart, state: WalletState): NewEvent[] {
  const followed: WalletEvent = { type: 'ChainFollowed', data: { chainId, network } };
  return [...failWaiting(state, () => true, CHAIN_STARTED), recorded(`chain-${chainId}`, followed)];
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
  const refusal = checkParties(command, state);
  if (refusal !== undefined) return failUnsigned(command, refusal);
  const means = state.wallets.get(command.from)?.means;
  if (means === undefined) return failUnsigned(command, insufficient(command, 0n, 0n));
  const { privateKey } = means;
  if (privateKey === undefined) return failUnsigned(command, watchOnly(command));
  const coins = means.coins.slice(0, MAX_PAYMENT_INPUTS);
  if (coins.length === 0) return failUnsigned(command, insufficient(command, 0n, means.balance));
  const selection = selectCoins(coins, command.amount + PAYMENT_FEE);
  if (!selection.ok)
    return failUnsigned(
      command,
      means.allCoins ? insufficient(command, selection.available, means.balance) : tooManyInputs(command),
    );
  const { txid, hex } = sign(command, privateKey, selection.selected);
  const { paymentId, from, to } = command;
  const data = { paymentId, from, to, amount: command.amount.toString(), fee: PAYMENT_FEE.toString(), txid, hex };
  const events = [recorded(walletStream(from), { type: 'PaymentSigned', data })];
  return { ...outcome(state, events), reply: { ok: true, payment: { paymentId, txid, hex } } };
}

type Refusal = Extract<WalletReply, { ok: false }>;

/** In the original's order: locked, unknown sender, impossible recipient. */
function checkParties({ from, to }: Pay, state: WalletState): Refusal | undefined {
  if (!state.wallets.has(from)) return unknownWallet(from);
  const [pending, ...more] = pendingOf(state, from);
  if (pending !== undefined) return locked(from, pending, more.length);
  const recipient = decodeAddress(to, ADDRESS_VERSION);
  if (!recipient.ok)
    return { ok: false, code: 'invalid-address', message: `${to} is no address: ${recipient.message}` };
  return undefined;
}

function locked(from: string, { txid }: Payment, more: number): Refusal {
  const others = more === 0 ? '' : ` and ${more} more`;
  return { ok: false, code: 'wallet-locked', message: `${from} waits for the confirmation of ${txid}${others}` };
}

function unknownWallet(from: string): Refusal {
  return { ok: false, code: 'unknown-wallet', message: `${from} is no wallet of this system` };
}

/** As after an import without secrets: the wallet can be looked at and paid. */
function watchOnly({ from }: Pay): Refusal {
  return { ok: false, code: 'watch-only-wallet', message: `the private key of ${from} is not in this system` };
}

/** What it owns and cannot spend has been mined too recently. */
function insufficient({ from, amount }: Pay, available: bigint, balance: bigint): Refusal {
  const young = balance - available;
  const message =
    young > 0n
      ? `${from} can spend ${available} base units, ${amount} are needed; ${young} more were mined too recently to be spent`
      : `${from} owns ${available} base units, ${amount} are needed`;
  return { ok: false, code: 'insufficient-funds', message };
}

function tooManyInputs({ from, amount }: Pay): Refusal {
  const message = `${from} would need more than ${MAX_PAYMENT_INPUTS} coins to pay ${amount} base units; send less, or gather coins first`;
  return { ok: false, code: 'too-many-inputs', message };
}

function sign(
  { from, to, amount }: Pay,
  privateKey: Uint8Array,
  selected: Means['coins'],
): { txid: string; hex: string } {
  const toScript = scriptOf(to);
  const changeScript = scriptOf(from);
  const unsigned = buildPayment({ selected, toScript, amount, changeScript });
  const signed = signTransaction(
    unsigned,
    selected.map(({ coin }) => coin),
    () => privateKey,
  );
  return { txid: txidOf(signed), hex: bytesToHex(encodeTransaction(signed)) };
}

/** The script that pays an address. Throws for what is no address: check before. */
export function scriptOf(address: string): Uint8Array {
  const decoded = decodeAddress(address, ADDRESS_VERSION);
  if (!decoded.ok) throw new Error(`${address}: ${decoded.message}`);
  return p2pkhScript(decoded.hash160);
}

/** A payment that came to nothing is a fact too: the original shows it in the pool. It changes no wallet. */
function failUnsigned({ paymentId, from, to, amount }: Pay, refusal: Refusal): Decision<WalletReply> {
  const { code, message } = refusal;
  const data = { paymentId, from, to, amount: amount.toString(), txid: null, reason: { code, message } };
  return { events: [recorded(`payment-${paymentId}`, { type: 'PaymentFailed', data })], reply: refusal };
}

/** Also one that had failed: where its transaction is in a block after all, the payment was made. */
function confirm({ txids, blockHash, height }: FollowBlock, state: WalletState): NewEvent[] {
  return paymentsAmong(txids, state)
    .filter(({ status }) => status !== 'confirmed')
    .map(({ paymentId, from, txid }) =>
      recorded(walletStream(from), { type: 'PaymentConfirmed', data: { paymentId, from, txid, blockHash, height } }),
    );
}

function unconfirm({ txids, blockHash, height }: UnfollowBlock, state: WalletState): NewEvent[] {
  return paymentsAmong(txids, state)
    .filter(({ status }) => status === 'confirmed')
    .map(({ paymentId, from, txid }) =>
      recorded(walletStream(from), { type: 'PaymentUnconfirmed', data: { paymentId, from, txid, blockHash, height } }),
    );
}

function failWaiting({ payments }: WalletState, which: (payment: Payment) => boolean, reason: Reason): NewEvent[] {
  return [...payments.values()]
    .filter((payment) => payment.status === 'waiting' && which(payment))
    .map(({ paymentId, from, to, amount, txid }) =>
      recorded(walletStream(from), { type: 'PaymentFailed', data: { paymentId, from, to, amount, txid, reason } }),
    );
}

/** In block order. */
function paymentsAmong(txids: string[], { payments }: WalletState): Payment[] {
  return txids.flatMap((txid) => payments.get(txid) ?? []);
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
