/**
 * Word that the chain or the pool has changed, for a search that is under way. It comes by NATS at the commit and may be
 * lost: whoever listens also looks now and then.
 */
import { listenForAppends } from '@pocket/eventstore';

export interface Changes {
  /** Calls `heard` with the name of every log that has grown. Returns how to end it. */
  listen(heard: (log: string) => void): () => void;
}

export interface OpenChanges extends Changes {
  close(): Promise<void>;
}

export function openChanges({ natsUrl, namespace }: { natsUrl: string; namespace: string }): OpenChanges {
  const listeners = new Set<(log: string) => void>();
  const notice = (log: string) => listeners.forEach((heard) => heard(log));
  const close = listenForAppends({ natsUrl, namespace, clientName: 'miner-changes', notice });
  return {
    listen(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    close,
  };
}
