/**
 * A system that does nothing breaks nothing: after all faults it must still work, on a wire that goes on losing messages.
 * All that waits is mined, then every wallet that owns enough pays, each payment is accepted and the next block holds it.
 */
import type { WalletView } from '@pocket/contracts';
import { followedLogs } from '@pocket/testkit/logs';
import { randomOf } from '@pocket/testkit/random';
import type { Client } from './client.ts';
import type { Finding } from './finding.ts';
import type { Outcome } from './history.ts';
import { WIRE_PERMILLE } from './injection.ts';
import { read } from './request.ts';
import { lockedWallets, reach, readWaiting } from './settling.ts';
import type { System } from './system.ts';

export interface GoingOn {
  readonly system: System;
  readonly client: Client;
  readonly seed: number;
  readonly withinMs: number;
}

const READ_WITHIN_MS = 15_000;
const MOST_TRANSACTIONS = 10_000;
const UNIT = 100_000_000n;

/** The wire is well again when it returns. */
export async function goOn({ system, client, seed, withinMs }: GoingOn): Promise<Finding> {
  system.wire.fault = { kind: 'drop', permille: WIRE_PERMILLE, random: randomOf(seed) };
  const says = 'the system goes on, even on a bad wire: what waits is mined, every wallet pays and is free again';
  try {
    const finding = await reach('goes-on', says, withinMs, [
      { name: 'all mined', check: () => mineWaiting(system, client) },
      { name: 'wallets free', check: () => requireFree(system) },
    ]);
    const refused = await payOnce(system, client);
    const after = await reach('goes-on', says, withinMs, [
      { name: 'all mined again', check: () => mineWaiting(system, client) },
      { name: 'wallets free', check: () => requireFree(system) },
      { name: 'logs followed', check: () => followedLogs(system) },
    ]);
    const breaches = [...finding.breaches, ...refused.map((text) => ({ text })), ...after.breaches];
    return { ...finding, count: finding.count + after.count, detail: `${finding.detail}; ${after.detail}`, breaches };
  } finally {
    system.wire.fault = undefined;
  }
}

/** One payment of every wallet that owns a unit, all at once. Returns what was not accepted, and why. */
async function payOnce(system: System, client: Client): Promise<string[]> {
  const wallets = await readWallets(system);
  const outcomes = await Promise.all(
    wallets.map(async ({ address, balance }, index): Promise<[string, Outcome] | undefined> => {
      const to = wallets[(index + 1) % wallets.length]?.address ?? '';
      return BigInt(balance) < UNIT ? undefined : [address, await client.send(address, to, 1)];
    }),
  );
  return outcomes.flatMap((one) => {
    if (one === undefined || one[1].kind === 'accepted') return [];
    return [`the payment of ${one[0]} was ${one[1].kind}: ${one[1].reason}`];
  });
}

/** Asks for a block while anything waits; throws until nothing does. */
async function mineWaiting(system: System, client: Client): Promise<void> {
  const waiting = await readWaiting(system);
  if (waiting.length === 0) return;
  const [first] = await readWallets(system);
  const outcome = await client.mine(first?.address ?? '', MOST_TRANSACTIONS);
  throw new Error(`${waiting.length} still waited when a block was asked for, which was ${describe(outcome)}`);
}

function describe(outcome: Outcome): string {
  return outcome.kind === 'accepted' ? outcome.kind : `${outcome.kind}: ${outcome.reason}`;
}

async function requireFree(system: System): Promise<void> {
  const locked = await lockedWallets(system);
  if (locked.length > 0) throw new Error(`still locked: ${locked.join(', ')}`);
}

function readWallets(system: System): Promise<WalletView[]> {
  return read<WalletView[]>(`${system.urlOf('wallet')}/wallets`, READ_WITHIN_MS);
}
