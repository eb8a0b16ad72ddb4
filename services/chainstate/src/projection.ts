/**
 * What the chain's events make of its tables: blocks, the last block, unspent outputs. Events are gathered first and
 * written then, each row once, so that a whole step of a reorganization is one commit.
 */
import {
  CoinChanges,
  decodeBlock,
  decodeCoins,
  NULL_BLOCK_HASH,
  unclaimedBy,
  type Block,
  type Coin,
  type NetworkParameters,
} from '@pocket/chain';
import { addressReader, writeCoins } from '@pocket/coin-table';
import { readEvent, type ChainEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import { sql, STATE_HASHED, type Fold, type Sql } from '@pocket/eventstore';
import { knownNetwork } from './known-network.ts';
import { mentionsOf } from './mentions.ts';

type DataOf<T extends ChainEvent['type']> = Extract<ChainEvent, { type: T }>['data'];

/** A block of an event, decoded; with the coins it spends, where the event connects or disconnects it. */
export interface BlockContent {
  block: Block;
  undo: readonly Coin[] | undefined;
}

/** What becomes of one row of `b`; undefined for what stays as it is. */
interface BlockChange {
  /** For a row that may be new; its place in the order of arrival is only taken then. */
  known: { data: DataOf<'BlockStored'>; block: Block; offset: number } | undefined;
  active: boolean | undefined;
  undo: string | undefined;
  mentions: bigint[] | undefined;
  unclaimed: bigint | undefined;
  invalid: { code: string; message: string } | null | undefined;
}

type RowOfNewBlock = BlockChange & { known: NonNullable<BlockChange['known']> };

export class ChainChanges {
  readonly coins = new CoinChanges();
  readonly #network: NetworkParameters;
  readonly #blocks = new Map<string, BlockChange>();
  #tip: { blockHash: string | null; height: number | null } | undefined;
  #versions = 0;

  /** @param network of the chain that all of these events are about. */
  constructor(network: NetworkParameters) {
    this.#network = network;
  }

  /** @param offset the event's place behind `head.base`. */
  add(event: Exclude<ChainEvent, { type: 'ChainStarted' }>, offset: number, contentOf: ContentOf): void {
    this.#versions++;
    switch (event.type) {
      case 'BlockConnected': {
        this.#connect(event.data, offset, contentOf(event));
        return;
      }
      case 'BlockDisconnected': {
        this.#disconnect(event.data, contentOf(event));
        return;
      }
      case 'BlockStored': {
        this.#change(event.data.blockHash, {
          known: { data: event.data, block: contentOf(event).block, offset },
          active: false,
        });
        return;
      }
      case 'BlockInvalidated': {
        this.#change(event.data.blockHash, { invalid: event.data.reason });
        return;
      }
      case 'BlockReconsidered':
        for (const blockHash of event.data.reconsidered) this.#change(blockHash, { invalid: null });
        return;
      default:
        event satisfies never;
    }
  }

  statements(): Sql[] {
    if (this.#versions === 0) return [];
    const changes = [...this.#blocks];
    const isNew = (entry: [string, BlockChange]): entry is [string, RowOfNewBlock] => entry[1].known !== undefined;
    const added = changes.filter(isNew);
    // A row that has just come is there when it is judged: a commit never does both, a fold does one after the other.
    const changed = changes.filter((entry) => !isNew(entry) || entry[1].invalid !== undefined);
    return [
      ...(added.length === 0 ? [] : [insertBlocks(added.map(([, change]) => change))]),
      ...(changed.length === 0 ? [] : [updateBlocks(changed)]),
      this.#updateLast(),
      ...writeCoins(this.coins, { table: sql`c`, addressOf }),
    ];
  }

  #connect(data: DataOf<'BlockConnected'>, offset: number, { block, undo }: BlockContent): void {
    if (undo === undefined) throw new Error(`block ${data.blockHash} was connected without the coins it spends`);
    const { blockHash, height } = data;
    this.coins.connect(block, undo, height);
    this.#tip = { blockHash, height };
    const unclaimed = unclaimedBy(block, undo, height, this.#network);
    const mentions = mentionsOf(block, undo);
    this.#change(blockHash, { known: { data, block, offset }, active: true, undo: data.undo, mentions, unclaimed });
  }

  #disconnect({ blockHash, height }: DataOf<'BlockDisconnected'>, { block, undo }: BlockContent): void {
    if (undo === undefined) throw new Error(`block ${blockHash} was disconnected without the coins it spends`);
    this.coins.disconnect(block, undo, height);
    const { previousBlockHash } = block.header;
    this.#tip = { blockHash: previousBlockHash === NULL_BLOCK_HASH ? null : previousBlockHash, height: height - 1 };
    this.#change(blockHash, { active: false });
  }

  #change(blockHash: string, change: Partial<BlockChange>): void {
    const before = this.#blocks.get(blockHash) ?? UNCHANGED;
    // A block that was stored as a branch keeps its place in the order of arrival.
    this.#blocks.set(blockHash, { ...before, ...change, known: before.known ?? change.known });
  }

  #updateLast(): Sql {
    const tip = this.#tip;
    const moved = tip === undefined ? sql`` : sql`block_hash = ${tip.blockHash}, height = ${tip.height}, `;
    return sql`UPDATE l SET ${moved}version = version + ${this.#versions} WHERE id = 1`;
  }
}

const UNCHANGED: BlockChange = {
  known: undefined,
  active: undefined,
  undo: undefined,
  mentions: undefined,
  unclaimed: undefined,
  invalid: undefined,
};

type EventWithBlock = Extract<ChainEvent, { type: 'BlockConnected' | 'BlockDisconnected' | 'BlockStored' }>;
/** Where the decoded block of an event comes from. */
export type ContentOf = (event: EventWithBlock) => BlockContent;

/** A new chain: its tables are empty. It comes alone in a commit. */
export function projectStart({ chainId, network }: DataOf<'ChainStarted'>): Sql[] {
  return [
    sql`DELETE FROM b`,
    sql`DELETE FROM c`,
    sql`INSERT INTO l (id, chain_id, network, block_hash, height, version) VALUES (1, ${chainId}, ${network}, NULL, NULL, 1)
        ON CONFLICT (id) DO UPDATE
           SET chain_id = excluded.chain_id, network = excluded.network, block_hash = NULL, height = NULL,
               version = l.version + 1`,
  ];
}

function insertBlocks(changes: RowOfNewBlock[]): Sql {
  const of = <T>(value: (change: RowOfNewBlock) => T): T[] => changes.map(value);
  const text = (value: (change: RowOfNewBlock) => string | null): Sql => sql`${of(value)}::text[]`;
  return sql`INSERT INTO b (block_hash, previous_block_hash, height, time, bits, block, undo, first_seen, active,
                            unclaimed, ordinal, mentions)
    SELECT u.block_hash, u.previous_block_hash, u.height, u.time, u.bits, decode(u.block, 'hex'), decode(u.undo, 'hex'),
           u.first_seen::json, u.active,
           coalesce(u.unclaimed, 0), base + u.place, coalesce(u.mentions, '{}')::bigint[]
      FROM head, unnest(${text(({ known }) => known.data.blockHash)},
             ${text(({ known }) => known.block.header.previousBlockHash)},
             ${of(({ known }) => known.data.height)}::int[], ${of(({ known }) => known.block.header.time)}::int[],
             ${of(({ known }) => known.block.header.bits)}::int[], ${text(({ known }) => known.data.block)},
             ${text(({ undo }) => undo ?? null)}, ${text(({ known }) => JSON.stringify(known.data.firstSeen))},
             ${of(({ active }) => active ?? false)}::boolean[],
             ${of(({ unclaimed }) => unclaimed?.toString() ?? null)}::bigint[],
             ${of(({ known }) => known.offset)}::int[],
             ${text(({ mentions }) => (mentions === undefined ? null : `{${mentions.join(',')}}`))})
           AS u(block_hash, previous_block_hash, height, time, bits, block, undo, first_seen, active, unclaimed, place,
                mentions)
    ON CONFLICT (block_hash) DO UPDATE
       SET active = excluded.active, undo = coalesce(excluded.undo, b.undo), unclaimed = excluded.unclaimed,
           mentions = CASE WHEN excluded.undo IS NULL THEN b.mentions ELSE excluded.mentions END`;
}

function updateBlocks(changes: [string, BlockChange][]): Sql {
  const of = <T>(value: (change: BlockChange) => T): T[] => changes.map(([, change]) => value(change));
  return sql`UPDATE b SET active = coalesce(u.active, b.active),
           invalid_code = CASE WHEN u.judged THEN u.code ELSE b.invalid_code END,
           invalid_message = CASE WHEN u.judged THEN u.message ELSE b.invalid_message END
      FROM unnest(${changes.map(([blockHash]) => blockHash)}::text[], ${of(({ active }) => active ?? null)}::boolean[],
             ${of(({ invalid }) => invalid !== undefined)}::boolean[],
             ${of(({ invalid }) => invalid?.code ?? null)}::text[],
             ${of(({ invalid }) => invalid?.message ?? null)}::text[])
           AS u(block_hash, active, judged, code, message)
     WHERE b.block_hash = u.block_hash`;
}

const addressOf = addressReader();

/** The chain's tables from its log alone. */
export const chainFold: Fold = {
  log: 'chainstate',
  follows: [],
  tables: [
    {
      name: 'b',
      key: ['block_hash'],
      columns: [
        ...['block_hash', 'previous_block_hash', 'height', 'time', 'bits', 'block', 'undo', 'first_seen', 'active'],
        ...['unclaimed', 'invalid_code', 'invalid_message', 'ordinal'],
      ],
    },
    { name: 'l', key: ['id'], columns: ['id', 'chain_id', 'network', 'block_hash', 'height', 'version'] },
    {
      name: 'c',
      key: ['txid', 'vout'],
      columns: ['txid', 'vout', 'value', 'height', 'address', 'script_pub_key', 'coinbase'],
    },
  ],
  begin: async (read) => {
    const [last] = await read<{ network: string }>(sql`SELECT network FROM l`);
    let network = last === undefined ? undefined : knownNetwork(last.network);
    return {
      statements(_source, events) {
        const runs: Sql[] = [];
        let changes = network && new ChainChanges(network);
        for (const [index, recorded] of events.entries()) {
          if (recorded.type === STATE_HASHED) continue;
          const event = readEvent('chainstate', recorded);
          if (event.type === 'ChainStarted') {
            runs.push(...(changes?.statements() ?? []), ...projectStart(event.data));
            network = knownNetwork(event.data.network);
            changes = new ChainChanges(network);
          } else {
            if (changes === undefined) throw new Error(`${event.type} came before any chain`);
            changes.add(event, index + 1, decodedContent);
          }
        }
        return [...runs, ...(changes?.statements() ?? [])];
      },
    };
  },
};

function decodedContent({ type, data }: EventWithBlock): BlockContent {
  const block = decodeBlock(hexToBytes(data.block));
  const undo = type === 'BlockStored' ? undefined : decodeCoins(hexToBytes(data.undo));
  if (!block.ok || undo?.ok === false) throw new Error(`block ${data.blockHash} of the chain's log cannot be read`);
  return { block: block.block, undo: undo?.coins };
}
