/**
 * Pid files that survive a crash: a pid together with the moment its process began, so that a number which the
 * system has given to another process meanwhile is not mistaken for ours. Used for the lock and for orphans.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** `startedAt` is opaque: comparable on this machine only. */
export type ProcessRecord = { pid: number; startedAt: string };

const pollMs = 20;
const killWaitMs = 2_000;

/** The record of a living process; undefined when there is none, or when it is a zombie. */
export function recordOf(pid: number): ProcessRecord | undefined {
  const startedAt = process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Fields 3 (state) and 22 (start time in ticks since boot) of proc(5); the name before them may hold spaces. */
function startFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function startFromPs(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** True when the very process that was recorded still lives. */
export function isAlive(record: ProcessRecord): boolean {
  return recordOf(record.pid)?.startedAt === record.startedAt;
}

/** Reads a pid file; undefined when it is missing or no record. */
export async function readRecord(file: string): Promise<ProcessRecord | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is ProcessRecord {
  if (typeof value !== 'object' || value === null) return false;
  return 'pid' in value && typeof value.pid === 'number' && 'startedAt' in value && typeof value.startedAt === 'string';
}

/** Writes the record of a living process; does nothing when the process has ended already. */
export async function writeRecord(file: string, pid: number): Promise<void> {
  const record = recordOf(pid);
  if (record) await writeFile(file, JSON.stringify(record));
}

/** Ends what a killed launcher left behind: the signal, a bounded wait, then SIGKILL. Returns whether there was one. */
export async function stopRecorded(file: string, signal: NodeJS.Signals, timeoutMs: number): Promise<boolean> {
  const record = await readRecord(file);
  const orphan = record !== undefined && isAlive(record);
  if (orphan) {
    process.kill(record.pid, signal);
    if (!(await waitForEnd(record, timeoutMs))) process.kill(record.pid, 'SIGKILL');
    await waitForEnd(record, killWaitMs);
  }
  await rm(file, { force: true });
  return orphan;
}

async function waitForEnd(record: ProcessRecord, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(record)) {
    if (Date.now() > deadline) return false;
    await sleep(pollMs);
  }
  return true;
}
