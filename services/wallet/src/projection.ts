/**
 * What a batch changes in the read models. All statements of a commit see the same moment, so every row is written by
 * one of them only: the batch is folded first and written then.
 */
import { outpointKey, type NamedCoin } from '@pocket/chain';
import type { WalletEvent } from '@pocket/contracts';
import { sql, type Decided, type Sql } from '@pocket/eventstore';
import type { CoinChanges, WalletCommand } from './domain/decide.ts';

type SignedData = Extract<WalletEvent, { type: 'PaymentSigned' }>['data'];
type OwnedCoin = NamedCoin & { address: string };

interface WalletChange {
  versions: number;
  /** undefined: as it was; null: free. */
  pending: { paymentId: string; txid: string } | null | undefined;
  balance: bigint;
}

interface Changes {
  wallets: Map<string, WalletChange>;
  signed: Map<string, SignedData>;
  settled: string[];
  created: Map<string, OwnedCoin>;
  spent: Map<string, OwnedCoin>;
  /** Statements on rows that nothing else of the batch touches. */
  inserts: Sql[];
}

/** The statements for a batch. A command that clears tables comes alone. */
export function project(decided: Decided<WalletCommand>[]): Sql[] {
  const only = decided[0]?.command;
  if (only?.type === 'ForgetWallets') return projectForgetting();
  if (only?.type === 'FollowStart') return projectStart();
  const changes: Changes = {
    wallets: new Map(),
    signed: new Map(),
    settled: [],
    created: new Map(),
    spent: new Map(),
    inserts: [],
  };
  let offset = 0;
  for (const { command, events } of decided) {
    for (const event of events) foldEvent(changes, event as unknown as WalletEvent, ++offset);
    foldCommand(changes, command);
  }
  return statementsOf(changes);
}

function projectForgetting(): Sql[] {
  return [sql`DELETE FROM keys`, sql`DELETE FROM wallets`, sql`DELETE FROM payments`, sql`DELETE FROM coins`];
}

/** A new chain: nobody owns anything, and every wallet that waited got one event that freed it. */
function projectStart(): Sql[] {
  return [
    sql`UPDATE wallets SET balance = 0, payment_id = NULL, txid = NULL,
               version = version + CASE WHEN txid IS NULL THEN 0 ELSE 1 END`,
    sql`DELETE FROM payments`,
    sql`DELETE FROM coins`,
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
      changes.signed.set(event.data.paymentId, event.data);
      touch(changes, event.data.from, { paymentId: event.data.paymentId, txid: event.data.txid });
      return;
    case 'PaymentConfirmed':
      settle(changes, event.data);
      return;
    case 'PaymentFailed':
      if (event.data.txid !== null) settle(changes, event.data);
      return;
    case 'WalletsForgotten':
      return;
    default:
      event satisfies never;
  }
}

/** What is in no event: secrets, and what other services' events mean. */
function foldCommand(changes: Changes, command: WalletCommand): void {
  if (command.type === 'CreateWallet')
    changes.inserts.push(
      sql`INSERT INTO keys (address, encrypted_key) VALUES (${command.address}, ${command.encryptedKey})`,
    );
  if (command.type === 'ConfirmPayments') foldCoins(changes, command.coins);
}

/** Coins created and spent inside the batch are neither, but both count for the balance. */
function foldCoins(changes: Changes, { created, spent }: CoinChanges): void {
  for (const coin of created) {
    changes.created.set(outpointKey(coin.outpoint), coin);
    walletChange(changes, coin.address).balance += coin.coin.value;
  }
  for (const coin of spent) {
    if (!changes.created.delete(outpointKey(coin.outpoint))) changes.spent.set(outpointKey(coin.outpoint), coin);
    walletChange(changes, coin.address).balance -= coin.coin.value;
  }
}

function settle(changes: Changes, { from, paymentId }: { from: string; paymentId: string }): void {
  if (!changes.signed.delete(paymentId)) changes.settled.push(paymentId);
  touch(changes, from, null);
}

function touch(changes: Changes, address: string, pending: WalletChange['pending']): void {
  const change = walletChange(changes, address);
  change.versions++;
  change.pending = pending;
}

function walletChange({ wallets }: Changes, address: string): WalletChange {
  const change = wallets.get(address) ?? { versions: 0, pending: undefined, balance: 0n };
  wallets.set(address, change);
  return change;
}

function statementsOf(changes: Changes): Sql[] {
  const { inserts, signed, settled, wallets, created, spent } = changes;
  const statements = [...inserts, ...[...signed.values()].map(insertPayment)];
  if (settled.length > 0) statements.push(sql`DELETE FROM payments WHERE payment_id = ANY(${settled}::uuid[])`);
  if (wallets.size > 0) statements.push(updateWallets([...wallets]));
  if (spent.size > 0) statements.push(deleteCoins([...spent.values()]));
  if (created.size > 0) statements.push(insertCoins([...created.values()]));
  return statements;
}

function insertPayment({ paymentId, from, to, amount, txid, hex }: SignedData): Sql {
  return sql`INSERT INTO payments (payment_id, "from", "to", amount, txid, hex, signed_at)
             VALUES (${paymentId}::uuid, ${from}, ${to}, ${amount}::bigint, ${txid}, ${hex}, now())`;
}

/** Addresses that are no wallet of ours fall out in the join. */
function updateWallets(changes: [string, WalletChange][]): Sql {
  const of = <T>(value: (change: WalletChange) => T): T[] => changes.map(([, change]) => value(change));
  return sql`UPDATE wallets w
       SET version = w.version + u.versions, balance = w.balance + u.balance,
           payment_id = CASE WHEN u.repend THEN u.payment_id::uuid ELSE w.payment_id END,
           txid = CASE WHEN u.repend THEN u.txid ELSE w.txid END
      FROM unnest(${changes.map(([address]) => address)}::text[], ${of(({ versions }) => versions)}::int[],
                  ${of(({ balance }) => balance)}::bigint[], ${of(({ pending }) => pending !== undefined)}::boolean[],
                  ${of(({ pending }) => pending?.paymentId ?? null)}::text[], ${of(({ pending }) => pending?.txid ?? null)}::text[])
           AS u(address, versions, balance, repend, payment_id, txid)
     WHERE w.address = u.address`;
}

function deleteCoins(coins: OwnedCoin[]): Sql {
  return sql`DELETE FROM coins c USING unnest(${coins.map(({ outpoint }) => outpoint.txid)}::text[],
                                              ${coins.map(({ outpoint }) => outpoint.vout)}::int[]) AS s(txid, vout)
              WHERE c.txid = s.txid AND c.vout = s.vout`;
}

function insertCoins(coins: OwnedCoin[]): Sql {
  return sql`INSERT INTO coins (txid, vout, address, value, height, script_pub_key, coinbase)
    SELECT u.* FROM unnest(${coins.map(({ outpoint }) => outpoint.txid)}::text[], ${coins.map(({ outpoint }) => outpoint.vout)}::int[],
      ${coins.map(({ address }) => address)}::text[], ${coins.map(({ coin }) => coin.value)}::bigint[],
      ${coins.map(({ coin }) => coin.height)}::int[], ${coins.map(({ coin }) => coin.scriptPubKey)}::bytea[],
      ${coins.map(({ coin }) => coin.coinbase)}::boolean[]) AS u(txid, vout, address, value, height, script_pub_key, coinbase)
     WHERE EXISTS (SELECT 1 FROM wallets w WHERE w.address = u.address)`;
}
