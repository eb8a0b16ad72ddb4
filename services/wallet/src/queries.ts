/** What wallets tell: the list with balances, one wallet, payments the pool may not have yet. Reads only. */
import type { Cause, WalletView } from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import { sql } from '@pocket/eventstore';
import type { KeyVault } from './key-vault.ts';
import type { PrismaClient, Reader } from './store.ts';

interface WalletRow {
  address: string;
  publicKey: string;
  balance: bigint;
  locked: boolean;
  encryptedKey: Uint8Array | null;
}

/** A wallet is locked while one of its payments waits. */
const locked = sql`EXISTS (SELECT 1 FROM payments p WHERE p.status = 'waiting' AND p."from" = w.address) AS locked`;

/** Keys are in no log: where tables are of the past, there are none. */
const key = sql`(SELECT k.encrypted_key FROM keys k WHERE k.address = w.address) AS "encryptedKey"`;
const noKey = sql`NULL::bytea AS "encryptedKey"`;

/** All wallets, oldest first. Private keys are opened only where `reveal` says so. */
export async function readWallets(reader: Reader, vault: KeyVault, reveal: boolean): Promise<WalletView[]> {
  const rows = await reader.$queryRaw<WalletRow[]>(
    sql`SELECT w.address, w.public_key AS "publicKey", w.balance, ${locked}, ${reveal ? key : noKey}
          FROM wallets w ORDER BY w.ordinal`,
  );
  return rows.map((row) => viewOf(row, vault));
}

/** undefined where no wallet of this system has the address. */
export async function readWallet(
  client: PrismaClient,
  vault: KeyVault,
  address: string,
): Promise<WalletView | undefined> {
  const [row] = await client.$queryRaw<WalletRow[]>(
    sql`SELECT w.address, w.public_key AS "publicKey", w.balance, ${locked}, ${noKey}
          FROM wallets w WHERE w.address = ${address}`,
  );
  return row === undefined ? undefined : viewOf(row, vault);
}

function viewOf({ address, publicKey, balance, locked, encryptedKey }: WalletRow, vault: KeyVault): WalletView {
  const privateKey = encryptedKey === null ? null : bytesToHex(vault.decrypt(encryptedKey, address));
  return { address, publicKey, privateKey, balance: balance.toString(), locked };
}

export interface SignedPayment {
  txid: string;
  hex: string;
  /** The event of its signing. */
  cause: Cause;
}

/** Which payments the pool has had since they began to wait. */
export interface HandedOver {
  /**
   * Payments that have waited since `before` or longer, without those that were handed over again since, in the order of
   * their making: what spends another's change comes behind it.
   */
  missing(before: Date): Promise<SignedPayment[]>;
  mark(txids: string[]): Promise<unknown>;
}

export const HAND_OVER_LIMIT = 500;

export function handedOver(client: PrismaClient): HandedOver {
  const mark = (txids: string[]) =>
    client.$executeRaw(sql`UPDATE payments SET accepted = true WHERE txid = ANY(${txids}::text[])`);
  return { missing: (before) => readUnaccepted(client, before), mark };
}

async function readUnaccepted(client: PrismaClient, before: Date): Promise<SignedPayment[]> {
  const rows = await client.$queryRaw<(Omit<SignedPayment, 'cause'> & Cause)[]>(
    sql`SELECT p.txid, p.hex, e.event_id::text AS "eventId", e.metadata->>'correlationId' AS "correlationId"
          FROM payments p CROSS JOIN LATERAL (${signingEvent}) e
         WHERE p.status = 'waiting' AND NOT p.accepted AND p.waiting_since < ${before}
         ORDER BY p.signed_at LIMIT ${HAND_OVER_LIMIT}`,
  );
  return rows.map(({ txid, hex, ...cause }) => ({ txid, hex, cause }));
}

/** The last one, where a payment that failed was made again. */
const signingEvent = sql`
  SELECT event_id, metadata FROM events
   WHERE pocket_txid(data) = p.txid AND type = 'PaymentSigned' ORDER BY position DESC LIMIT 1`;

/** Whether the vault's secret opens what is stored; true for an empty table. */
export async function secretFits(client: PrismaClient, vault: KeyVault): Promise<boolean> {
  const [key] = await client.$queryRaw<{ address: string; encryptedKey: Uint8Array }[]>(
    sql`SELECT address, encrypted_key AS "encryptedKey" FROM keys LIMIT 1`,
  );
  if (key === undefined) return true;
  try {
    vault.decrypt(key.encryptedKey, key.address);
    return true;
  } catch {
    return false;
  }
}
