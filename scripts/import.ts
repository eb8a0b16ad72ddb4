/**
 * `npm run import -- <file>`: makes the system again that an export was made of, in an empty database; all of it or
 * nothing. Then `npm start` goes on with its chain.
 */
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { Command } from 'commander';
import { ArchiveError, importArchive } from '@pocket/archive';
import { ensureWalletSecret } from '@pocket/stack';
import { openKeyVault } from '../services/wallet/src/key-vault.ts';
import { readPassphrase } from './archive/passphrase.ts';
import { fileNamed, runWithDatabase, type Surroundings } from './archive/program.ts';
import { progressPrinter } from './archive/progress.ts';
import { archivedServices } from './archive/services.ts';

const command = new Command('npm run import --')
  .description('Makes an exported system again in an empty database; all of it or nothing.')
  .argument('<file>', 'such as chain.pocket')
  .addHelpText('after', '\nThe passphrase is asked for, or read from the file that POCKET_PASSPHRASE_FILE names.')
  .parse();
const path = fileNamed(command.args[0] ?? '');

/** Nothing is brought up for a file that is not there. */
async function requireFile(): Promise<void> {
  await access(path).catch((cause: unknown) => {
    throw new ArchiveError(`There is no file ${path} to import.`, { cause });
  });
}

/** The file's bytes. */
async function* bytes(): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) yield chunk as Buffer;
  } catch (cause) {
    throw new ArchiveError(`${path} cannot be read: ${String(cause)}.`, { cause });
  }
}

async function secretsOf({ dataDir, environment, signal }: Surroundings) {
  const file = environment['POCKET_PASSPHRASE_FILE'];
  const passphrase = await readPassphrase({ file, twice: false, signal });
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
  console.log('"npm start" goes on with it.');
}

await runWithDatabase({ check: requireFile }, run);
