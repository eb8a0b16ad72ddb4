/**
 * Brings up Postgres, NATS and Redis once for a run of the integration tests, in a folder of their own, and takes them
 * down again whatever happens to the tests. Servers given by DATABASE_URL, NATS_URL or REDIS_URL are used instead.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInfrastructure, withoutPassword, type Infrastructure } from '@pocket/stack';
import type { TestProject } from 'vitest/node';
import './servers.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Processes that are just ending may still write a line to their log. */
const REMOVE_RETRIES = 5;
const INTERRUPTED = 130;
const READABLE_BY_OTHERS = 0o755;

/** Called by vitest before the first test file; returns what it calls after the last one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pocket-tests-'));
  await chmod(dataDir, READABLE_BY_OTHERS); // Postgres runs as another user when we are root.
  const interruption = new AbortController();
  let infrastructure: Infrastructure | undefined;
  const stop = async (): Promise<void> => {
    await infrastructure?.stop({ removeData: true });
    await rm(dataDir, { recursive: true, force: true, maxRetries: REMOVE_RETRIES });
  };
  const release = onInterruption(interruption, stop);
  try {
    infrastructure = await startInfrastructure({
      dataDir,
      environment: process.env,
      signal: interruption.signal,
      onProgress: print,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  provideServers(project, infrastructure, dataDir);
  return async () => {
    release();
    await stop();
  };
}

function provideServers(project: TestProject, infrastructure: Infrastructure, dataDir: string): void {
  const { servers, databaseUrl, natsUrl, redisUrl } = infrastructure;
  for (const { label, url, source } of servers) print(`${label} for the tests: ${withoutPassword(url)} (${source})`);
  const given = servers.filter((server) => server.process === undefined).map(({ name }) => name);
  project.provide('servers', { databaseUrl, natsUrl, redisUrl, given, dataDir });
}

/**
 * A signal ends the run as soon as the servers have stopped and their data is gone. Vitest's own listeners would end
 * the process at once, so they are put aside. Returns the call that puts everything back.
 */
function onInterruption(interruption: AbortController, stop: () => Promise<void>): () => void {
  const theirs = SIGNALS.map((signal) => [signal, process.listeners(signal)] as const);
  const interrupt = (signal: NodeJS.Signals): void => {
    if (interruption.signal.aborted) return;
    interruption.abort(new Error(`Interrupted by ${signal}.`));
    print(`${signal}: stopping the servers of the tests`);
    void stop().finally(() => process.exit(INTERRUPTED));
  };
  for (const signal of SIGNALS) process.removeAllListeners(signal).on(signal, interrupt);
  return () => {
    for (const [signal, listeners] of theirs) {
      process.off(signal, interrupt);
      for (const listener of listeners) process.on(signal, listener);
    }
  };
}

function print(message: string): void {
  process.stdout.write(`${message}\n`);
}
