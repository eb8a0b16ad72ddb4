/**
 * Reads the end of a process's log for a person: pino's JSON lines become "message: error", other lines stay.
 */
import { open } from 'node:fs/promises';

const readBytes = 32_768;

/** The last lines that were written after `offset`; an unreadable file has none. */
export async function readLastLines(file: string, offset: number, count: number): Promise<string[]> {
  try {
    const text = await readEnd(file, offset);
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.slice(-count).map(humanize);
  } catch {
    return [];
  }
}

/** True when a JSON line was written after `offset`: a program that fails before its logger works writes plain text. */
export async function hasJsonLine(file: string, offset: number): Promise<boolean> {
  return /^\{/m.test(await readEnd(file, offset).catch(() => ''));
}

async function readEnd(file: string, offset: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const start = Math.max(offset, size - readBytes, 0);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(size - start, 0)), { position: start });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function humanize(line: string): string {
  try {
    const entry: unknown = JSON.parse(line);
    return messageOf(entry) ?? line;
  } catch {
    return line;
  }
}

function messageOf(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null || !('msg' in entry) || typeof entry.msg !== 'string')
    return undefined;
  const error = 'err' in entry ? entry.err : undefined;
  const cause = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return typeof cause === 'string' && cause !== entry.msg ? `${entry.msg}: ${cause}` : entry.msg;
}
