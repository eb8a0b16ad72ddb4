/**
 * One child process with a life cycle: start and wait until it is ready, stop with a bound, start again.
 * It runs in a process group of its own, so that a terminal's Ctrl-C reaches the launcher only; it ends when the
 * launcher dies (a parent-death signal on Linux, an IPC channel that closes for Node programs), and it leaves a pid
 * file by which the next launcher finds it if it does not.
 */
import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasJsonLine, readLastLines } from './log-file.ts';
import { stopRecorded, writeRecord } from './process-record.ts';
import { StackError } from './stack-error.ts';

/** The system user a process runs as. */
export type Identity = { uid: number; gid: number };

/**
 * How to run a process. `probe` says what is still missing, or undefined when ready; without one the first JSON line in
 * its log counts.
 */
export type ProcessDefinition = {
  name: string;
  command: string;
  args: readonly string[];
  cwd: string;
  environment: Readonly<Record<string, string>>;
  identity?: Identity | undefined;
  logFile: string;
  pidFile: string;
  stopSignal: NodeJS.Signals;
  stopTimeoutMs: number;
  readyTimeoutMs: number;
  /** Gives a Node child an IPC channel; its `disconnect` event means that the launcher is gone. */
  channel: boolean;
  probe?: (() => Promise<string | undefined>) | undefined;
};

/** How a process ended without having been asked to. */
export type UnexpectedExit = { code: number | null; signal: NodeJS.Signals | null };

/** Asked again after a twentieth of the time waited so far, at least this: asking takes time from those who start. */
const leastProbeIntervalMs = 25;
const shownLogLines = 12;
const largestLogBytes = 20_000_000;
const killWaitMs = 2_000;

export class ManagedProcess {
  readonly definition: ProcessDefinition;
  private child: ChildProcess | undefined;
  private ended: Promise<void> = Promise.resolve();
  private exit: UnexpectedExit | undefined;
  private spawnError: Error | undefined;
  private stopping = false;
  private waiting = false;
  private logOffset = 0;
  private readonly listeners = new Set<(exit: UnexpectedExit) => void>();

  constructor(definition: ProcessDefinition) {
    this.definition = definition;
  }

  get name(): string {
    return this.definition.name;
  }

  get running(): boolean {
    return this.child !== undefined && this.exit === undefined && this.spawnError === undefined;
  }

  /** True from `start` until it is ready or has failed: then `start` itself tells of an end. */
  get starting(): boolean {
    return this.waiting;
  }

  /** The process id while it runs. */
  get pid(): number | undefined {
    return this.running ? this.child?.pid : undefined;
  }

  /** Calls the listener whenever a started process ends although nobody stopped it. */
  onUnexpectedExit(listener: (exit: UnexpectedExit) => void): void {
    this.listeners.add(listener);
  }

  /**
   * Starts it and waits until it is ready. Throws {@link StackError} with its last log lines when it ends or hangs; then
   * it is stopped.
   */
  async start(signal?: AbortSignal): Promise<void> {
    if (this.running) return;
    const { pidFile, stopSignal, stopTimeoutMs } = this.definition;
    await stopRecorded(pidFile, stopSignal, stopTimeoutMs);
    await this.prepareLog();
    signal?.throwIfAborted();
    this.spawn();
    if (this.child?.pid !== undefined) await writeRecord(pidFile, this.child.pid);
    this.waiting = true;
    try {
      await this.waitUntilReady(signal);
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      this.waiting = false;
    }
  }

  /** Asks it to end, waits for the bound, then kills it. Does nothing when it does not run. */
  async stop(): Promise<void> {
    if (!this.running) return this.ended;
    this.stopping = true;
    this.child?.kill(this.definition.stopSignal);
    if (await this.hasEndedWithin(this.definition.stopTimeoutMs)) return;
    this.child?.kill('SIGKILL');
    await this.hasEndedWithin(killWaitMs);
  }

  /** Sends a signal as an outsider would: an end that follows counts as unexpected. Resolves when SIGKILL has done its work. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    this.child?.kill(signal);
    if (signal === 'SIGKILL') await this.ended;
  }

  private async prepareLog(): Promise<void> {
    const { logFile, pidFile } = this.definition;
    await mkdir(dirname(logFile), { recursive: true });
    await mkdir(dirname(pidFile), { recursive: true });
    this.logOffset = sizeOf(logFile);
    if (this.logOffset <= largestLogBytes) return;
    await rename(logFile, `${logFile}.1`);
    this.logOffset = 0;
  }

  private spawn(): void {
    const { command, args, logFile } = this.definition;
    const log = openSync(logFile, 'a');
    const tied = tieToParent(command, args, this.definition.stopSignal);
    this.stopping = false;
    this.exit = undefined;
    this.spawnError = undefined;
    const child = spawn(tied.command, tied.args, this.spawnOptions(log));
    closeSync(log);
    this.child = child;
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.spawnError = error;
        resolve();
      });
      child.once('exit', (code, signal) => {
        this.recordExit({ code, signal });
        resolve();
      });
    });
  }

  private spawnOptions(log: number): SpawnOptions {
    const { cwd, environment, identity, channel } = this.definition;
    const stdio: SpawnOptions['stdio'] = channel ? ['ignore', log, log, 'ipc'] : ['ignore', log, log];
    return { cwd, env: environment, detached: true, stdio, ...identity };
  }

  private recordExit(exit: UnexpectedExit): void {
    this.exit = exit;
    void rm(this.definition.pidFile, { force: true }).catch(() => undefined);
    if (!this.stopping) for (const listener of this.listeners) listener(exit);
  }

  private async waitUntilReady(signal: AbortSignal | undefined): Promise<void> {
    const begun = Date.now();
    const deadline = begun + this.definition.readyTimeoutMs;
    let missing: string | undefined;
    do {
      signal?.throwIfAborted();
      if (!this.running) throw await this.failure(this.describeEnd());
      missing = await this.probe();
      if (missing === undefined) return;
      await Promise.race([sleep(Math.max(leastProbeIntervalMs, (Date.now() - begun) / 20)), this.ended]);
    } while (Date.now() < deadline);
    throw await this.failure(`was not ready after ${this.definition.readyTimeoutMs / 1000} s (missing: ${missing})`);
  }

  private async probe(): Promise<string | undefined> {
    if (this.definition.probe) return this.definition.probe();
    return (await hasJsonLine(this.definition.logFile, this.logOffset)) ? undefined : 'its first log line';
  }

  private describeEnd(): string {
    if (this.spawnError) return `could not be started (${this.spawnError.message})`;
    return `ended while it was starting (${describeExit(this.exit)})`;
  }

  private async failure(what: string): Promise<StackError> {
    const { name, logFile } = this.definition;
    const details = await readLastLines(logFile, this.logOffset, shownLogLines);
    return new StackError(`${name} ${what}; its log is ${logFile}.`, { details });
  }

  private async hasEndedWithin(timeoutMs: number): Promise<boolean> {
    const timer = new AbortController();
    const timeout = sleep(timeoutMs, false, { signal: timer.signal }).catch(() => false);
    const ended = await Promise.race([this.ended.then(() => true), timeout]);
    timer.abort();
    return ended;
  }
}

/** "exit code 1" or "signal SIGKILL". */
export function describeExit(exit: UnexpectedExit | undefined): string {
  return exit?.signal ? `signal ${exit.signal}` : `exit code ${exit?.code ?? 'unknown'}`;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

let setprivWorks: boolean | undefined;

/** On Linux setpriv(1) makes the kernel send the stop signal when the launcher dies; the pid stays the same. */
function tieToParent(
  command: string,
  args: readonly string[],
  stopSignal: NodeJS.Signals,
): { command: string; args: string[] } {
  setprivWorks ??=
    process.platform === 'linux' &&
    spawnSync('setpriv', ['--pdeathsig', 'TERM', 'true'], { stdio: 'ignore' }).status === 0;
  if (!setprivWorks) return { command, args: [...args] };
  return { command: 'setpriv', args: ['--pdeathsig', stopSignal.slice('SIG'.length), '--', command, ...args] };
}
