/** Does one fault to the system and takes it back after its time, or at once when the run is over. */
import { setTimeout as pause } from 'node:timers/promises';
import { randomOf } from '@pocket/testkit/random';
import type { Fault } from './fault.ts';
import type { KeptProcess } from './kept-process.ts';
import type { WireFaultKind } from './misdelivery.ts';
import type { System } from './system.ts';

/** A bad wire hits so many of a thousand messages. */
export const WIRE_PERMILLE = 300;

/** Resolves when the fault is over; what was taken away may still be on its way back. */
export async function inject(system: System, fault: Fault, signal: AbortSignal): Promise<void> {
  const last = (): Promise<void> => pause(fault.lastsMs, undefined, { signal }).catch(() => undefined);
  switch (fault.kind) {
    case 'kill':
    case 'kill-nats':
    case 'kill-redis':
    case 'kill-postgres':
      return withProcess(system, fault, async (process) => {
        await process.kill();
        await last();
        process.raise();
      });
    case 'stop-nats':
    case 'stop-redis':
    case 'stop-postgres':
    case 'wipe-jetstream':
      return withProcess(system, fault, async (process) => {
        await process.stop();
        if (fault.kind === 'wipe-jetstream') await system.deleteStreams();
        await last();
        process.raise();
      });
    case 'pause':
      return withProcess(system, fault, async (process) => {
        await process.freeze();
        await last();
        await process.thaw();
      });
    case 'drop':
    case 'repeat':
    case 'reorder':
      return misdeliver(system, fault.kind, fault.seed, last);
    default:
      return fault.kind satisfies never;
  }
}

function withProcess(
  { processes }: System,
  { target }: Fault,
  harm: (process: KeptProcess) => Promise<void>,
): Promise<void> {
  const process = processes.get(target);
  if (process === undefined) throw new RangeError(`there is no process ${target} to harm`);
  return harm(process);
}

async function misdeliver(
  { wire }: System,
  kind: WireFaultKind,
  seed: number,
  last: () => Promise<void>,
): Promise<void> {
  wire.fault = { kind, permille: WIRE_PERMILLE, random: randomOf(seed) };
  await last();
  wire.fault = undefined;
}
