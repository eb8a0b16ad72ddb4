/** New wallets: a key pair each, encrypted before anything is written, several in one commit in their order. */
import { randomBytes } from 'node:crypto';
import { ADDRESS_VERSION } from '@pocket/chain';
import { bytesToHex, encodeAddress, hash160, isPrivateKey, publicKeyOf } from '@pocket/crypto';
import type { RequestContext } from '@pocket/service-kit';
import type { WalletCommand } from './domain/decide.ts';
import type { KeyVault } from './key-vault.ts';
import type { WalletWriter } from './store.ts';

export interface NewWalletParts {
  writer: Pick<WalletWriter, 'execute'>;
  vault: Pick<KeyVault, 'encrypt'>;
}

/** Their addresses, oldest first. Asked for in one turn, so that they are committed together. */
export async function createWallets(
  { writer, vault }: NewWalletParts,
  context: RequestContext,
  count: number,
): Promise<string[]> {
  const commands = Array.from({ length: count }, () => newWallet(vault));
  const written = await Promise.all(commands.map((command) => writer.execute(command, context.metadata)));
  for (const { position } of written) context.wrote('wallet', position);
  return commands.map(({ address }) => address);
}

function newWallet(vault: NewWalletParts['vault']): Extract<WalletCommand, { type: 'CreateWallet' }> {
  const privateKey = newPrivateKey();
  const publicKey = publicKeyOf(privateKey);
  const address = encodeAddress(hash160(publicKey), ADDRESS_VERSION);
  const encryptedKey = vault.encrypt(privateKey, address);
  return { type: 'CreateWallet', address, publicKey: bytesToHex(publicKey), encryptedKey };
}

function newPrivateKey(): Uint8Array {
  for (;;) {
    const candidate = new Uint8Array(randomBytes(32));
    if (isPrivateKey(candidate)) return candidate;
  }
}
