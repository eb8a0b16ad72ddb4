/**
 * `npm run export -- <file> [--secrets] [--force]`: the whole system to one file, whether it runs or not. The same system
 * gives the same bytes. The page of libs/archive says what is in them.
 */
import { Command } from 'commander';
import { createWholeFile, exportArchive, standardOutput, type Exported, type WholeFile } from '@pocket/archive';
import { walletSecretFile } from '@pocket/stack';
import { openKeyVault } from '../services/wallet/src/key-vault.ts';
import { readPassphrase } from './archive/passphrase.ts';
import { progressPrinter } from './archive/progress.ts';
import { archivedServices } from './archive/services.ts';
import { EXIT_CODES, fileNamed, requireSystem, runWithDatabase, type Surroundings } from './system-program.ts';

type Options = { secrets: boolean; force: boolean };

const command = new Command('npm run export --')
  .description('Writes the whole system to one file, whether it runs or not; private keys only with --secrets.')
  .argument('<file>', 'such as chain.pocket, or - for the standard output')
  .option('--secrets', 'with the private keys, sealed under a passphrase', false)
  .option('--force', 'replace the file if there is one', false)
  .addHelpText(
    'after',
    '\nThe passphrase is asked for, or read from the file that POCKET_PASSPHRASE_FILE names.' + '\n' + EXIT_CODES,
  )
  .parse();
const [name = ''] = command.args;
const options = command.opts<Options>();

async function secretsOf({ dataDir, environment, signal }: Surroundings) {
  if (!options.secrets) return undefined;
  const vault = await openKeyVault(walletSecretFile({ dataDir, environment }));
  const file = environment['POCKET_PASSPHRASE_FILE'];
  return { vault, passphrase: await readPassphrase({ file, isNew: true, signal }) };
}

async function exportTo(file: WholeFile, surroundings: Surroundings): Promise<Exported> {
  const { databaseUrl, signal } = surroundings;
  return exportArchive({
    databaseUrl,
    services: archivedServices,
    secrets: await secretsOf(surroundings),
    write: (text) => file.write(text),
    onStep: progressPrinter(
      (line) => console.error(line),
      () => performance.now(),
    ),
    signal,
  });
}

async function run(surroundings: Surroundings): Promise<void> {
  const begun = performance.now();
  const file = name === '-' ? standardOutput() : await createWholeFile(fileNamed(name), { replace: options.force });
  try {
    const exported = await exportTo(file, surroundings);
    await file.commit();
    const { network, chainId, events, keys } = exported;
    const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
    const secrets = keys === undefined ? 'without private keys' : `with ${keys} sealed private keys`;
    const say = name === '-' ? console.error : console.log;
    const path = name === '-' ? 'Written' : fileNamed(name);
    say(`${path}: chain ${chainId} of network ${network}, ${events} events, ${secrets}.`);
    say(`${file.bytes} bytes in ${seconds} s.`);
  } catch (error) {
    await file.discard();
    throw error;
  }
}

await runWithDatabase({ check: requireSystem }, run);
