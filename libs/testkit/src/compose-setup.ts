/**
 * For vitest's run of composed stacks: builds the image once, under a name of the run's own, and takes down at the end
 * whatever project of this run is still there, and the name, also after a failure and on Ctrl-C.
 */
import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { buildImage, docker } from './compose-stack.ts';
import { onInterruption, print } from './interruption.ts';
import './servers.ts';

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

/** A project that a test has taken down itself is no more in the list. */
async function removeProjects(prefix: string): Promise<void> {
  const listed = await docker(['compose', 'ls', '--all', '--format', 'json', '--filter', `name=${prefix}`]);
  for (const { Name: name } of JSON.parse(listed) as { Name: string }[])
    if (name.startsWith(prefix))
      await docker(['compose', '--project-name', name, 'down', '--volumes', '--remove-orphans']);
}
