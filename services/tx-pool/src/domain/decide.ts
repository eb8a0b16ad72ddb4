/** What may wait for a block, and what leaves the pool when one is connected. Pure. */
import {
  addressOfScript,
  checkTransaction,
  checkTransactionInputs,
  checkTransactionScripts,
  isFinal,
  medianTimePast,
  networks,
  outpointKey,
  txidOf,
  type Block,
  type BlockHash,
  type Coin,
  type RejectCode,
  type Transaction,
} from '@pocket/chain';
import { poolEvents, type PoolEvent, type WalletEvent } from '@pocket/contracts';
import type { Decision, NewEvent } from '@pocket/eventstore';
import { checkPolicy, type PolicyCode } from './policy.ts';
import { advanceTip, evolve, POOL_STREAM, startChain, type PoolState } from './state.ts';

export interface SubmitTransaction {
  type: 'SubmitTransaction';
  transaction: Transaction;
  hex: string;
  /** Unix milliseconds. */
  now: number;
}
/** The chain has got a block on top. */
export interface FollowBlock {
  type: 'FollowBlock';
  block: Block;
  blockHash: BlockHash;
  height: number;
}
/** The chain has begun anew. */
export interface FollowStart {
  type: 'FollowStart';
  chainId: string;
}
/** A payment failed at its wallet; the original shows it in the pool. */
export interface ListFailedPayment {
  type: 'ListFailedPayment';
  payment: Extract<WalletEvent, { type: 'PaymentFailed' }>['data'];
}
export type PoolCommand = SubmitTransaction | FollowBlock | FollowStart | ListFailedPayment;
export type PoolReply = { ok: true; txid: string } | { ok: false; code: RejectCode | PolicyCode; message: string };

const DONE: PoolReply = { ok: true, txid: '' };

/** Decides one command and takes the outcome into `state`. */
export function decide(command: PoolCommand, state: PoolState): Decision<PoolReply> {
  switch (command.type) {
    case 'SubmitTransaction':
      return submit(command, state);
    case 'FollowBlock':
      return followBlock(command, state);
    case 'FollowStart':
      return followStart(command, state);
    case 'ListFailedPayment':
      return listFailedPayment(command, state);
    default:
      return command satisfies never;
  }
}

function submit({ transaction, hex, now }: SubmitTransaction, state: PoolState): Decision<PoolReply> {
  const txid = txidOf(transaction);
  const reply: PoolReply = { ok: true, txid };
  if (state.transactions.has(txid)) return { events: [], reply };
  const checked = check(transaction, state);
  if (!checked.ok) return { events: [], reply: checked };
  const first = transaction.inputs[0];
  const payment = transaction.outputs[0];
  const event: PoolEvent = {
    type: 'TransactionAccepted',
    data: {
      txid,
      hex,
      from: addressOf(first === undefined ? undefined : state.coins.get(first.prevout)),
      to: addressOf(payment),
      amount: (payment?.value ?? 0n).toString(),
      fee: checked.fee.toString(),
      receivedAt: now,
    },
  };
  evolve(state, event, transaction);
  return { events: [recorded(event)], reply };
}

/** Consensus first, so that the reason does not depend on what else waits; then the pool's own policy. */
function check(transaction: Transaction, state: PoolState) {
  const height = (state.tip.height ?? -1) + 1;
  const sound = checkTransaction(transaction);
  if (!sound.ok) return sound;
  if (!isFinal(transaction, height, medianTimePast(state.tip.times)))
    return {
      ok: false as const,
      code: 'bad-txns-nonfinal' as const,
      message: `the transaction is not final at height ${height}`,
    };
  const policy = checkPolicy(transaction, state);
  if (!policy.ok) return policy;
  const inputs = checkTransactionInputs(transaction, state.coins, height, networks.pocket);
  if (!inputs.ok) return inputs;
  const scripts = checkTransactionScripts(transaction, state.coins);
  return scripts.ok ? inputs : scripts;
}

function followBlock({ block, blockHash, height }: FollowBlock, state: PoolState): Decision<PoolReply> {
  const confirmed = block.transactions.map(txidOf).filter((txid) => state.transactions.has(txid));
  const events: PoolEvent[] = confirmed.map((txid) => ({
    type: 'TransactionConfirmed',
    data: { txid, blockHash, height },
  }));
  for (const event of events) evolve(state, event);
  events.push(...evictConflicts(block, blockHash, state), { type: 'BlockFollowed', data: { blockHash, height } });
  for (const event of events.slice(confirmed.length)) evolve(state, event);
  advanceTip(state, block, blockHash, height);
  return { events: events.map(recorded), reply: DONE };
}

/** Waiting transactions whose coin a block has spent otherwise can never be mined. */
function evictConflicts(block: Block, blockHash: string, state: PoolState): PoolEvent[] {
  const spent = block.transactions.flatMap(({ inputs }) => inputs.map(({ prevout }) => outpointKey(prevout)));
  const losers = new Set(spent.map((key) => state.spenders.get(key)).filter((txid) => txid !== undefined));
  return [...losers].map((txid) => ({
    type: 'TransactionEvicted',
    data: { txid, reason: { code: 'txn-mempool-conflict', message: `block ${blockHash} spends a coin of it` } },
  }));
}

function followStart({ chainId }: FollowStart, state: PoolState): Decision<PoolReply> {
  startChain(state, chainId);
  const event: PoolEvent = { type: 'PoolCleared', data: { chainId } };
  evolve(state, event);
  return { events: [recorded(event)], reply: DONE };
}

/** A payment that only its chain's end has cancelled did not fail on a rule and is not shown. */
function listFailedPayment({ payment }: ListFailedPayment, state: PoolState): Decision<PoolReply> {
  if (payment.reason.code === 'chain-started') return { events: [], reply: DONE };
  const { paymentId, from, to, amount, reason } = payment;
  const event: PoolEvent = { type: 'FailedPaymentListed', data: { paymentId, from, to, amount, reason } };
  evolve(state, event);
  return { events: [recorded(event)], reply: DONE };
}

function recorded(event: PoolEvent): NewEvent {
  return { ...event, stream: POOL_STREAM, schemaVersion: poolEvents[event.type].schemaVersion };
}

function addressOf(output: Pick<Coin, 'scriptPubKey'> | undefined): string {
  return output === undefined ? '' : (addressOfScript(output.scriptPubKey, networks.pocket) ?? '');
}
