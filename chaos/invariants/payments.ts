/**
 * Nothing that was said yes to is lost, nothing happens twice, and nothing that was said no to happens. Calls without an
 * answer may have had an effect or none; if they had one, it can be seen like every other.
 */
import { isCoinbase, txidOf } from '@pocket/chain';
import { readEvent } from '@pocket/contracts';
import type { Evidence } from '../evidence.ts';
import type { Breach, Finding } from '../finding.ts';
import type { Call } from '../history.ts';
import type { Replay } from './chain.ts';

/** Where transactions are, and what was said of them. */
interface Fates {
  /** How many blocks of the best chain hold a transaction. */
  readonly mined: ReadonlyMap<string, number>;
  readonly waiting: ReadonlySet<string>;
  /** Evicted from the pool or failed at the wallet, with a reason. */
  readonly ended: ReadonlySet<string>;
  /** Transactions that the wallet has signed, by correlation id. */
  readonly signed: ReadonlyMap<string, readonly string[]>;
  /** All that a log says was taken. */
  readonly known: ReadonlySet<string>;
}

export function fatesOf({ logs, pool }: Pick<Evidence, 'logs' | 'pool'>, { blocks }: Replay): Fates {
  const mined = new Map<string, number>();
  for (const txid of blocks.flatMap(({ transactions }) => transactions.filter((one) => !isCoinbase(one)).map(txidOf)))
    mined.set(txid, (mined.get(txid) ?? 0) + 1);
  const waiting = new Set(pool.flatMap(({ txid }) => txid ?? []));
  const fates = {
    mined,
    waiting,
    ended: new Set<string>(),
    signed: new Map<string, string[]>(),
    known: new Set<string>(),
  };
  for (const recorded of logs.wallet.events) {
    const { type, data } = readEvent('wallet', recorded);
    if (type === 'PaymentFailed' && data.txid !== null) fates.ended.add(data.txid);
    if (type !== 'PaymentSigned') continue;
    const { correlationId } = recorded.metadata;
    fates.signed.set(correlationId, [...(fates.signed.get(correlationId) ?? []), data.txid]);
    fates.known.add(data.txid);
  }
  for (const recorded of logs['tx-pool'].events) {
    const { type, data } = readEvent('tx-pool', recorded);
    if (type === 'TransactionAccepted') fates.known.add(data.txid);
    if (type === 'TransactionEvicted') fates.ended.add(data.txid);
  }
  return fates;
}

/** Every transaction that anybody was promised, or that a log speaks of, is somewhere, once. */
export function acceptedAreSomewhere({ calls }: Pick<Evidence, 'calls'>, fates: Fates): Finding {
  const accepted = calls.filter(({ outcome }) => outcome.kind === 'accepted');
  const promised = new Map(accepted.flatMap((call) => txidsOf(call, fates).map((txid) => [txid, call] as const)));
  const all = new Set([...promised.keys(), ...fates.known]);
  const places = [...all].map((txid) => placeOf(txid, fates));
  const tally = (place: string): number => places.filter((one) => one === place).length;
  return {
    invariant: 'nothing-lost',
    says: 'every accepted transaction is in the pool, in exactly one block of the best chain, or was refused visibly',
    count: all.size,
    detail: `${tally('mined')} mined, ${tally('waiting')} waiting, ${tally('ended')} evicted or failed; ${promised.size} promised to a client`,
    breaches: [
      ...accepted.flatMap((call) => unsigned(call, fates)),
      ...[...all].flatMap((txid) => lost(txid, promised, fates)),
    ],
  };
}

function txidsOf({ txid, correlationId, kind }: Call, { signed }: Fates): readonly string[] {
  if (kind === 'send') return signed.get(correlationId) ?? [];
  return txid === undefined ? [] : [txid];
}

function unsigned(call: Call, fates: Fates): Breach[] {
  if (call.kind !== 'send' || txidsOf(call, fates).length > 0) return [];
  return [
    { text: `the payment ${call.correlationId} was accepted and the wallet has signed none for it`, atMs: call.atMs },
  ];
}

function placeOf(txid: string, { mined, waiting, ended }: Fates): 'mined' | 'waiting' | 'ended' | undefined {
  if (mined.has(txid)) return 'mined';
  if (waiting.has(txid)) return 'waiting';
  return ended.has(txid) ? 'ended' : undefined;
}

function lost(txid: string, promised: ReadonlyMap<string, Call>, fates: Fates): Breach[] {
  const atMs = promised.get(txid)?.atMs;
  const times = fates.mined.get(txid) ?? 0;
  const texts = [
    ...(times > 1 ? [`${txid} is in ${times} blocks of the best chain`] : []),
    ...(times > 0 && fates.waiting.has(txid) ? [`${txid} is in a block of the best chain and in the pool`] : []),
    ...(placeOf(txid, fates) === undefined
      ? [`${txid} was accepted, and is in no block, not in the pool, and was never evicted`]
      : []),
  ];
  return texts.map((text) => ({ text, atMs }));
}

/** A payment asked for once is made at most once, and one that was refused not at all. */
export function paymentsAreMadeOnce({ calls }: Pick<Evidence, 'calls'>, fates: Fates): Finding {
  const sends = calls.filter(({ kind }) => kind === 'send');
  const mentions = new Map<string, number>();
  for (const txid of [...fates.signed.values()].flat()) mentions.set(txid, (mentions.get(txid) ?? 0) + 1);
  const breaches = sends.flatMap((call): Breach[] => {
    const { correlationId, atMs, outcome } = call;
    const txids = txidsOf(call, fates);
    if (txids.length > 1) return [{ text: `the payment ${correlationId} was made as ${txids.join(' and ')}`, atMs }];
    // A payment that is made again after it has failed may have the same bytes.
    const [made] = txids.filter((txid) => mentions.get(txid) === 1 && placeOf(txid, fates) !== 'ended');
    if (outcome.kind !== 'refused' || made === undefined) return [];
    return [{ text: `the payment ${correlationId} was refused (${outcome.reason}) and made as ${made}`, atMs }];
  });
  return {
    invariant: 'nothing-twice',
    says: 'a payment that was asked for once is made once at most, one that was refused not at all',
    count: sends.length,
    detail: `${sends.length} payments asked for, ${fates.signed.size} signed`,
    breaches,
  };
}
