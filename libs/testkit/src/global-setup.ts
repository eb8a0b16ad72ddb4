/**
 * Brings up Postgres, NATS and Redis once for a run of the integration tests, prints where they come from, and takes them
 * down again whatever happens to the tests.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startRunServers, type RunServers } from './run-servers.ts';
import './servers.ts';
import { onInterruption, print } from './interruption.ts';
import { createTemplate, type Template } from './template.ts';

/** Processes that are just ending may still write a line to their log. */
const REMOVE_RETRIES = 5;
const READABLE_BY_OTHERS = 0o755;

/** Called by vitest before the first test file; returns what it calls after the last one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pocket-tests-'));
  await chmod(dataDir, READABLE_BY_OTHERS); // Postgres runs as another user when we are root.
  const interruption = new AbortController();
  let servers: RunServers | undefined;
  let template: Template | undefined;
  const stop = async (): Promise<void> => {
    await template?.drop();
    await servers?.stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: REMOVE_RETRIES });
  };
  const release = onInterruption(interruption, stop);
  try {
    servers = await startRunServers({ environment: process.env, dataDir, signal: interruption.signal, print });
    servers.described.forEach(print);
    template = await createTemplate(servers.databaseUrl);
  } catch (error) {
    await stop();
    throw error;
  }
  const { databaseUrl, natsUrl, redisUrl, given } = servers;
  project.provide('servers', { databaseUrl, natsUrl, redisUrl, given, dataDir, template: template.name });
  return async () => {
    release();
    await stop();
  };
}
