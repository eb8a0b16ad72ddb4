/** Where the secret lies that the wallets' private keys are encrypted with: a file that is given, else one of our own. */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readOrCreate } from './data-directory.ts';
import type { Environment } from './environment.ts';

export interface WalletSecretOptions {
  /** Absolute path. */
  dataDir: string;
  environment: Environment;
}

/** The file's path; it may not be there yet. */
export function walletSecretFile({ dataDir, environment }: WalletSecretOptions): string {
  return environment['POCKET_WALLET_SECRET_FILE'] ?? join(dataDir, 'wallet-secret');
}

/** The same; a secret of our own is made where there is none. */
export async function ensureWalletSecret(options: WalletSecretOptions): Promise<string> {
  const file = walletSecretFile(options);
  if (options.environment['POCKET_WALLET_SECRET_FILE']) return file;
  await mkdir(options.dataDir, { recursive: true });
  await readOrCreate(file, () => randomBytes(32).toString('hex'));
  return file;
}
