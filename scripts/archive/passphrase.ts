/**
 * The passphrase of an export with secrets: from the file that POCKET_PASSPHRASE_FILE names, else asked for on the terminal
 * without being shown. It is no argument and no setting, which others on this machine could read.
 */
import { readFile } from 'node:fs/promises';
import { read } from 'read';
import { ArchiveError } from '@pocket/archive';

export interface PassphraseOptions {
  /** The file's name, where there is one. */
  file: string | undefined;
  /** Whether to ask twice: a typing error would lock the secrets up for ever. */
  twice: boolean;
  signal: AbortSignal;
  /** The terminal. */
  input?: NodeJS.ReadStream;
}

/** @throws ArchiveError when there is neither file nor terminal, when it is empty, or when it was typed differently. */
export async function readPassphrase(options: PassphraseOptions): Promise<string> {
  const passphrase = options.file === undefined ? await askFor(options) : await readFrom(options.file);
  if (passphrase === '') throw new ArchiveError('The passphrase is empty: give one, the longer the better.');
  return passphrase;
}

/** All of the file but the line feed at its end. */
async function readFrom(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ArchiveError(`POCKET_PASSPHRASE_FILE: ${file} cannot be read (${String(cause)}).`, { cause });
  });
  return text.replace(/\r?\n$/, '');
}

async function askFor({ twice, signal, input = process.stdin }: PassphraseOptions): Promise<string> {
  if (!input.isTTY)
    throw new ArchiveError(
      'The passphrase cannot be asked for without a terminal: let POCKET_PASSPHRASE_FILE name a file that holds it.',
    );
  const passphrase = await askOnce('Passphrase of the private keys:', signal, input);
  if (twice && passphrase !== (await askOnce('The same again:', signal, input)))
    throw new ArchiveError('These were two different passphrases: try again.');
  return passphrase;
}

/** The prompt goes to stderr, so that stdout can be redirected. */
async function askOnce(prompt: string, signal: AbortSignal, input: NodeJS.ReadStream): Promise<string> {
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  const answered = read({ prompt, silent: true, replace: '', input, output: process.stderr }).catch(() => {
    throw new ArchiveError('No passphrase was given.');
  });
  return Promise.race([answered, interrupted]);
}
