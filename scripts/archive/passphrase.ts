/**
 * The passphrase of an export with secrets: from the file that POCKET_PASSPHRASE_FILE names, else asked for on the terminal
 * without being shown. It is no argument and no setting, which others on this machine could read.
 */
import { readFile } from 'node:fs/promises';
import { read } from 'read';
import { ArchiveError, fileFailure } from '@pocket/archive';

export interface PassphraseOptions {
  /** The file's name, where there is one. */
  file: string | undefined;
  /** Whether something is to be sealed under it: it must be long, and is asked for twice, as no typing error may be in it. */
  isNew: boolean;
  signal: AbortSignal;
  /** The terminal. */
  input?: NodeJS.ReadStream;
}

/** A new passphrase has so many characters at least. An export may have been sealed under a shorter one. */
const LEAST_CHARACTERS = 8;

/** @throws ArchiveError when there is neither file nor terminal, when it is too short, or when it was typed differently. */
export async function readPassphrase(options: PassphraseOptions): Promise<string> {
  const passphrase = options.file === undefined ? await askFor(options) : await readFrom(options.file);
  if (options.isNew) requireLong(passphrase);
  return passphrase;
}

function requireLong(passphrase: string): void {
  const length = Array.from(passphrase).length;
  if (length < LEAST_CHARACTERS)
    throw new ArchiveError(
      `The passphrase has ${length} characters, it must have ${LEAST_CHARACTERS} or more: the longer the better.`,
    );
}

/** All of the file but the line feed at its end. */
async function readFrom(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ArchiveError(`POCKET_PASSPHRASE_FILE: ${file} cannot be read: ${fileFailure(cause)}.`, { cause });
  });
  return text.replace(/\r?\n$/, '');
}

async function askFor({ isNew, signal, input = process.stdin }: PassphraseOptions): Promise<string> {
  if (!input.isTTY)
    throw new ArchiveError(
      'The passphrase cannot be asked for without a terminal: let POCKET_PASSPHRASE_FILE name a file that holds it.',
    );
  const passphrase = await askOnce('Passphrase of the private keys:', signal, input);
  if (isNew && passphrase !== (await askOnce('The same again:', signal, input)))
    throw new ArchiveError('These were two different passphrases: try again.');
  return passphrase;
}

/** The prompt goes to stderr, so that stdout can be redirected. */
async function askOnce(prompt: string, signal: AbortSignal, input: NodeJS.ReadStream): Promise<string> {
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  const answered = read({ prompt, silent: true, replace: '', input, output: process.stderr }).catch(() => {
    throw noPassphrase();
  });
  return Promise.race([answered, interrupted, inputEnded(input)]);
}

/** Ctrl-D ends the reading without an answer: readline then only lets go of its input, as it does after an answer. */
function inputEnded(input: NodeJS.ReadStream): Promise<never> {
  if (input.readableEnded) return Promise.reject(noPassphrase());
  return new Promise((_, reject) => input.once('pause', () => setImmediate(() => reject(noPassphrase()))));
}

const noPassphrase = (): ArchiveError => new ArchiveError('No passphrase was given: everything is as it was.');
