// The README's usage prints what it says it prints, bundled for a browser and run where there is nothing of Node.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

it('runs as written, without Node', async () => {
  const usage = /```ts\n(.*?)```/s.exec(readFileSync(`${packageFolder}README.md`, 'utf8'))?.[1] ?? '';
  const expected = [...usage.matchAll(/console\.log.*\/\/ (.*)/g)].map(([, comment]) => comment);
  const bundle = await build({
    stdin: { contents: usage, resolveDir: packageFolder, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'browser',
    target: 'es2022',
  });
  const printed: string[] = [];
  runInNewContext(bundle.outputFiles[0]?.text ?? '', {
    console: { log: (...values: unknown[]) => printed.push(values.join(' ')) },
    TextEncoder,
  });
  expect(expected.length).toBeGreaterThan(1);
  expect(printed).toEqual(expected);
});
