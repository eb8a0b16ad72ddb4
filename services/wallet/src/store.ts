/** Where wallets are kept: the log, keys, wallets, own coins and payments, one transaction for all of them. */
import type { NamedCoin, Txid } from '@pocket/chain';
import { postgresAdapter, sql, Writer, type EventLog, type Sql } from '@pocket/eventstore';
import { PrismaClient } from './generated/client.ts';
import { decide, type WalletCommand, type WalletReply } from './domain/decide.ts';
import { MAX_PAYMENT_INPUTS } from './domain/policy.ts';
import type { Wallet, WalletState } from './domain/state.ts';
import type { KeyVault } from './key-vault.ts';
import { project } from './projection.ts';

export { PrismaClient };
export type WalletWriter = Writer<WalletCommand, WalletState, WalletReply>;

export function openClient(databaseUrl: string): PrismaClient {
  return new PrismaClient({ errorFormat: 'minimal', adapter: postgresAdapter(databaseUrl, 'wallet') });
}

export function createWalletWriter(client: PrismaClient, log: EventLog, vault: KeyVault): WalletWriter {
  return new Writer({
    log,
    load: (commands) => loadWallets(client, vault, commands),
    versionOf: ({ wallets }, stream) => wallets.get(stream.replace(/^wallet-/, ''))?.version ?? 0,
    decide,
    mayShare,
    project,
  });
}

/** What clears tables comes alone; a payment behind a block needs the coins that the block leaves, so it waits. */
function mayShare(first: WalletCommand, other: WalletCommand): boolean {
  if (clears(first) || clears(other)) return false;
  return (first.type === 'ConfirmPayments') === (other.type === 'ConfirmPayments');
}

const clears = ({ type }: WalletCommand): boolean => type === 'FollowStart' || type === 'ForgetWallets';

interface WalletRow {
  address: string;
  version: number;
  payment_id: string | null;
  txid: string | null;
  to: string | null;
  amount: bigint | null;
  encrypted_key: Uint8Array | null;
  coin_txid: string | null;
  vout: number;
  value: bigint;
  height: number;
  script_pub_key: Uint8Array;
  coinbase: boolean;
}

/** Coins a payment usually needs; more are read where they do not suffice. */
const USUAL_INPUTS = 8;

async function loadWallets(client: PrismaClient, vault: KeyVault, commands: WalletCommand[]): Promise<WalletState> {
  const wallets = await findWallets(client, vault, commands, USUAL_INPUTS);
  return {
    wallets: commands.some(isShort(wallets)) ? await findWallets(client, vault, commands, MAX_PAYMENT_INPUTS) : wallets,
  };
}

/** Whether a payment may need coins of its payer that were not read. */
function isShort(wallets: Map<string, Wallet>): (command: WalletCommand) => boolean {
  return (command) => {
    const payer = command.type === 'Pay' ? wallets.get(command.from) : undefined;
    return payer !== undefined && !payer.allCoins && command.type === 'Pay' && sumOf(payer.coins) < command.amount;
  };
}

/**
 * The payers with their keys and at most `limit` of their largest coins; the wallets that wait for one of these
 * transactions; all, where all are meant. One statement, so that wallets and coins are of one moment.
 */
async function findWallets(
  client: PrismaClient,
  vault: KeyVault,
  commands: WalletCommand[],
  limit: number,
): Promise<Map<string, Wallet>> {
  const payers = [...new Set(commands.flatMap((command) => (command.type === 'Pay' ? [command.from] : [])))];
  const which = whichWallets(commands, payers);
  if (which === undefined) return new Map();
  const rows = await client.$queryRaw<WalletRow[]>(
    sql`SELECT w.address, w.version, w.payment_id, w.txid, p."to", p.amount, k.encrypted_key,
               c.txid AS coin_txid, c.vout, c.value, c.height, c.script_pub_key, c.coinbase
          FROM wallets w LEFT JOIN payments p ON p.payment_id = w.payment_id
          LEFT JOIN keys k ON k.address = w.address AND w.address = ANY(${payers}::text[])
          LEFT JOIN LATERAL (SELECT * FROM coins WHERE coins.address = w.address AND w.address = ANY(${payers}::text[])
                              ORDER BY value DESC, txid, vout LIMIT ${limit + 1}) c ON true
         WHERE ${which} ORDER BY w.ordinal, c.value DESC, c.txid, c.vout`,
  );
  const wallets = new Map<string, Wallet>();
  for (const row of rows) {
    const wallet = wallets.get(row.address) ?? walletOf(row, vault);
    wallets.set(row.address, wallet);
    if (wallet.coins.length === limit) wallet.allCoins = false;
    else if (row.coin_txid !== null) wallet.coins.push(namedCoin(row, row.coin_txid));
  }
  return wallets;
}

/** The condition for the wallets that the commands mean; undefined where they mean none. */
function whichWallets(commands: WalletCommand[], payers: string[]): Sql | undefined {
  if (commands.some(({ type }) => type === 'ForgetWallets')) return sql`true`;
  if (commands.some(({ type }) => type === 'FollowStart')) return sql`w.txid IS NOT NULL`;
  const txids = commands.flatMap((command) =>
    command.type === 'ConfirmPayments' ? command.txids : command.type === 'FailPayment' ? [command.txid] : [],
  );
  if (payers.length + txids.length === 0) return undefined;
  return sql`(w.address = ANY(${payers}::text[]) OR w.txid = ANY(${txids}::text[]))`;
}

const sumOf = (coins: NamedCoin[]): bigint => coins.reduce((sum, { coin }) => sum + coin.value, 0n);

function namedCoin({ vout, value, height, script_pub_key, coinbase }: WalletRow, txid: string): NamedCoin {
  return { outpoint: { txid: txid as Txid, vout }, coin: { value, scriptPubKey: script_pub_key, height, coinbase } };
}

function walletOf(row: WalletRow, vault: KeyVault): Wallet {
  const { address, version, payment_id: paymentId, txid, to, amount, encrypted_key: encryptedKey } = row;
  const pending =
    paymentId === null || txid === null
      ? undefined
      : { paymentId, txid, to: to ?? '', amount: (amount ?? 0n).toString() };
  const privateKey = encryptedKey === null ? undefined : vault.decrypt(encryptedKey, address);
  return { address, version, pending, coins: [], allCoins: true, privateKey };
}
