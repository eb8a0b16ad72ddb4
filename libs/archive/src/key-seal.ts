/**
 * Private keys under a passphrase, so that an export may lie anywhere: scrypt (RFC 7914) makes two keys of it, one for
 * AES-256-GCM and one for the nonces. The same secrets under the same passphrase give the same bytes, which is safe, as in
 * SIV (RFC 5297): a nonce is a keyed hash of all that is sealed under it, so that one comes again only for the same
 * address with the same key, where the outcome is the same and tells no more than that it is the same. The salt is the
 * wallet log's id, random and of this system alone, so that nobody can try passphrases on two systems at once.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, scrypt, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { ArchiveError } from './archive-error.ts';
import type { RecordOf } from './records.ts';

export interface KeySeal {
  /** @returns nonce (12 bytes), ciphertext (32), tag (16). */
  seal(privateKey: Uint8Array, address: string): Buffer;
  /** @throws ArchiveError when it was sealed under another passphrase. */
  open(sealed: Uint8Array, address: string): Buffer;
}

const derive = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt);
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** 128 bytes × cost × block size, and some room. */
const SCRYPT_MEMORY_BYTES = 160 * 1024 * 1024;

/** How the keys of the system with this wallet log are sealed. */
export function secretsOf(walletLogId: string): RecordOf<'secrets'> {
  const salt = createHash('sha256').update(`pocket-archive ${walletLogId}`).digest('hex').slice(0, 32);
  return { kind: 'secrets', scrypt: { cost: 131_072, blockSize: 8, parallelization: 1 }, salt };
}

/** Takes half a second and 128 MB, which is the point: so it does for whoever guesses. */
export async function createKeySeal(
  passphrase: string,
  { scrypt: costs, salt }: RecordOf<'secrets'>,
): Promise<KeySeal> {
  const options = { ...costs, maxmem: SCRYPT_MEMORY_BYTES };
  const derived = await derive(passphrase.normalize('NFC'), Buffer.from(salt, 'hex'), 2 * KEY_BYTES, options);
  const [cipherKey, nonceKey] = [derived.subarray(0, KEY_BYTES), derived.subarray(KEY_BYTES)];
  return {
    seal(privateKey, address) {
      const told = createHmac('sha256', nonceKey).update(`${address}\n`).update(privateKey).digest();
      const nonce = told.subarray(0, NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', cipherKey, nonce).setAAD(Buffer.from(address));
      return Buffer.concat([nonce, cipher.update(privateKey), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, address) {
      const decipher = createDecipheriv('aes-256-gcm', cipherKey, sealed.subarray(0, NONCE_BYTES));
      decipher.setAAD(Buffer.from(address)).setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      } catch {
        throw new ArchiveError('The passphrase is not the one that the private keys of this export are sealed with.');
      }
    },
  };
}
