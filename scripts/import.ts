/**
 * `npm run import -- <file>`: makes the system again that an export was made of, in an empty database; all of it or
 * nothing. Then `npm start` goes on with its chain.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Command } from 'commander';
import { ArchiveError, fileFailure, importArchive, readHeader } from '@pocket/archive';
import { ensureWalletSecret } from '@pocket/stack';
import { openKeyVault } from '../services/wallet/src/key-vault.ts';
import { readPassphrase } from './archive/passphrase.ts';
import { progressPrinter } from './archive/progress.ts';
import { archivedServices } from './archive/services.ts';
import { EXIT_CODES, fileNamed, runWithDatabase, type Surroundings } from './system-program.ts';

const command = new Command('npm run import --')
  .description('Makes an exported system again in an empty database; all of it or nothing.')
  .argument('<file>', 'such as chain.pocket, or - for the standard input')
  .addHelpText(
    'after',
    '\nThe passphrase is asked for, or read from the file that POCKET_PASSPHRASE_FILE names.' + '\n' + EXIT_CODES,
  )
  .parse();
const name = command.args[0] ?? '';
const path = name === '-' ? '/dev/stdin' : fileNamed(name);

/** Nothing is brought up for a file that is not there, or is no export. What is no plain file can be read only once. */
async function requireExport(): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new ArchiveError(`${path} cannot be imported: ${fileFailure(cause)}.`, { cause });
  });
  if (found.isDirectory()) throw new ArchiveError(`${path} cannot be imported: it is a folder.`);
  if (found.isFile()) await readHeader(bytes());
}

/** The file's bytes. */
async function* bytes(): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) yield chunk as Buffer;
  } catch (cause) {
    throw new ArchiveError(`${path} cannot be read: ${fileFailure(cause)}.`, { cause });
  }
}

async function secretsOf({ dataDir, environment, signal }: Surroundings) {
  const file = environment['POCKET_PASSPHRASE_FILE'];
  const passphrase = await readPassphrase({ file, isNew: false, signal });
  return { passphrase, vault: await openKeyVault(await ensureWalletSecret({ dataDir, environment })) };
}

async function run(surroundings: Surroundings): Promise<void> {
  const begun = performance.now();
  const { network, chainId, events, keys } = await importArchive({
    databaseUrl: surroundings.databaseUrl,
    services: archivedServices,
    chunks: bytes(),
    secrets: () => secretsOf(surroundings),
    onStep: progressPrinter(
      (line) => console.error(line),
      () => performance.now(),
    ),
    signal: surroundings.signal,
  });
  const seconds = (performance.now() - begun) / 1_000;
  const rate = Math.round(events / seconds);
  console.log(
    `Chain ${chainId} of network ${network}: ${events} events in ${seconds.toFixed(1)} s (${rate} a second).`,
  );
  console.log(
    keys === undefined
      ? 'There were no private keys in it: its wallets can be looked at and paid, and cannot pay.'
      : `${keys} private keys are closed with this system's own secret now.`,
  );
  console.log('The services go on with it once they are started.');
}

await runWithDatabase({ check: requireExport }, run);
