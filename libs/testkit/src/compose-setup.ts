/**
 * For vitest's run of composed stacks: builds the image once, under a name of the run's own, and takes down at the end
 * whatever project of this run is still there, and the name, also after a failure and on Ctrl-C.
 */
import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { buildImage, docker } from './compose-stack.ts';
import { onInterruption, print } from './interruption.ts';
import './servers.ts';

/** Every test file of an interrupted run may begin one more stack. */
const ROUNDS = 6;
const NO_SERVERS = { databaseUrl: '', natsUrl: '', redisUrl: '', given: [], dataDir: '', template: '' };

/** Called by vitest before the first test file; returns what it calls after the last one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const prefix = `pocket-test-${randomBytes(4).toString('hex')}`;
  const interruption = new AbortController();
  const stop = async (): Promise<void> => {
    await removeProjects(prefix);
    await docker(['image', 'rm', '--force', prefix]);
  };
  const release = onInterruption(interruption, stop);
  const begun = performance.now();
  await buildImage(prefix);
  print(`Image built in ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
  project.provide('servers', { ...NO_SERVERS, project: prefix, image: prefix });
  return async () => {
    release();
    await stop();
  };
}

/**
 * A project that a test has taken down itself is no more in the list. One that was just coming up when the run was
 * interrupted is in the next list.
 */
async function removeProjects(prefix: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const names = await listProjects(prefix);
    if (names.length === 0) return;
    for (const name of names)
      await docker(['compose', '--project-name', name, 'down', '--volumes', '--remove-orphans']);
  }
}

async function listProjects(prefix: string): Promise<string[]> {
  const listed = await docker(['compose', 'ls', '--all', '--format', 'json', '--filter', `name=${prefix}`]);
  return (JSON.parse(listed) as { Name: string }[]).map(({ Name }) => Name).filter((name) => name.startsWith(prefix));
}
