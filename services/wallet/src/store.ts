/** Where wallets are kept: the log, keys, wallets, own coins and payments, one transaction for all of them. */
import type { NamedCoin, Txid } from '@pocket/chain';
import type { WalletEvent } from '@pocket/contracts';
import {
  postgresAdapter,
  sql,
  Writer,
  type Decided,
  type EventLog,
  type Guard,
  type Sql,
  type SqlDriverAdapterFactory,
  withDirectStatements,
} from '@pocket/eventstore';
import { PrismaClient, type Prisma } from './generated/client.ts';
import { decide, type WalletCommand, type WalletReply } from './domain/decide.ts';
import { MAX_PAYMENT_INPUTS } from './domain/policy.ts';
import { emptyState, mayNeedMore, type Means, type Payment, type WalletState } from './domain/state.ts';
import type { KeyVault } from './key-vault.ts';
import { clears, isBlock, Memory } from './memory.ts';
import { project } from './projection.ts';

export { PrismaClient };
export type WalletWriter = Writer<WalletCommand, WalletState, WalletReply>;

/** What reads need: the live tables, those of one moment, or those of a moment of the past. */
export type Reader = Prisma.TransactionClient;

export function openClient(databaseUrl: string): PrismaClient {
  return withDirectStatements(postgresAdapter(databaseUrl, 'wallet'), clientOn);
}

export function clientOn(adapter: SqlDriverAdapterFactory): PrismaClient {
  return new PrismaClient({ errorFormat: 'minimal', adapter });
}

export function createWalletWriter(client: PrismaClient, log: EventLog, vault: KeyVault): WalletWriter {
  const memory = new Memory({
    readWaiting: () => readPayments(client, sql`p.status = 'waiting'`),
    readChain: () => readChain(client),
  });
  return new Writer({
    log,
    load: async (commands, fresh) => {
      await memory.update(fresh);
      const state = (fresh ? undefined : memory.stateFor(commands)) ?? (await loadState(client, vault, commands));
      memory.keep(commands, state);
      return state;
    },
    versionOf: ({ wallets }, stream) => wallets.get(stream.replace(/^wallet-/, ''))?.version ?? 0,
    decide,
    mayShare,
    project,
    guards: (decided, state) => [...guardsOf(state), ...blockGuards(decided)],
  });
}

/** How far the chain's log was followed, whoever did it. */
const followedTo = sql`(SELECT position FROM checkpoints WHERE consumer = 'wallet' AND source = 'chainstate')`;

async function readChain(client: PrismaClient): Promise<{ position: number; coinbaseMaturity: number } | null> {
  const [row] = await client.$queryRaw<{ position: bigint | null; coinbaseMaturity: number }[]>(
    sql`SELECT ${followedTo} AS position, coinbase_maturity AS "coinbaseMaturity" FROM chain`,
  );
  return row === undefined ? null : { ...row, position: Number(row.position) };
}

/** Where payers were remembered, no other replica may have followed the chain or changed them since. */
function guardsOf({ wallets, rememberedAt }: WalletState): Guard[] {
  if (rememberedAt === undefined) return [];
  const payers = [...wallets.values()];
  const known = sql`unnest(${payers.map(({ address }) => address)}::text[], ${payers.map(({ version }) => version)}::int[])`;
  return [
    { condition: sql`${followedTo} = ${rememberedAt}`, message: 'the chain has moved' },
    {
      condition: sql`(SELECT count(*) FROM ${known} AS k(address, version) JOIN wallets w USING (address, version)) = ${payers.length}`,
      message: 'a payer has changed',
    },
  ];
}

/**
 * Which payments a block confirms may have been told from memory. It fails as a conflict where these are not exactly
 * ours, because another replica has signed one or forgotten its wallet: a block comes after the commit of the payments
 * in it, so none can appear behind this statement.
 */
function blockGuards(decided: Decided<WalletCommand>[]): Guard[] {
  const mined = decided.flatMap(({ command }) => (command.type === 'FollowBlock' ? command.txids : []));
  if (mined.length === 0) return [];
  const events = decided.flatMap(({ events }) => events) as unknown as WalletEvent[];
  // One that was confirmed, came back and was confirmed again in one batch is one.
  const known = [...new Set(events.flatMap((event) => (event.type === 'PaymentConfirmed' ? [event.data.txid] : [])))];
  const found = sql`(SELECT count(*) FROM payments WHERE txid = ANY(${mined}::text[])
                        AND (status <> 'confirmed' OR txid = ANY(${known}::text[])))`;
  return [
    { condition: sql`${found} = ${known.length}`, message: 'the payments in the block are others than were known' },
  ];
}

/**
 * What clears tables comes alone. Blocks come together and with nothing else: a payment needs the coins that the block
 * before it leaves, so it waits.
 */
function mayShare(first: WalletCommand, other: WalletCommand): boolean {
  if (clears(first) || clears(other)) return false;
  return isBlock(first) === isBlock(other);
}

async function loadState(client: PrismaClient, vault: KeyVault, commands: WalletCommand[]): Promise<WalletState> {
  const [first] = commands;
  if (first?.type === 'ForgetWallets') return readAddresses(client);
  if (first?.type === 'FollowStart') return readPayments(client, sql`p.status = 'waiting'`);
  if (first !== undefined && isBlock(first)) {
    const txids = commands.filter(isBlock).flatMap((command) => command.txids);
    return txids.length === 0 ? emptyState() : readPayments(client, sql`p.txid = ANY(${txids}::text[])`);
  }
  const state = await findWallets(client, vault, commands, USUAL_INPUTS);
  return commands.some(isShort(state)) ? findWallets(client, vault, commands, MAX_PAYMENT_INPUTS) : state;
}

async function readAddresses(client: PrismaClient): Promise<WalletState> {
  const rows = await client.$queryRaw<{ address: string; version: number }[]>(
    sql`SELECT address, version FROM wallets ORDER BY ordinal`,
  );
  const wallets = rows.map((row) => [row.address, { ...row, added: 0, means: undefined }] as const);
  return { ...emptyState(), wallets: new Map(wallets) };
}

interface PaymentRow extends Payment {
  version: number;
}

/** The payments of which `which` is true, in the order of their making, with the wallets they are from. */
async function readPayments(client: PrismaClient, which: Sql): Promise<WalletState> {
  const rows = await client.$queryRaw<PaymentRow[]>(
    sql`SELECT p.payment_id AS "paymentId", p.txid, p."from", p."to", p.amount::text, p.status, w.version
          FROM payments p JOIN wallets w ON w.address = p."from" WHERE ${which} ORDER BY p.signed_at, p.txid`,
  );
  const state = emptyState();
  for (const { version, ...payment } of rows) {
    state.payments.set(payment.txid, payment);
    state.wallets.set(payment.from, { address: payment.from, version, added: 0, means: undefined });
  }
  return state;
}

/** Coins a payment usually needs; more are read where they do not suffice. */
const USUAL_INPUTS = 8;

/** Whether a payment may need coins of its payer that were not read. */
function isShort({ wallets }: WalletState): (command: WalletCommand) => boolean {
  return (command) => {
    const means = command.type === 'Pay' ? wallets.get(command.from)?.means : undefined;
    return means !== undefined && command.type === 'Pay' && mayNeedMore(means, command.amount);
  };
}

interface WalletRow {
  address: string;
  version: number;
  balance: bigint;
  waiting: Payment[] | null;
  encrypted_key: Uint8Array | null;
  coin_txid: string | null;
  vout: number;
  value: bigint;
  height: number;
  script_pub_key: Uint8Array;
  coinbase: boolean;
}

/**
 * The payers with their keys and at most `limit` of their largest spendable coins, and the wallets that wait for a
 * payment which is to fail; all with everything they wait for. One statement, so that it is all of one moment.
 */
async function findWallets(
  client: PrismaClient,
  vault: KeyVault,
  commands: WalletCommand[],
  limit: number,
): Promise<WalletState> {
  const payers = [...new Set(commands.flatMap((command) => (command.type === 'Pay' ? [command.from] : [])))];
  const failing = commands.flatMap((command) => (command.type === 'FailPayment' ? [command.txid] : []));
  if (payers.length + failing.length === 0) return emptyState();
  const rows = await client.$queryRaw<WalletRow[]>(
    sql`SELECT w.address, w.version, w.balance, p.waiting, k.encrypted_key,
               c.txid AS coin_txid, c.vout, c.value, c.height, c.script_pub_key, c.coinbase
          FROM wallets w LEFT JOIN keys k ON k.address = w.address AND w.address = ANY(${payers}::text[])
          LEFT JOIN LATERAL (${waitingOfWallet}) p ON true
          LEFT JOIN LATERAL (SELECT * FROM coins WHERE coins.address = w.address AND w.address = ANY(${payers}::text[])
                                AND (NOT coinbase OR height <= (SELECT next_height - coinbase_maturity FROM chain))
                              ORDER BY value DESC, txid, vout LIMIT ${limit + 1}) c ON true
         WHERE w.address = ANY(${payers}::text[] || ARRAY(SELECT "from" FROM payments WHERE txid = ANY(${failing}::text[])))
         ORDER BY w.ordinal, c.value DESC, c.txid, c.vout`,
  );
  return stateOf(rows, new Set(payers), vault, limit);
}

const waitingOfWallet = sql`
  SELECT json_agg(json_build_object('paymentId', payment_id, 'txid', txid, 'from', "from", 'to', "to",
                                    'amount', amount::text, 'status', status) ORDER BY signed_at, txid) AS waiting
    FROM payments WHERE status = 'waiting' AND payments."from" = w.address`;

/** @param rows one for each coin, one for a wallet without coins; only those of payers have keys and coins. */
function stateOf(rows: WalletRow[], payers: ReadonlySet<string>, vault: KeyVault, limit: number): WalletState {
  const state = emptyState();
  const coins = new Map<string, NamedCoin[]>(rows.map(({ address }) => [address, []]));
  for (const row of rows) if (row.coin_txid !== null) coins.get(row.address)?.push(namedCoin(row, row.coin_txid));
  for (const row of rows) {
    const { address, version } = row;
    if (state.wallets.has(address)) continue;
    const means = payers.has(address) ? meansOf(row, coins.get(address) ?? [], vault, limit) : undefined;
    state.wallets.set(address, { address, version, added: 0, means });
    for (const payment of row.waiting ?? []) state.payments.set(payment.txid, payment);
  }
  return state;
}

function meansOf(row: WalletRow, coins: NamedCoin[], vault: KeyVault, limit: number): Means {
  const { address, balance, encrypted_key: encryptedKey } = row;
  const privateKey = encryptedKey === null ? undefined : vault.decrypt(encryptedKey, address);
  return { coins: coins.slice(0, limit), allCoins: coins.length <= limit, balance, privateKey };
}

function namedCoin({ vout, value, height, script_pub_key, coinbase }: WalletRow, txid: string): NamedCoin {
  return { outpoint: { txid: txid as Txid, vout }, coin: { value, scriptPubKey: script_pub_key, height, coinbase } };
}
