/** Time passes for the pool: what has waited too long goes, and what a reorganization has left too early. */
import { contextOfOwn, type EventService } from '@pocket/service-kit';
import type { PoolWriter } from './store.ts';

const SWEEP_MS = 60_000;

interface SweepingParts extends Pick<EventService, 'logger'> {
  writer: Pick<PoolWriter, 'execute'>;
}

/** Sweeps the pool again and again; one that fails is made up for by the next. Returns how to end it. */
export function keepSwept({ writer, logger }: SweepingParts): () => void {
  const sweep = (): void => {
    const command = { type: 'SweepPool' as const, now: Date.now() };
    writer.execute(command, contextOfOwn().metadata).catch((error: unknown) => {
      logger.warn({ err: error }, 'pool was not swept');
    });
  };
  const timer = setInterval(sweep, SWEEP_MS);
  return () => clearInterval(timer);
}
