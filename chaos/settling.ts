/** Waiting, with a bound, until nothing is under way any more. Who does not get there is named. */
import type { PoolEntryView, WalletView } from '@pocket/contracts';
import { eventually } from '@pocket/testkit/eventually';
import { followedLogs } from '@pocket/testkit/logs';
import { readLog, readMissing } from './evidence.ts';
import { breachesOf, type Finding } from './finding.ts';
import { waitingPayments } from './folds.ts';
import { read } from './request.ts';
import type { System } from './system.ts';

const READ_WITHIN_MS = 15_000;

export interface Condition {
  readonly name: string;
  /** Throws an Error that says what is missing. */
  readonly check: () => Promise<unknown>;
}

/** Everybody is ready and has followed everybody, and every payment waits in the pool or has an outcome. */
export function settle(system: System, withinMs: number): Promise<Finding> {
  return reach(
    'settled',
    'everything comes to rest: ready, all logs followed, every payment with an outcome',
    withinMs,
    [
      { name: 'ready', check: () => requireReady(system) },
      { name: 'logs followed', check: () => followedLogs(system) },
      { name: 'payments with an outcome', check: () => requireHandedOver(system) },
    ],
  );
}

/** One after the other, all within the same bound. */
export async function reach(
  invariant: string,
  says: string,
  withinMs: number,
  conditions: Condition[],
): Promise<Finding> {
  const begun = Date.now();
  const missed: string[] = [];
  for (const { name, check } of conditions) {
    const leftMs = Math.max(READ_WITHIN_MS, withinMs - (Date.now() - begun));
    await eventually(check, { withinMs: leftMs }).catch((error: unknown) => {
      missed.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  const detail = `${conditions.map(({ name }) => name).join(', ')} after ${((Date.now() - begun) / 1_000).toFixed(1)} s`;
  return { invariant, says, count: conditions.length, detail, breaches: breachesOf(missed) };
}

async function requireReady(system: System): Promise<void> {
  const missing = Object.entries(await readMissing(system)).filter(([, parts]) => parts.length > 0);
  if (missing.length > 0)
    throw new Error(missing.map(([name, parts]) => `${name} misses ${parts.join(', ')}`).join('; '));
}

/** By payment, not by payer: after a reorganization a wallet waits for two, of which the pool may have one only. */
async function requireHandedOver(system: System): Promise<void> {
  const [log, waiting] = await Promise.all([readLog(system.urlOf('wallet')), readWaiting(system)]);
  const there = new Set(waiting.map(({ txid }) => txid));
  const missing = [...waitingPayments(log).keys()].filter((txid) => !there.has(txid));
  if (missing.length > 0) throw new Error(`signed, without an outcome and not in the pool: ${missing.join(', ')}`);
}

/** Their addresses. */
export async function lockedWallets(system: System): Promise<string[]> {
  const wallets = await read<WalletView[]>(`${system.urlOf('wallet')}/wallets`, READ_WITHIN_MS);
  return wallets.filter(({ locked }) => locked).map(({ address }) => address);
}

/** The pool without failed payments. */
export async function readWaiting(system: System): Promise<PoolEntryView[]> {
  const pool = await read<PoolEntryView[]>(`${system.urlOf('tx-pool')}/transactions`, READ_WITHIN_MS);
  return pool.filter(({ txid }) => txid !== null);
}
