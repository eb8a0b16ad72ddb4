/**
 * Whether a transaction from outside may wait. Asked in this order: what consensus and policy say of it alone, its
 * coins, its fee, what it replaces, its chain, its signatures, and last whether the pool has room.
 */
import {
  checkFinal,
  checkTransaction,
  checkTransactionInputs,
  checkTransactionScripts,
  isCoinbase,
  type CoinView,
  type Transaction,
} from '@pocket/chain';
import type { PoolEvent, TransactionOutcome } from '@pocket/contracts';
import type { Submission } from './commands.ts';
import { evict, makeRoom } from './eviction.ts';
import {
  checkChains,
  checkMinFee,
  checkReplacement,
  checkStandard,
  conflictsOf,
  refuse,
  type PoolPolicy,
} from './policy.ts';
import type { Waiting } from './pool.ts';
import { waitingData, youngestCoinbase } from './recording.ts';
import { coinsSpentBy, evolve, nextHeight, tipMedianTime, type PoolState } from './state.ts';

type Refusal = Extract<TransactionOutcome, { ok: false }>;
interface Judged {
  events: PoolEvent[];
  outcome: TransactionOutcome;
}

/** Judges a transaction and takes the outcome into `state`; what waits already is accepted again without an event. */
export function submit(submission: Submission, now: number, state: PoolState, policy: PoolPolicy): Judged {
  const known = state.pool.get(submission.txid);
  if (known !== undefined) return { events: [], outcome: accepted(known) };
  const sizeBytes = submission.hex.length / 2;
  const alone = checkAlone(submission.transaction, sizeBytes, state);
  if (!alone.ok) return { events: [], outcome: alone };
  const coins = coinsSpentBy(submission.transaction, state);
  const priced = checkCoins(submission, coins, state);
  if (!priced.ok) return { events: [], outcome: priced };
  const coinbaseHeight = youngestCoinbase(submission.transaction, coins);
  const { txid, transaction } = submission;
  const receivedAt = arrivalOf(transaction, now, state);
  const times = { receivedAt, waitingSince: receivedAt };
  const waiting = { txid, transaction, fee: priced.fee, sizeBytes, ...times, coinbaseHeight };
  return state.pool.attempt(() => {
    const judged = letIn(waiting, submission.hex, coins, state, policy);
    return { keep: judged.outcome.ok, value: judged };
  });
}

/** Judges them in their order, each as if those before it had been accepted, and leaves everything as it was. */
export function test(submissions: Submission[], now: number, state: PoolState, policy: PoolPolicy) {
  return state.pool.attempt(() => ({
    keep: false,
    value: submissions.map((submission) => submit(submission, now, state, policy).outcome),
  }));
}

function accepted({ txid, fee, sizeBytes }: Waiting): TransactionOutcome {
  return { ok: true, txid, fee: fee.toString(), sizeBytes };
}

/** Consensus first, so that the reason does not depend on the pool's policy. */
function checkAlone(transaction: Transaction, sizeBytes: number, { tip }: PoolState): Refusal | { ok: true } {
  const sound = checkTransaction(transaction);
  if (!sound.ok) return sound;
  if (isCoinbase(transaction)) {
    const [found, expected] = ['a coinbase', 'a transaction that spends outputs'];
    return refuse('coinbase', `this is ${found}, which only a block may hold; it must be ${expected}`, {
      found,
      expected,
    });
  }
  const final = checkFinal(transaction, nextHeight(tip), tipMedianTime(tip));
  return final.ok ? checkStandard(transaction, sizeBytes) : final;
}

function checkCoins({ transaction, txid }: Submission, coins: CoinView, { tip, coins: confirmed }: PoolState) {
  const inputs = checkTransactionInputs(transaction, coins, nextHeight(tip), tip.network);
  if (inputs.ok || inputs.code !== 'bad-txns-inputs-missingorspent') return inputs;
  const vout = transaction.outputs.findIndex((_, index) => confirmed.has({ txid, vout: index }));
  if (vout === -1) return inputs;
  const expected = 'a transaction that no block holds';
  const message = `a block holds ${txid} already, its output ${vout} is unspent; it must be ${expected}`;
  return refuse('txn-already-known', message, { found: txid, expected, output: vout });
}

/** Never before what it needs, even where clocks disagree. */
function arrivalOf({ inputs }: Transaction, now: number, { pool }: PoolState): number {
  return Math.max(now, ...inputs.map(({ prevout }) => pool.get(prevout.txid)?.receivedAt ?? 0));
}

/** Lets it in, with all that this pushes out; worth something only when the outcome is a yes. */
function letIn(waiting: Waiting, hex: string, coins: CoinView, state: PoolState, policy: PoolPolicy): Judged {
  const { transaction, txid } = waiting;
  const conflicts = conflictsOf(transaction, state.pool);
  const minFee = checkMinFee(waiting, policy);
  const replacement = minFee.ok ? checkReplacement(waiting, conflicts, state.pool) : minFee;
  if (!replacement.ok) return { events: [], outcome: replacement };
  const replaced = evict(state, conflicts, 'replaced', `${txid} pays more for the same coins`);
  const chains = checkChains(waiting, state.pool);
  const signed = chains.ok ? checkTransactionScripts(transaction, coins) : chains;
  if (!signed.ok) return { events: [], outcome: signed };
  const [first] = transaction.inputs;
  const firstCoin = first === undefined ? undefined : coins.get(first.prevout);
  const event: PoolEvent = {
    type: 'TransactionAccepted',
    data: waitingData(waiting, hex, firstCoin, state.tip),
  };
  evolve(state, event, waiting);
  const room = makeRoom(txid, state, policy);
  if (!room.ok) return { events: [], outcome: room };
  return { events: [...replaced, event, ...room.evicted], outcome: accepted(waiting) };
}
