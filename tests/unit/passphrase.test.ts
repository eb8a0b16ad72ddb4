/** Where a passphrase comes from: a file or a terminal, never a guess, and never shown. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPassphrase } from '../../scripts/archive/passphrase.ts';

let folder: string;
const { signal } = new AbortController();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pocket-passphrase-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function fileWith(text: string): Promise<string> {
  const file = join(folder, 'passphrase');
  await writeFile(file, text);
  return file;
}

/** A terminal at which these lines are typed. */
function terminal(...typed: string[]): NodeJS.ReadStream {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const output: string[] = [];
  // Each answer is typed when it is asked for.
  input.on('resume', () => input.write(`${typed.shift() ?? ''}\n`));
  return Object.assign(input, { output }) as unknown as NodeJS.ReadStream;
}

describe('a passphrase', () => {
  it.each([
    ['open sesame\n', 'open sesame'],
    ['open sesame', 'open sesame'],
    [' with spaces \r\n', ' with spaces '],
    ['two\nlines\n', 'two\nlines'],
  ])('in the file %j is %j', async (text, passphrase) => {
    expect(await readPassphrase({ file: await fileWith(text), isNew: true, signal })).toBe(passphrase);
  });

  it.each(['', 'x', '1234567', '🔑🔑🔑🔑🔑🔑🔑'])('that is new has 8 characters or more, so not %j', async (text) => {
    const file = await fileWith(`${text}\n`);
    await expect(readPassphrase({ file, isNew: true, signal })).rejects.toThrow(
      `The passphrase has ${Array.from(text).length} characters, it must have 8 or more`,
    );
    // What was sealed under it once is still opened by it.
    expect(await readPassphrase({ file, isNew: false, signal })).toBe(text);
  });

  it('is not read from a file that is not there', async () => {
    const file = join(folder, 'nothing');
    await expect(readPassphrase({ file, isNew: false, signal })).rejects.toThrow(
      `POCKET_PASSPHRASE_FILE: ${file} cannot be read: there is no such file or folder.`,
    );
  });

  it('is not asked for where nobody can answer', async () => {
    const input = new PassThrough() as unknown as NodeJS.ReadStream;
    await expect(readPassphrase({ file: undefined, isNew: false, signal, input })).rejects.toThrow(
      /without a terminal/,
    );
  });

  it('is asked for twice where a typing error would lock everything up', async () => {
    const ask = (...typed: string[]) =>
      readPassphrase({ file: undefined, isNew: true, signal, input: terminal(...typed) });
    expect(await ask('open sesame', 'open sesame')).toBe('open sesame');
    await expect(ask('open sesame', 'open sesam')).rejects.toThrow(/two different passphrases/);
  });

  it.each([[], ['open sesame\n']])(
    'is not waited for when the input ends, as by Ctrl-D (after %j)',
    async (...typed) => {
      const input = Object.assign(new PassThrough(), { isTTY: true });
      const ended = input as unknown as NodeJS.ReadStream;
      const asked = readPassphrase({ file: undefined, isNew: true, signal, input: ended });
      for (const line of typed) input.write(line);
      input.end();
      await expect(asked).rejects.toThrow('No passphrase was given: everything is as it was.');
    },
  );

  it('is no longer waited for after Ctrl-C', async () => {
    const stop = new AbortController();
    const silent = Object.assign(new PassThrough(), { isTTY: true }) as unknown as NodeJS.ReadStream;
    const asked = readPassphrase({ file: undefined, isNew: false, signal: stop.signal, input: silent });
    stop.abort(new Error('interrupted'));
    await expect(asked).rejects.toThrow('interrupted');
  });
});
