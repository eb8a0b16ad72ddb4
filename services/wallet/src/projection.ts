/**
 * What events make of the wallets' tables: wallets and payments from our own, coins, balances and the network from the
 * chain's. A batch is gathered first and written then, each row once, since all statements of a commit see the moment
 * before it.
 */
import { CoinChanges, createdCoins, spentCoins } from '@pocket/chain';
import { addressReader, writeCoins } from '@pocket/coin-table';
import { readEvent, type WalletEvent } from '@pocket/contracts';
import { sql, STATE_HASHED, type Decided, type Fold, type Sql } from '@pocket/eventstore';
import { CHAIN_EVENTS, chainCommand } from './chain-events.ts';
import type { FollowBlock, FollowStart, UnfollowBlock, WalletCommand } from './domain/decide.ts';
import { PaymentChanges } from './payment-changes.ts';

interface WalletChange {
  versions: number;
  balance: bigint;
}

const addressOf = addressReader();

/** What a batch changes; own events and blocks may be gathered in one. */
class WalletChanges {
  readonly #created = new Map<string, { publicKey: string; offset: number }>();
  readonly #forgotten = new Set<string>();
  readonly #payments = new PaymentChanges();
  #wallets = new Map<string, WalletChange>();
  #coins = new CoinChanges();
  #start: FollowStart | undefined;
  #nextHeight: number | undefined;

  /** @param offset the event's place behind `head.base`; `recordedAt` is ISO 8601, UTC. */
  add(event: WalletEvent, offset: number, recordedAt: string): void {
    switch (event.type) {
      case 'WalletCreated':
        this.#created.set(event.data.address, { publicKey: event.data.publicKey, offset });
        return;
      case 'PaymentSigned':
      case 'PaymentConfirmed':
      case 'PaymentUnconfirmed':
      case 'PaymentFailed':
        // A payment that failed unsigned has no txid and belongs to no wallet's stream.
        if (event.data.txid === null) return;
        this.#wallet(event.data.from).versions++;
        this.#payments.add(event, event.data.txid, recordedAt);
        return;
      case 'WalletsForgotten':
        for (const address of event.data.addresses) this.#forget(address);
        return;
      case 'ChainFollowed':
        this.#payments.clear();
        return;
      default:
        event satisfies never;
    }
  }

  /** What an event of the chain means. */
  follow(command: FollowBlock | UnfollowBlock | FollowStart): void {
    switch (command.type) {
      case 'FollowStart':
        this.#start = command;
        this.#nextHeight = 0;
        this.#coins = new CoinChanges();
        for (const change of this.#wallets.values()) change.balance = 0n;
        return;
      case 'FollowBlock':
        this.#coins.connect(command.block, command.undo, command.height);
        this.#nextHeight = command.height + 1;
        {
          this.#changeBalances(command, 1n);
          return;
        }
      case 'UnfollowBlock':
        this.#coins.disconnect(command.block, command.undo, command.height);
        this.#nextHeight = command.height;
        {
          this.#changeBalances(command, -1n);
          return;
        }
      default:
        command satisfies never;
    }
  }

  statements(): Sql[] {
    const created = [...this.#created];
    return [
      ...(this.#forgotten.size === 0 ? [] : deleteForgotten([...this.#forgotten])),
      ...(this.#start === undefined ? [] : [sql`DELETE FROM coins`]),
      ...(created.length === 0 ? [] : [insertWallets(created)]),
      ...this.#payments.statements(),
      ...this.#updateWallets(),
      ...writeCoins(this.#coins, { table: sql`coins`, addressOf, only: OURS }),
      ...(this.#nextHeight === undefined ? [] : [updateChain(this.#nextHeight, this.#start)]),
    ];
  }

  #updateWallets(): Sql[] {
    const changes = [...this.#wallets];
    if (this.#start !== undefined) return [updateAllWallets(changes)];
    return changes.length === 0 ? [] : [updateWallets(changes)];
  }

  #forget(address: string): void {
    this.#created.delete(address);
    this.#wallets.delete(address);
    this.#payments.forget(address);
    this.#forgotten.add(address);
  }

  /** @param sign 1 for a block that comes, -1 for one that goes. */
  #changeBalances({ block, undo, height }: FollowBlock | UnfollowBlock, sign: bigint): void {
    for (const { coin } of block.transactions.flatMap((transaction) => createdCoins(transaction, height)))
      this.#wallet(addressOf(coin)).balance += sign * coin.value;
    for (const { coin } of spentCoins(block, undo).flat()) this.#wallet(addressOf(coin)).balance -= sign * coin.value;
  }

  #wallet(address: string): WalletChange {
    const change = this.#wallets.get(address) ?? { versions: 0, balance: 0n };
    this.#wallets.set(address, change);
    return change;
  }
}

/** The statements for a batch. A command that clears tables comes alone. */
export function project(decided: Decided<WalletCommand>[], recordedAt: string): Sql[] {
  const changes = new WalletChanges();
  let offset = 0;
  for (const { command, events } of decided) {
    if (command.type === 'FollowBlock' || command.type === 'UnfollowBlock' || command.type === 'FollowStart')
      changes.follow(command);
    for (const event of events) changes.add(event as unknown as WalletEvent, ++offset, recordedAt);
  }
  return [...changes.statements(), ...decided.flatMap(projectKeys)];
}

/** Secrets are in no event, so that no log tells them. */
function projectKeys({ command, events }: Decided<WalletCommand>): Sql[] {
  if (command.type === 'CreateWallet')
    return [sql`INSERT INTO keys (address, encrypted_key) VALUES (${command.address}, ${command.encryptedKey})`];
  return (events as unknown as WalletEvent[]).flatMap((event) =>
    event.type === 'WalletsForgotten'
      ? [sql`DELETE FROM keys WHERE address = ANY(${event.data.addresses}::text[])`]
      : [],
  );
}

function deleteForgotten(addresses: string[]): Sql[] {
  return [
    sql`DELETE FROM wallets WHERE address = ANY(${addresses}::text[])`,
    sql`DELETE FROM payments WHERE "from" = ANY(${addresses}::text[])`,
    sql`DELETE FROM coins WHERE address = ANY(${addresses}::text[])`,
  ];
}

function insertWallets(created: [string, { publicKey: string; offset: number }][]): Sql {
  return sql`INSERT INTO wallets (address, public_key, ordinal, version, balance)
    SELECT u.address, u.public_key, base + u.place, 1, 0
      FROM head, unnest(${created.map(([address]) => address)}::text[],
                        ${created.map(([, { publicKey }]) => publicKey)}::text[],
                        ${created.map(([, { offset }]) => offset)}::int[]) AS u(address, public_key, place)`;
}

function changedWallets(changes: [string, WalletChange][]): Sql {
  return sql`unnest(${changes.map(([address]) => address)}::text[], ${changes.map(([, { versions }]) => versions)}::int[],
                  ${changes.map(([, { balance }]) => balance)}::bigint[]) AS u(address, versions, balance)`;
}

/** Addresses that are no wallet of ours fall out in the join. */
function updateWallets(changes: [string, WalletChange][]): Sql {
  return sql`UPDATE wallets w SET version = w.version + u.versions, balance = w.balance + u.balance
      FROM ${changedWallets(changes)} WHERE w.address = u.address`;
}

/** On a new chain nobody owns anything but what its own blocks have brought. */
function updateAllWallets(changes: [string, WalletChange][]): Sql {
  return sql`UPDATE wallets w SET version = w.version + coalesce(u.versions, 0), balance = coalesce(u.balance, 0)
      FROM wallets every LEFT JOIN ${changedWallets(changes)} USING (address) WHERE w.address = every.address`;
}

/** Coins of other people's are not kept. */
const OURS = sql`EXISTS (SELECT 1 FROM wallets w WHERE w.address = u.address)`;

function updateChain(nextHeight: number, start: FollowStart | undefined): Sql {
  if (start === undefined) return sql`UPDATE chain SET next_height = ${nextHeight}`;
  return sql`INSERT INTO chain (id, network, coinbase_maturity, next_height)
    VALUES (1, ${start.network}, ${start.coinbaseMaturity}, ${nextHeight})
    ON CONFLICT (id) DO UPDATE SET network = excluded.network, coinbase_maturity = excluded.coinbase_maturity,
      next_height = excluded.next_height`;
}

/**
 * The wallets' tables but the keys: wallets and payments from their own log, what they own from the chain's. Whose a coin
 * is depends on the wallets there are; none is paid before it is created, and a forgotten one owns nothing, so that it
 * does not matter which of both logs is folded further.
 */
export const walletFold: Fold = {
  log: 'wallet',
  follows: ['chainstate'],
  tables: [
    { name: 'wallets', key: ['address'], columns: ['address', 'public_key', 'ordinal', 'version', 'balance'] },
    {
      name: 'coins',
      key: ['txid', 'vout'],
      columns: ['txid', 'vout', 'address', 'value', 'height', 'script_pub_key', 'coinbase'],
    },
    {
      name: 'payments',
      key: ['txid'],
      columns: [
        ...['txid', 'payment_id', 'from', 'to', 'amount', 'hex', 'status', 'block_hash', 'height', 'signed_at'],
        'waiting_since',
      ],
    },
    { name: 'chain', key: ['id'], columns: ['id', 'network', 'coinbase_maturity', 'next_height'] },
  ],
  begin: () =>
    Promise.resolve({
      statements: (source, events) => {
        const changes = new WalletChanges();
        for (const [index, event] of events.entries())
          if (source === 'wallet' && event.type !== STATE_HASHED)
            changes.add(readEvent('wallet', event), index + 1, event.recordedAt);
          else if (source === 'chainstate' && CHAIN_EVENTS.includes(event.type)) changes.follow(chainCommand(event));
        return changes.statements();
      },
    }),
};
