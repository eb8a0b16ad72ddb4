/**
 * Word that the chain, the pool or the mode has changed. It comes by NATS at the commit and may be lost: whoever listens
 * also looks now and then.
 */
import { listenForAppends } from '@pocket/eventstore';

export interface Changes {
  /** Calls `heard` with the name of every log that has grown, and the types of its new events. Returns how to end it. */
  listen(heard: (log: string, types: readonly string[]) => void): () => void;
}

const HEARD = ['chainstate', 'tx-pool', 'miner'];

export interface OpenChanges extends Changes {
  close(): Promise<void>;
}

export function openChanges({ natsUrl, namespace }: { natsUrl: string; namespace: string }): OpenChanges {
  const listeners = new Set<Parameters<Changes['listen']>[0]>();
  const notice = (log: string, _position: number, types: string[]) => listeners.forEach((heard) => heard(log, types));
  const close = listenForAppends({ natsUrl, namespace, clientName: 'miner-changes', services: HEARD, notice });
  return {
    listen(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    close,
  };
}
