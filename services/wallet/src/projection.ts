/**
 * What a batch changes in the read models. All statements of a commit see the same moment, so every row is written by
 * one of them only: the batch is folded first and written then.
 */
import { ADDRESS_VERSION, CoinChanges, createdCoins, p2pkhHash, spentCoins, type Coin } from '@pocket/chain';
import { writeCoins } from '@pocket/coin-table';
import type { WalletEvent } from '@pocket/contracts';
import { bytesToHex, encodeAddress } from '@pocket/crypto';
import { sql, type Decided, type Sql } from '@pocket/eventstore';
import type { FollowBlock, FollowStart, UnfollowBlock, WalletCommand } from './domain/decide.ts';
import type { PaymentStatus } from './domain/state.ts';

type DataOf<T extends WalletEvent['type']> = Extract<WalletEvent, { type: T }>['data'];

interface WalletChange {
  versions: number;
  balance: bigint;
}

interface PaymentChange {
  status: PaymentStatus;
  /** Of the block that confirmed it. */
  block: { blockHash: string; height: number } | undefined;
  /** Where the batch signed it, new or once more. */
  signed: DataOf<'PaymentSigned'> | undefined;
}

interface Changes {
  wallets: Map<string, WalletChange>;
  /** By txid, as they are after the batch. */
  payments: Map<string, PaymentChange>;
  coins: CoinChanges;
  addressOf: (coin: Coin) => string;
  /** Transactions of the blocks that were followed: true for what was known for a payment of ours. */
  mined: Map<string, boolean>;
  nextHeight: number | undefined;
  /** Statements on rows that nothing else of the batch touches. */
  inserts: Sql[];
}

/** The statements for a batch. A command that clears tables comes alone. */
export function project(decided: Decided<WalletCommand>[]): Sql[] {
  const only = decided[0];
  if (only?.command.type === 'ForgetWallets') return projectForgetting();
  if (only?.command.type === 'FollowStart') return projectStart(only.command, only.events as unknown as WalletEvent[]);
  const changes = noChanges();
  let offset = 0;
  for (const { command, events } of decided) {
    foldCommand(changes, command);
    for (const event of events) foldEvent(changes, event as unknown as WalletEvent, ++offset);
  }
  return statementsOf(changes);
}

function noChanges(): Changes {
  return {
    wallets: new Map(),
    payments: new Map(),
    coins: new CoinChanges(),
    addressOf: addressReader(),
    mined: new Map(),
    nextHeight: undefined,
    inserts: [],
  };
}

function projectForgetting(): Sql[] {
  return [sql`DELETE FROM keys`, sql`DELETE FROM wallets`, sql`DELETE FROM payments`, sql`DELETE FROM coins`];
}

/** A new chain: nobody owns anything, and every payment that waited has failed. */
function projectStart({ network, coinbaseMaturity }: FollowStart, events: WalletEvent[]): Sql[] {
  const versions: Record<string, number> = {};
  for (const { type, data } of events)
    if (type === 'PaymentFailed') versions[data.from] = (versions[data.from] ?? 0) + 1;
  return [
    sql`UPDATE wallets w SET balance = 0,
               version = w.version + coalesce((${JSON.stringify(versions)}::jsonb ->> w.address)::int, 0)`,
    sql`DELETE FROM payments`,
    sql`DELETE FROM coins`,
    sql`UPDATE chain SET network = ${network}, coinbase_maturity = ${coinbaseMaturity}, next_height = 0`,
  ];
}

function foldEvent(changes: Changes, event: WalletEvent, offset: number): void {
  switch (event.type) {
    case 'WalletCreated': {
      const { address, publicKey } = event.data;
      changes.inserts.push(sql`INSERT INTO wallets (address, public_key, ordinal, version, balance)
                               SELECT ${address}, ${publicKey}, base + ${offset}, 1, 0 FROM head`);
      return;
    }
    case 'PaymentSigned':
      changePayment(changes, event.data, { status: 'waiting', signed: event.data });
      return;
    case 'PaymentConfirmed':
      changes.mined.set(event.data.txid, true);
      changePayment(changes, event.data, { status: 'confirmed', block: event.data });
      return;
    case 'PaymentUnconfirmed':
      changePayment(changes, event.data, { status: 'waiting' });
      return;
    case 'PaymentFailed':
      changePayment(changes, event.data, { status: 'failed' });
      return;
    case 'WalletsForgotten':
      return;
    default:
      event satisfies never;
  }
}

/** A payment that failed unsigned has no txid and belongs to no wallet's stream. */
function changePayment(
  { payments, wallets }: Changes,
  { txid, from }: { txid: string | null; from: string },
  change: Partial<PaymentChange> & Pick<PaymentChange, 'status'>,
): void {
  if (txid === null) return;
  walletChange(wallets, from).versions++;
  payments.set(txid, { signed: payments.get(txid)?.signed, block: undefined, ...change });
}

/** What is in no event: secrets, and what other services' events mean. */
function foldCommand(changes: Changes, command: WalletCommand): void {
  switch (command.type) {
    case 'CreateWallet':
      changes.inserts.push(
        sql`INSERT INTO keys (address, encrypted_key) VALUES (${command.address}, ${command.encryptedKey})`,
      );
      return;
    case 'FollowBlock':
      changes.coins.connect(command.block, command.undo, command.height);
      changes.nextHeight = command.height + 1;
      for (const txid of command.txids) changes.mined.set(txid, changes.mined.get(txid) ?? false);
      foldBalances(changes, command, 1n);
      return;
    case 'UnfollowBlock':
      changes.coins.disconnect(command.block, command.undo, command.height);
      changes.nextHeight = command.height;
      foldBalances(changes, command, -1n);
      return;
    case 'Pay':
    case 'FailPayment':
    case 'FollowStart':
    case 'ForgetWallets':
      return;
    default:
      command satisfies never;
  }
}

/** @param sign 1 for a block that comes, -1 for one that goes. */
function foldBalances(changes: Changes, { block, undo, height }: FollowBlock | UnfollowBlock, sign: bigint): void {
  const { wallets, addressOf } = changes;
  for (const { coin } of block.transactions.flatMap((transaction) => createdCoins(transaction, height)))
    walletChange(wallets, addressOf(coin)).balance += sign * coin.value;
  for (const { coin } of spentCoins(block, undo).flat())
    walletChange(wallets, addressOf(coin)).balance -= sign * coin.value;
}

function walletChange(wallets: Map<string, WalletChange>, address: string): WalletChange {
  const change = wallets.get(address) ?? { versions: 0, balance: 0n };
  wallets.set(address, change);
  return change;
}

/** An address takes two hashes; most coins of a block have a script that another has too. */
function addressReader(): (coin: Coin) => string {
  const known = new Map<string, string>();
  return ({ scriptPubKey }) => {
    const script = bytesToHex(scriptPubKey);
    const hash = known.has(script) ? undefined : p2pkhHash(scriptPubKey);
    if (hash !== undefined) known.set(script, encodeAddress(hash, ADDRESS_VERSION));
    return known.get(script) ?? '';
  };
}

function statementsOf(changes: Changes): Sql[] {
  const { inserts, payments, wallets, coins, addressOf, nextHeight } = changes;
  const changed = [...payments].filter(([, { signed }]) => signed === undefined);
  const statements = [...inserts, ...[...payments.values()].flatMap(insertPayment)];
  if (changed.length > 0) statements.push(updatePayments(changed));
  if (wallets.size > 0) statements.push(updateWallets([...wallets]));
  statements.push(...writeCoins(coins, { table: sql`coins`, addressOf, only: OURS }));
  if (nextHeight !== undefined) statements.push(updateChain(nextHeight, changes.mined));
  return statements;
}

/** One that failed may be signed again, to the same bytes: then it waits once more. */
function insertPayment({ signed, status }: PaymentChange): Sql[] {
  if (signed === undefined) return [];
  const { txid, paymentId, from, to, amount, hex } = signed;
  return [
    sql`INSERT INTO payments (txid, payment_id, "from", "to", amount, hex, status, signed_at, waiting_since)
        VALUES (${txid}, ${paymentId}::uuid, ${from}, ${to}, ${amount}::bigint, ${hex}, ${status}, now(), now())
        ON CONFLICT (txid) DO UPDATE
           SET payment_id = excluded.payment_id, status = excluded.status, block_hash = NULL, height = NULL,
               accepted = false, signed_at = excluded.signed_at, waiting_since = excluded.waiting_since`,
  ];
}

/** What waits again has not been handed over since. */
function updatePayments(changes: [string, PaymentChange][]): Sql {
  const of = <T>(value: (change: PaymentChange) => T): T[] => changes.map(([, change]) => value(change));
  return sql`UPDATE payments p
       SET status = u.status, block_hash = u.block_hash, height = u.height,
           accepted = p.accepted AND u.status <> 'waiting',
           waiting_since = CASE WHEN u.status = 'waiting' THEN now() ELSE p.waiting_since END
      FROM unnest(${changes.map(([txid]) => txid)}::text[], ${of(({ status }) => status)}::text[],
                  ${of(({ block }) => block?.blockHash ?? null)}::text[], ${of(({ block }) => block?.height ?? null)}::int[])
           AS u(txid, status, block_hash, height)
     WHERE p.txid = u.txid`;
}

/** Addresses that are no wallet of ours fall out in the join. */
function updateWallets(changes: [string, WalletChange][]): Sql {
  return sql`UPDATE wallets w SET version = w.version + u.versions, balance = w.balance + u.balance
      FROM unnest(${changes.map(([address]) => address)}::text[], ${changes.map(([, { versions }]) => versions)}::int[],
                  ${changes.map(([, { balance }]) => balance)}::bigint[]) AS u(address, versions, balance)
     WHERE w.address = u.address`;
}

/** Coins of other people's are not kept. */
const OURS = sql`EXISTS (SELECT 1 FROM wallets w WHERE w.address = u.address)`;

/**
 * Which payments a block confirms may have been told from memory. It fails as a conflict where these are not exactly
 * ours, because another replica has signed one or forgotten its wallet: a block comes after the commit of the payments
 * in it, so none can appear behind this statement.
 */
function updateChain(nextHeight: number, mined: Map<string, boolean>): Sql {
  if (mined.size === 0) return sql`UPDATE chain SET next_height = ${nextHeight}`;
  const known = [...mined].flatMap(([txid, ours]) => (ours ? [txid] : []));
  return sql`UPDATE chain SET next_height = ${nextHeight}
     WHERE pocket_require((SELECT count(*) FROM payments WHERE txid = ANY(${[...mined.keys()]}::text[])
                              AND (status <> 'confirmed' OR txid = ANY(${known}::text[]))) = ${known.length},
                          'the payments in the block are others than were known')`;
}
