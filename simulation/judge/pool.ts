/** The pool: what waits is valid on the tip and free of conflicts, and nothing it ever took has got lost. */
import {
  checkFinal,
  checkTransactionInputs,
  CoinView,
  decodeTransaction,
  medianTimePast,
  txidOf,
  type Transaction,
} from '@pocket/chain';
import type { PoolEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import { lastTimes, type PoolTables } from '../tx-pool/tables.ts';
import type { World } from '../world.ts';
import { minedTransactions } from './chain.ts';
import type { Findings } from './findings.ts';
import { saidIn } from './logs.ts';

/** Holds at every moment: tables and tip are of one commit. */
export function judgeWaiting(tables: PoolTables, findings: Findings): void {
  const { tip, waiting, coins } = tables;
  if (tip === undefined) return;
  const view = new CoinView(coins.values());
  const height = (tip.height ?? -1) + 1;
  const time = medianTimePast(lastTimes(tables, tip.network.medianTimeSpan), tip.network.medianTimeSpan);
  const rows = [...waiting.values()].sort(
    (left, right) => left.receivedAt - right.receivedAt || left.ordinal - right.ordinal,
  );
  for (const { txid, hex, fee } of rows) {
    const transaction = readTransaction(hex);
    const inputs = checkTransactionInputs(transaction, view, height, tip.network);
    const final = checkFinal(transaction, height, time);
    const tooEarly = tip.reorganizedFrom !== undefined && !(inputs.ok && final.ok) && isEarly(inputs, final);
    const refusal = inputs.ok ? (final.ok ? undefined : final) : inputs;
    findings.expect(refusal === undefined || tooEarly, () => `${txid} waits although ${refusal?.message ?? ''}`);
    findings.expect(!inputs.ok || inputs.fee === fee, () => `${txid} is said to pay ${fee}`);
    spendAll(transaction, height, view);
  }
}

/** What only a higher chain makes valid may stay while a reorganization is under way. */
function isEarly(...verdicts: { ok: boolean; code?: string }[]): boolean {
  const early = ['bad-txns-premature-spend-of-coinbase', 'bad-txns-nonfinal'];
  return verdicts.every(({ ok, code }) => ok || early.includes(code ?? ''));
}

function readTransaction(hex: string): Transaction {
  const decoded = decodeTransaction(hexToBytes(hex));
  if (!decoded.ok) throw new Error(`the pool holds what is no transaction: ${decoded.message}`);
  return decoded.transaction;
}

function spendAll(transaction: Transaction, height: number, view: CoinView): void {
  for (const { prevout } of transaction.inputs) view.spend(prevout);
  const txid = txidOf(transaction);
  for (const [vout, output] of transaction.outputs.entries())
    view.add({ txid, vout }, { ...output, height, coinbase: false });
}

/** When everything has been followed: the pool knows the chain's coins, and every transaction it ever took is somewhere. */
export function judgePool({ databases }: World, accepted: ReadonlySet<string>, findings: Findings): void {
  const { tables } = databases['tx-pool'];
  const chain = databases.chainstate.tables;
  findings.expect(
    tables.tip?.blockHash === chain.last?.blockHash,
    () => 'the pool stands on another tip than the chain',
  );
  findings.expectSame(tables.coins.keys(), chain.coins.keys(), 'coins of the pool');
  for (const [key, { coin }] of tables.coins) {
    const theirs = chain.coins.get(key)?.coin;
    findings.expect(
      theirs?.height === coin.height && theirs.value === coin.value,
      () => `coin ${key} is another one in the pool`,
    );
  }
  const said = saidIn('tx-pool', databases['tx-pool']);
  const fates = fatesOf(said);
  const mined = minedTransactions(chain);
  const waits = [...fates].flatMap(([txid, fate]) => (fate === 'waiting' ? [txid] : []));
  findings.expectSame(tables.waiting.keys(), waits, 'what waits in the pool');
  for (const [txid, fate] of fates) {
    const blocks = mined.get(txid)?.length ?? 0;
    findings.expect(
      fate !== 'mined' || blocks === 1,
      () => `${txid} was mined, and is in ${blocks} blocks of the best chain`,
    );
    findings.expect(fate !== 'waiting' || blocks === 0, () => `${txid} waits, and is in a block`);
  }
  // One that came back from a block before anybody had sent it is known already, and accepted without an event.
  const ever = new Set(
    said.flatMap(({ type, data }) =>
      type === 'TransactionAccepted' || type === 'TransactionReturned' ? [data.txid] : [],
    ),
  );
  for (const txid of accepted)
    findings.expect(ever.has(txid), () => `${txid} was accepted, and the log knows nothing of it`);
}

type Fate = 'waiting' | 'mined' | 'evicted';

/** What became last of each transaction of the present chain. */
function fatesOf(events: readonly PoolEvent[]): Map<string, Fate> {
  const fates = new Map<string, Fate>();
  for (const { type, data } of events) {
    if (type === 'PoolCleared') fates.clear();
    else if (type === 'TransactionAccepted' || type === 'TransactionReturned') fates.set(data.txid, 'waiting');
    else if (type === 'TransactionConfirmed') fates.set(data.txid, 'mined');
    else if (type === 'TransactionEvicted') fates.set(data.txid, 'evicted');
  }
  return fates;
}
