/** Logs have no holes, and who follows the chain has followed every step of it once, in order. */
import { readEvent } from '@pocket/contracts';
import type { ChainHistory } from '../chain-history.ts';
import type { Evidence, SeenLog } from '../evidence.ts';
import type { Breach, Finding } from '../finding.ts';

/** Positions count 1, 2, 3 … up to the head; versions do in every stream; no event stands there twice. */
export function logsHaveNoHoles({ logs }: Evidence): Finding {
  const all = Object.entries(logs);
  return {
    invariant: 'no-holes',
    says: 'positions of every log and versions of every stream count 1, 2, 3 … without a hole',
    count: all.reduce((sum, [, { events }]) => sum + events.length, 0),
    detail: all.map(([name, { head }]) => `${name} ${head}`).join(', '),
    breaches: all.flatMap(([name, log]) => [...positionBreaches(name, log), ...versionBreaches(name, log)]),
  };
}

function positionBreaches(name: string, { head, events }: SeenLog): Breach[] {
  const ids = new Set(events.map(({ eventId }) => eventId));
  const holes = events.flatMap(({ position, recordedAt }, index): Breach[] => {
    const text = `${name}: position ${position} stands where ${index + 1} must`;
    return position === index + 1 ? [] : [{ text, atMs: Date.parse(recordedAt) }];
  });
  // One hole shifts all behind it.
  const breaches = holes.slice(0, 1);
  if (events.length !== head)
    breaches.push({ text: `${name}: the head is ${head}, there are ${events.length} events` });
  if (ids.size !== events.length) breaches.push({ text: `${name}: ${events.length - ids.size} event ids come twice` });
  return breaches;
}

function versionBreaches(name: string, { events }: SeenLog): Breach[] {
  const versions = new Map<string, number>();
  return events.flatMap(({ stream, version, position, recordedAt }): Breach[] => {
    const wanted = (versions.get(stream) ?? 0) + 1;
    versions.set(stream, version);
    const text = `${name}: position ${position} is version ${version} of ${stream}, it must be ${wanted}`;
    return version === wanted ? [] : [{ text, atMs: Date.parse(recordedAt) }];
  });
}

/** Every block is connected on top of the tip and disconnected from it, never otherwise. */
export function blocksAreConnectedOnce(chain: ChainHistory): Finding {
  const connected = chain.steps.filter(({ type }) => type === 'connected').length;
  return {
    invariant: 'connected-once',
    says: 'every block is connected once for each position on the chain',
    count: chain.steps.length,
    detail: `${connected} connected, ${chain.steps.length - connected} disconnected`,
    breaches: chain.breaches,
  };
}

/** What the pool says that it has followed is what has happened, step by step. */
export function poolFollowsChain({ logs }: Evidence, chain: ChainHistory): Finding {
  const followed = logs['tx-pool'].events.flatMap((recorded) => {
    const { type, data } = readEvent('tx-pool', recorded);
    if (type !== 'BlockFollowed' && type !== 'BlockUnfollowed') return [];
    return [`${type === 'BlockFollowed' ? 'connected' : 'disconnected'} ${data.blockHash} at ${data.height}`];
  });
  const steps = chain.steps.map(({ type, blockHash, height }) => `${type} ${blockHash} at ${height}`);
  const first = Array.from({ length: Math.max(steps.length, followed.length) }, (_, index) => index).find(
    (index) => steps[index] !== followed[index],
  );
  const difference = (index: number): Breach => ({
    text: `step ${index + 1} of the chain is "${steps[index] ?? 'none'}", the pool has followed "${followed[index] ?? 'none'}"`,
  });
  return {
    invariant: 'followed-once',
    says: 'the pool has followed every step of the chain once, in order',
    count: followed.length,
    detail: `${followed.length} steps`,
    breaches: first === undefined ? [] : [difference(first)],
  };
}
