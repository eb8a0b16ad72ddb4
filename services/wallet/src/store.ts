/** Where wallets are kept: the log, keys, wallets, own coins and payments, one transaction for all of them. */
import type { NamedCoin, Txid } from '@pocket/chain';
import { postgresAdapter, sql, Writer, type EventLog, type Sql } from '@pocket/eventstore';
import { PrismaClient } from './generated/client.ts';
import { decide, type Pay, type WalletCommand, type WalletReply } from './domain/decide.ts';
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
}

async function loadWallets(client: PrismaClient, vault: KeyVault, commands: WalletCommand[]): Promise<WalletState> {
  const payments = commands.filter((command) => command.type === 'Pay');
  const payers = [...new Set(payments.map(({ from }) => from))];
  const [rows, coins] = await Promise.all([findWallets(client, commands, payers), findCoins(client, payments)]);
  const wallets = new Map(rows.map((row) => [row.address, walletOf(row, coins.get(row.address), vault)]));
  return { wallets };
}

/** The payers with their keys; the wallets that wait for one of these transactions; all, where all are meant. */
async function findWallets(client: PrismaClient, commands: WalletCommand[], payers: string[]): Promise<WalletRow[]> {
  const txids = commands.flatMap((command) =>
    command.type === 'ConfirmPayments' ? command.txids : command.type === 'FailPayment' ? [command.txid] : [],
  );
  const which = whichWallets(commands, payers, txids);
  if (which === undefined) return [];
  return client.$queryRaw<WalletRow[]>(
    sql`SELECT w.address, w.version, w.payment_id, w.txid, p."to", p.amount, k.encrypted_key
          FROM wallets w LEFT JOIN payments p ON p.payment_id = w.payment_id
          LEFT JOIN keys k ON k.address = w.address AND k.address = ANY(${payers}::text[])
         WHERE ${which} ORDER BY w.ordinal`,
  );
}

/** The condition for the wallets that the commands mean; undefined where they mean none. */
function whichWallets(commands: WalletCommand[], payers: string[], txids: string[]): Sql | undefined {
  if (commands.some(({ type }) => type === 'ForgetWallets')) return sql`true`;
  if (commands.some(({ type }) => type === 'FollowStart')) return sql`w.txid IS NOT NULL`;
  if (payers.length + txids.length === 0) return undefined;
  return sql`(w.address = ANY(${payers}::text[]) OR w.txid = ANY(${txids}::text[]))`;
}

interface OwnedCoins {
  coins: NamedCoin[];
  all: boolean;
}

const USUAL_INPUTS = 8;

/** The largest coins of each payer: a few first, all that a payment may use where they do not suffice. */
async function findCoins(client: PrismaClient, payments: Pay[]): Promise<Map<string, OwnedCoins>> {
  const owned = await largestCoins(client, [...new Set(payments.map(({ from }) => from))], USUAL_INPUTS);
  const short = payments.filter(({ from, amount }) => {
    const found = owned.get(from);
    return found !== undefined && !found.all && sumOf(found.coins) < amount;
  });
  if (short.length === 0) return owned;
  const more = await largestCoins(client, [...new Set(short.map(({ from }) => from))], MAX_PAYMENT_INPUTS);
  return new Map([...owned, ...more]);
}

interface CoinRow {
  txid: string;
  vout: number;
  address: string;
  value: bigint;
  height: number;
  script_pub_key: Uint8Array;
  coinbase: boolean;
}

async function largestCoins(
  client: PrismaClient,
  addresses: string[],
  limit: number,
): Promise<Map<string, OwnedCoins>> {
  if (addresses.length === 0) return new Map();
  const rows = await client.$queryRaw<CoinRow[]>(
    sql`SELECT c.* FROM unnest(${addresses}::text[]) AS a(address)
          CROSS JOIN LATERAL (SELECT * FROM coins WHERE coins.address = a.address
                               ORDER BY value DESC, txid, vout LIMIT ${limit + 1}) c`,
  );
  const owned = new Map<string, OwnedCoins>();
  for (const row of rows) {
    const coins: NamedCoin[] = owned.get(row.address)?.coins ?? [];
    coins.push(namedCoin(row));
    owned.set(row.address, { coins, all: coins.length <= limit });
  }
  for (const found of owned.values()) found.coins.splice(limit);
  return owned;
}

const sumOf = (coins: NamedCoin[]): bigint => coins.reduce((sum, { coin }) => sum + coin.value, 0n);

function namedCoin({ txid, vout, value, height, script_pub_key, coinbase }: CoinRow): NamedCoin {
  return { outpoint: { txid: txid as Txid, vout }, coin: { value, scriptPubKey: script_pub_key, height, coinbase } };
}

function walletOf(row: WalletRow, owned: OwnedCoins | undefined, vault: KeyVault): Wallet {
  const { address, version, payment_id: paymentId, txid, to, amount, encrypted_key: encryptedKey } = row;
  const pending =
    paymentId === null || txid === null
      ? undefined
      : { paymentId, txid, to: to ?? '', amount: (amount ?? 0n).toString() };
  return {
    address,
    version,
    pending,
    coins: owned?.coins ?? [],
    allCoins: owned?.all ?? true,
    privateKey: encryptedKey === null ? undefined : vault.decrypt(encryptedKey, address),
  };
}
