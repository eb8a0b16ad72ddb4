/**
 * What events change in the read models. All statements of a commit see the same moment, so every row is written by one
 * of them only: the coins of a whole step of a reorganization are folded first and written then.
 */
import { addressOfScript, CoinChanges, networks, unclaimedBy, type BlockHash, type Coin } from '@pocket/chain';
import { writeCoins } from '@pocket/coin-table';
import type { ChainEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import { sql, type Sql } from '@pocket/eventstore';
import type { ChainState, StoredBlock } from './domain/state.ts';

type EventOf<T extends ChainEvent['type']> = Extract<ChainEvent, { type: T }>;

/** What the events' blocks change in the set of coins; `state` holds these blocks as they were decided. */
export function changesOf(events: readonly ChainEvent[], state: ChainState): CoinChanges {
  const changes = new CoinChanges();
  for (const event of events) {
    if (event.type !== 'BlockConnected' && event.type !== 'BlockDisconnected') continue;
    const { block, undo } = blockOf(event, state);
    if (event.type === 'BlockConnected') changes.connect(block, undo, event.data.height);
    else changes.disconnect(block, undo, event.data.height);
  }
  return changes;
}

/** The statements for one command's events. */
export function project(events: readonly ChainEvent[], state: ChainState, changes: CoinChanges): Sql[] {
  const [first] = events;
  if (first === undefined) return [];
  if (first.type === 'ChainStarted') return projectStart(first.data);
  return [
    ...events.flatMap((event, index) => projectBlock(event, index + 1, state)),
    projectLast(events),
    ...writeCoins(changes, { table: sql`c`, addressOf }),
  ];
}

function projectStart({ chainId, network }: EventOf<'ChainStarted'>['data']): Sql[] {
  return [
    sql`DELETE FROM b`,
    sql`DELETE FROM c`,
    sql`DELETE FROM waiting`,
    sql`INSERT INTO l (id, chain_id, network, block_hash, height, version) VALUES (1, ${chainId}, ${network}, NULL, NULL, 1)
        ON CONFLICT (id) DO UPDATE
           SET chain_id = excluded.chain_id, network = excluded.network, block_hash = NULL, height = NULL,
               version = l.version + 1`,
  ];
}

/** @param offset the event's place in the append, from 1. */
function projectBlock(event: ChainEvent, offset: number, state: ChainState): Sql[] {
  switch (event.type) {
    case 'BlockConnected':
      return [insertBlock(event, offset, state)];
    case 'BlockStored':
      return [insertBlock(event, offset, state)];
    case 'BlockDisconnected':
      return [sql`UPDATE b SET active = false WHERE block_hash = ${event.data.blockHash}`];
    case 'BlockInvalidated': {
      const { code, message } = event.data.reason;
      return [
        sql`UPDATE b SET invalid_code = ${code}, invalid_message = ${message} WHERE block_hash = ${event.data.blockHash}`,
      ];
    }
    case 'BlockReconsidered':
      return [
        sql`UPDATE b SET invalid_code = NULL, invalid_message = NULL WHERE block_hash = ANY(${event.data.reconsidered}::text[])`,
      ];
    case 'ChainStarted':
      throw new Error('a chain is started by a command of its own');
    default:
      return event satisfies never;
  }
}

/** A block that was stored as a branch keeps its row, and its place in the order of arrival. */
function insertBlock(
  { type, data }: EventOf<'BlockConnected'> | EventOf<'BlockStored'>,
  offset: number,
  state: ChainState,
): Sql {
  const stored = storedOf(data.blockHash, state);
  const { header } = stored.block;
  const connected = type === 'BlockConnected';
  const undo = connected ? hexToBytes(data.undo) : null;
  const unclaimed = connected ? unclaimedOf(stored, data.height, state) : 0n;
  return sql`INSERT INTO b (block_hash, previous_block_hash, height, time, bits, block, undo, first_seen, active, unclaimed, ordinal)
    SELECT ${data.blockHash}, ${header.previousBlockHash}, ${data.height}, ${header.time}, ${header.bits},
           ${hexToBytes(data.block)}, ${undo}::bytea, ${JSON.stringify(data.firstSeen)}::json, ${connected}, ${unclaimed},
           base + ${offset} FROM head
    ON CONFLICT (block_hash) DO UPDATE
       SET active = excluded.active, undo = excluded.undo, unclaimed = excluded.unclaimed`;
}

function unclaimedOf({ block, undo }: StoredBlock, height: number, { chain }: ChainState): bigint {
  if (chain === undefined || undo === undefined) throw new Error('a block was connected to no chain');
  return unclaimedBy(block, undo, height, chain.network);
}

/** The last of the events that move the tip says where it stands; with none of them only the version moves. */
function projectLast(events: readonly ChainEvent[]): Sql {
  const last = events.findLast(({ type }) => type === 'BlockConnected' || type === 'BlockDisconnected');
  if (last?.type === 'BlockConnected')
    return sql`UPDATE l SET block_hash = ${last.data.blockHash}, height = ${last.data.height},
                            version = version + ${events.length} WHERE id = 1`;
  if (last?.type === 'BlockDisconnected')
    return sql`UPDATE l SET block_hash = (SELECT previous_block_hash FROM b WHERE b.block_hash = ${last.data.blockHash}),
                            height = ${last.data.height - 1}, version = version + ${events.length} WHERE id = 1`;
  return sql`UPDATE l SET version = version + ${events.length} WHERE id = 1`;
}

function addressOf({ scriptPubKey }: Coin): string {
  return addressOfScript(scriptPubKey, networks.pocket) ?? '';
}

function blockOf({ data }: EventOf<'BlockConnected'> | EventOf<'BlockDisconnected'>, state: ChainState) {
  const { block, undo } = storedOf(data.blockHash, state);
  if (undo === undefined) throw new Error(`block ${data.blockHash} has no undo data`);
  return { block, undo };
}

function storedOf(blockHash: string, { blocks }: ChainState): StoredBlock {
  const stored = blocks.get(blockHash as BlockHash);
  if (stored === undefined) throw new Error(`block ${blockHash} was decided without being loaded`);
  return stored;
}
