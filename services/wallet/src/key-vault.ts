/**
 * Private keys at rest: AES-256-GCM (NIST SP 800-38D) under a secret that lies in a file, not in the database.
 * The address is bound in as associated data, so that a key cannot be moved to another address's row.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SettingsError } from '@pocket/service-kit';

export interface KeyVault {
  /** @returns nonce (12 bytes), ciphertext (32), tag (16). */
  encrypt(privateKey: Uint8Array, address: string): Uint8Array;
  /** @throws Error when the secret is not the one the key was encrypted with, or the row was changed. */
  decrypt(encryptedKey: Uint8Array, address: string): Uint8Array;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @throws SettingsError when the file is missing or does not hold 64 hex digits. */
export async function openKeyVault(secretFile: string): Promise<KeyVault> {
  const text = await readFile(secretFile, 'utf8').catch((error: unknown) => {
    throw new SettingsError(
      `POCKET_WALLET_SECRET_FILE: ${secretFile} cannot be read (${String(error)}). Make one with: openssl rand -hex 32 > ${secretFile}`,
    );
  });
  if (!/^[0-9a-f]{64}\s*$/i.test(text))
    throw new SettingsError(`POCKET_WALLET_SECRET_FILE: ${secretFile} must hold 64 hex digits and nothing else.`);
  return createKeyVault(Buffer.from(text.trim(), 'hex'));
}

const MAX_REMEMBERED = 10_000;

/** The same vault, which remembers what it has opened: for a test stand, which shows all keys again and again. */
export function rememberingVault(vault: KeyVault): KeyVault {
  const opened = new Map<string, Uint8Array>();
  return {
    encrypt: (privateKey, address) => vault.encrypt(privateKey, address),
    decrypt(encryptedKey, address) {
      // An address has one key, so that its ciphertext need not be compared.
      const known = opened.get(address) ?? vault.decrypt(encryptedKey, address);
      if (opened.size >= MAX_REMEMBERED) opened.clear();
      opened.set(address, known);
      return known;
    },
  };
}

/** @param secret 32 bytes. */
export function createKeyVault(secret: Uint8Array): KeyVault {
  return {
    encrypt(privateKey, address) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(address));
      return Buffer.concat([nonce, cipher.update(privateKey), cipher.final(), cipher.getAuthTag()]);
    },
    decrypt(encryptedKey, address) {
      const bytes = Buffer.from(encryptedKey);
      const tag = bytes.subarray(bytes.length - TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, NONCE_BYTES));
      decipher.setAAD(Buffer.from(address)).setAuthTag(tag);
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, bytes.length - TAG_BYTES)), decipher.final()]);
    },
  };
}
