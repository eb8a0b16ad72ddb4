/**
 * Whether every projection equals a fresh fold of the logs, as far as it can be told from outside: the coins, the pool,
 * the wallets and the searches folded again from the events alone, and compared with what the services answer.
 */
import { addressOfScript, networks, outpointKey } from '@pocket/chain';
import { readEvent } from '@pocket/contracts';
import type { ChainHistory } from './chain-history.ts';
import type { Evidence, SeenLog } from './evidence.ts';
import { breachesOf, type Finding } from './finding.ts';

/** What a service must answer and what it answers, by name; each value is compared as text. */
interface Comparison {
  readonly table: string;
  readonly folded: ReadonlyMap<string, string>;
  readonly told: ReadonlyMap<string, string>;
}

export function foldsEqualTables(evidence: Evidence, chain: ChainHistory): Finding {
  const comparisons = [
    compareCoins(evidence, chain),
    comparePool(evidence),
    compareFailedPayments(evidence),
    compareWallets(evidence, chain),
    compareSearches(evidence),
  ];
  return {
    invariant: 'folds-equal-tables',
    says: 'every projection equals a fresh fold of the logs',
    count: comparisons.reduce((sum, { folded }) => sum + folded.size, 0),
    detail: comparisons.map(({ table, folded }) => `${table} ${folded.size}`).join(', '),
    breaches: breachesOf(comparisons.flatMap(differencesOf)),
  };
}

const SHOWN = 10;

function differencesOf({ table, folded, told }: Comparison): string[] {
  const names = [...new Set([...folded.keys(), ...told.keys()])].filter((name) => folded.get(name) !== told.get(name));
  const texts = names
    .slice(0, SHOWN)
    .map((name) => `${table} ${name}: folded ${folded.get(name) ?? 'none'}, told ${told.get(name) ?? 'none'}`);
  return names.length > SHOWN ? [...texts, `${table}: ${names.length - SHOWN} more`] : texts;
}

function compareCoins({ coins }: Evidence, chain: ChainHistory): Comparison {
  const text = (value: bigint | string, height: number): string => `${value} base units of height ${height}`;
  return {
    table: 'coins',
    folded: new Map(
      [...chain.coins.entries()].map(({ outpoint, coin }) => [outpointKey(outpoint), text(coin.value, coin.height)]),
    ),
    told: new Map(coins.map(({ txid, vout, value, height }) => [`${txid}:${vout}`, text(value, height)])),
  };
}

function comparePool({ pool, logs }: Evidence): Comparison {
  const folded = new Map<string, string>();
  for (const recorded of logs['tx-pool'].events) {
    const { type, data } = readEvent('tx-pool', recorded);
    if (type === 'PoolCleared') folded.clear();
    if (type === 'TransactionAccepted' || type === 'TransactionReturned') folded.set(data.txid, data.hex);
    if (type === 'TransactionConfirmed' || type === 'TransactionEvicted') folded.delete(data.txid);
  }
  const told = new Map(pool.flatMap(({ txid, hex }) => (txid === null ? [] : [[txid, hex ?? ''] as const])));
  return { table: 'pool', folded, told };
}

/** The same failure may be listed often, so their number is part of it. */
function compareFailedPayments({ pool, logs }: Evidence): Comparison {
  const folded = new Map<string, string>();
  const told = new Map<string, string>();
  const count = (counts: Map<string, string>, { from, to, amount, reason }: FailedPayment): void => {
    const name = `${from} to ${to} of ${amount}: ${reason?.code}`;
    counts.set(name, String(Number(counts.get(name) ?? 0) + 1));
  };
  for (const recorded of logs['tx-pool'].events) {
    const { type, data } = readEvent('tx-pool', recorded);
    if (type === 'PoolCleared') folded.clear();
    if (type === 'FailedPaymentListed') count(folded, data);
  }
  for (const entry of pool) if (entry.txid === null) count(told, entry);
  return { table: 'failed payments', folded, told };
}

interface FailedPayment {
  readonly from: string;
  readonly to: string;
  readonly amount: string;
  readonly reason: { readonly code: string } | null;
}

/** Balances from the coins of the chain's log, locks from the wallet's own. */
function compareWallets({ wallets, logs }: Evidence, chain: ChainHistory): Comparison {
  const balances = new Map<string, bigint>();
  for (const { coin } of chain.coins.entries()) {
    const address = addressOfScript(coin.scriptPubKey, networks.pocket) ?? '';
    balances.set(address, (balances.get(address) ?? 0n) + coin.value);
  }
  const created = foldWallets(logs.wallet);
  const locked = new Set(waitingPayments(logs.wallet).values());
  const text = (balance: bigint | string, isLocked: boolean): string => `${balance}${isLocked ? ', locked' : ''}`;
  return {
    table: 'wallets',
    folded: new Map(created.map((address) => [address, text(balances.get(address) ?? 0n, locked.has(address))])),
    told: new Map(wallets.map(({ address, balance, locked: isLocked }) => [address, text(balance, isLocked)])),
  };
}

function foldWallets({ events }: SeenLog): string[] {
  const created = new Set<string>();
  for (const recorded of events) {
    const { type, data } = readEvent('wallet', recorded);
    if (type === 'WalletCreated') created.add(data.address);
    if (type === 'WalletsForgotten') data.addresses.forEach((address) => created.delete(address));
  }
  return [...created];
}

/** The payers of what the wallets have signed and nothing has come of yet, by txid. */
export function waitingPayments({ events }: SeenLog): Map<string, string> {
  const waiting = new Map<string, string>();
  for (const recorded of events) {
    const { type, data } = readEvent('wallet', recorded);
    if (type === 'PaymentSigned' || type === 'PaymentUnconfirmed') waiting.set(data.txid, data.from);
    if (type === 'PaymentConfirmed') waiting.delete(data.txid);
    if (type === 'PaymentFailed' && data.txid !== null) waiting.delete(data.txid);
  }
  return waiting;
}

const PHASES: Readonly<Record<string, string>> = {
  MiningRequested: 'searching',
  BlockFound: 'found',
  BlockRefused: 'refused',
  MiningStopped: 'stopped',
};

function compareSearches({ searches, logs }: Evidence): Comparison {
  const folded = new Map<string, string>();
  for (const { type, stream, version } of logs.miner.events)
    if (type in PHASES) folded.set(stream.replace(/^search-/, ''), `${PHASES[type]} at version ${version}`);
  const told = new Map(searches.map(({ searchId, phase, version }) => [searchId, `${phase} at version ${version}`]));
  return { table: 'searches', folded, told };
}
