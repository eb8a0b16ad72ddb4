/**
 * Starts a process again when it ends although nobody stopped it: with growing pauses, and not for ever.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeExit, type ManagedProcess, type UnexpectedExit } from './managed-process.ts';
import { reasonOf } from './stack-error.ts';

export type SupervisorOptions = {
  onMessage: (message: string) => void;
  /** Called once, when a process has ended too often; restarting has stopped then. */
  onGiveUp: (message: string) => void;
};

const pausesMs = [200, 1_000, 2_000, 4_000, 8_000];
/** A process that has run this long is well again: its pauses begin anew. */
const wellAfterMs = 60_000;

/** Watches the processes until the returned function is called. */
export function supervise(processes: readonly ManagedProcess[], options: SupervisorOptions): () => void {
  const stopped = new AbortController();
  for (const process of processes) watch(process, options, stopped);
  return () => stopped.abort();
}

function watch(process: ManagedProcess, options: SupervisorOptions, stopped: AbortController): void {
  let failures = 0;
  let lastExit = 0;
  process.onUnexpectedExit((exit) => {
    if (stopped.signal.aborted || process.starting) return;
    failures = Date.now() - lastExit > wellAfterMs ? 1 : failures + 1;
    lastExit = Date.now();
    void revive(process, exit, failures, options, stopped);
  });
}

async function revive(
  process: ManagedProcess,
  exit: UnexpectedExit,
  failures: number,
  options: SupervisorOptions,
  stopped: AbortController,
): Promise<void> {
  const { name, definition } = process;
  const ended = `${name} ended unexpectedly (${describeExit(exit)})`;
  for (const pauseMs of pausesMs.slice(failures - 1)) {
    options.onMessage(`${ended}; starting it again. Its log is ${definition.logFile}`);
    if (await startAfter(process, pauseMs, options, stopped.signal)) return;
    if (stopped.signal.aborted) return;
  }
  stopped.abort();
  options.onGiveUp(`${ended} too often and was given up; its log is ${definition.logFile}.`);
}

async function startAfter(
  process: ManagedProcess,
  pauseMs: number,
  options: SupervisorOptions,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await sleep(pauseMs, undefined, { signal });
    await process.start(signal);
    options.onMessage(`${process.name} runs again`);
    return true;
  } catch (error) {
    if (!signal.aborted) options.onMessage(reasonOf(error));
    return false;
  }
}
