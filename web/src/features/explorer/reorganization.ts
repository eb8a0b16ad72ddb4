/** Reorganizations as they happen: which blocks left the best chain and which came for them, from the chain's events. Pure. */
import type { WatchedEvent } from '@pocket/contracts';

export interface ChangedBlock {
  hash: string;
  height: number;
}

export interface Reorganization {
  /** The request that it belongs to. */
  id: string;
  at: string;
  /** The old tip first. */
  left: ChangedBlock[];
  /** The lowest first. */
  joined: ChangedBlock[];
}

const KEPT = 20;

/** Adds an event to what is known, newest first; blocks that only join the tip are no reorganization. */
export function withEvent(known: readonly Reorganization[], event: WatchedEvent): readonly Reorganization[] {
  if (event.type !== 'BlockDisconnected' && event.type !== 'BlockConnected') return known;
  const { blockHash: hash, height } = event.data as { blockHash: string; height: number };
  const id = event.metadata.correlationId;
  const [newest, ...older] = known;
  const goesOn = newest?.id === id;
  if (event.type === 'BlockDisconnected') {
    const before = goesOn ? newest : { id, at: event.recordedAt, left: [], joined: [] };
    const now = { ...before, left: [...before.left, { hash, height }] };
    return [now, ...(goesOn ? older : known)].slice(0, KEPT);
  }
  return goesOn ? [{ ...newest, joined: [...newest.joined, { hash, height }] }, ...older] : known;
}
