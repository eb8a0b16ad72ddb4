/** What is exported and imported: the services of a system, as far as an archive must know them. */
import type { EventSource } from '@pocket/contracts';
import type { Fold } from '@pocket/eventstore';

export interface ArchivedService {
  name: EventSource;
  /** Its Postgres schema. */
  schema: string;
  /** The folder of its migrations. */
  migrations: URL;
  /** How its tables come about from logs. */
  fold: Fold;
  /** The logs it follows, each with the types of event that mean something to it. */
  follows: Readonly<Partial<Record<EventSource, readonly string[]>>>;
}

/** The wallets' private keys, the one table that no log tells; they are encrypted in it under a secret of the wallet's. */
export const KEY_TABLE = { service: 'wallet', table: 'keys' } as const;

/** What opens and closes the keys in that table. */
export interface KeyVault {
  encrypt(privateKey: Uint8Array, address: string): Uint8Array;
  /** @throws when the secret is not the one the key was encrypted with. */
  decrypt(encryptedKey: Uint8Array, address: string): Uint8Array;
}

export interface Step {
  /** What is under way. */
  task: string;
  done: number;
  total: number;
}
