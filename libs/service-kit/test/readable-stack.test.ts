/** Traces of a program as it is built: one line of generated code, with a map beside it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readableStack } from '../src/readable-stack.ts';

const SOURCE = `/* A program that fails. */
export function fail(): never {
  const reason = 'no luck';

  throw new Error(reason);
}
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pocket-stack-'));
  await writeFile(join(folder, 'failing.ts'), SOURCE);
});
afterAll(() => rm(folder, { recursive: true }));

async function stackOf(outfile: string, sourcemap: boolean): Promise<string> {
  await build({ entryPoints: [join(folder, 'failing.ts')], outfile, sourcemap, format: 'esm', minify: true });
  // In a process of its own: here Node's own maps are on.
  const failing = `import { fail } from ${JSON.stringify(outfile)}; try { fail(); } catch (error) { console.log(error.stack); }`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', failing]);
  return stdout;
}

it('names the line of the source', async () => {
  const stack = await stackOf(join(folder, 'mapped.mjs'), true);
  expect(stack).toContain('mapped.mjs:');
  expect(readableStack(stack)).toContain(`${join(folder, 'failing.ts')}:5:9`);
  expect(readableStack(stack)).toMatch(/^Error: no luck\n/);
});

it('is left as it is where no map lies beside the program', async () => {
  const stack = await stackOf(join(folder, 'plain.mjs'), false);
  expect(readableStack(stack)).toBe(stack);
});

it('leaves what is no place of a program alone', () => {
  const text = 'Error: GET http://127.0.0.1:8080/x failed\n    at node:internal/process/task_queues:95:5';
  expect(readableStack(text)).toBe(text);
});
