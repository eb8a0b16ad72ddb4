/** What wallets tell: the list with balances, one wallet, payments the pool may not have yet. Reads only. */
import type { WalletView } from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import type { KeyVault } from './key-vault.ts';
import type { PrismaClient } from './store.ts';

/** All wallets, oldest first. Private keys are opened only where `reveal` says so. */
export async function readWallets(client: PrismaClient, vault: KeyVault, reveal: boolean): Promise<WalletView[]> {
  const [wallets, keys] = await Promise.all([
    client.wallet.findMany({ orderBy: { ordinal: 'asc' } }),
    reveal ? client.key.findMany() : [],
  ]);
  const encrypted = new Map(keys.map(({ address, encryptedKey }) => [address, encryptedKey]));
  return wallets.map((wallet) => viewOf(wallet, encrypted.get(wallet.address), vault));
}

/** undefined where no wallet of this system has the address. */
export async function readWallet(
  client: PrismaClient,
  vault: KeyVault,
  address: string,
): Promise<WalletView | undefined> {
  const wallet = await client.wallet.findUnique({ where: { address } });
  return wallet === null ? undefined : viewOf(wallet, undefined, vault);
}

interface WalletRow {
  address: string;
  publicKey: string;
  balance: bigint;
  txid: string | null;
}

function viewOf(
  { address, publicKey, balance, txid }: WalletRow,
  encryptedKey: Uint8Array | undefined,
  vault: KeyVault,
): WalletView {
  const privateKey = encryptedKey === undefined ? null : bytesToHex(vault.decrypt(encryptedKey, address));
  return { address, publicKey, privateKey, balance: balance.toString(), locked: txid !== null };
}

export interface SignedPayment {
  txid: string;
  hex: string;
}

const HAND_OVER_LIMIT = 500;

/** Payments signed before `before` and not mined yet, oldest first, without those that were handed over again. */
export function readUnaccepted(client: PrismaClient, before: Date): Promise<SignedPayment[]> {
  return client.payment.findMany({
    select: { txid: true, hex: true },
    where: { signedAt: { lt: before }, accepted: false },
    orderBy: { signedAt: 'asc' },
    take: HAND_OVER_LIMIT,
  });
}

/** Whether the vault's secret opens what is stored; true for an empty table. */
export async function secretFits(client: PrismaClient, vault: KeyVault): Promise<boolean> {
  const key = await client.key.findFirst();
  if (key === null) return true;
  try {
    vault.decrypt(key.encryptedKey, key.address);
    return true;
  } catch {
    return false;
  }
}
