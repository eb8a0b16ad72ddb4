/** Where the chain is kept: the log, tables b, l and c, one transaction for all of them. */
import {
  BlockIndex,
  CoinView,
  createdCoins,
  decodeBlock,
  decodeCoins,
  describeNetwork,
  networkOf,
  RecentCoins,
  type Block,
  type BlockHash,
  type CoinChanges,
  type IndexedBlock,
  type NetworkDescription,
  type Outpoint,
} from '@pocket/chain';
import { readCoins } from '@pocket/coin-table';
import { readEvent, type ChainEvent } from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import {
  postgresAdapter,
  READ_LIMIT,
  sql,
  Writer,
  type EventLog,
  type RecordedEvent,
  type SqlDriverAdapterFactory,
  withDirectStatements,
} from '@pocket/eventstore';
import { readRecorded } from '@pocket/service-kit';
import { PrismaClient, type Prisma } from './generated/client.ts';
import type { ChainCommand, ChainReply } from './domain/commands.ts';
import { decide } from './domain/decide.ts';
import { CHAIN_STREAM } from './domain/recording.ts';
import { planOf } from './domain/reorganize.ts';
import { emptyChain, evolve, type Chain, type ChainState, type StoredBlock } from './domain/state.ts';
import { knownNetwork } from './known-network.ts';
import { ChainChanges, projectStart } from './projection.ts';

export { PrismaClient };
export type ChainWriter = Writer<ChainCommand, ChainState, ChainReply>;

/** The chain as this process remembers it, and the position of the log up to which it does. */
export type RememberedChain = () => { readonly chain: Chain; readonly position: number } | undefined;

/** What reads need: the live tables, those of one moment, or those of a moment of the past. */
export type Reader = Prisma.TransactionClient;

export function openClient(databaseUrl: string): PrismaClient {
  return withDirectStatements(postgresAdapter(databaseUrl, 'chainstate'), clientOn);
}

export function clientOn(adapter: SqlDriverAdapterFactory): PrismaClient {
  return new PrismaClient({ errorFormat: 'minimal', adapter });
}

/** @param maxStepBytes a step of a reorganization loads blocks until they take this much, and at least one. */
export function createChainWriter(
  client: PrismaClient,
  log: EventLog,
  maxStepBytes: number,
): { writer: ChainWriter; remembered: RememberedChain } {
  const recent = new RecentCoins();
  let committed: ChainState | undefined;
  /** The position of the log that `committed` stands for. */
  let known = 0;
  let current = emptyChain();
  let changes: CoinChanges | undefined;
  const writer: ChainWriter = new Writer({
    log,
    // One block at a time: each needs the coins that the one before it leaves.
    maxBatch: 1,
    load: async (commands, fresh) => {
      if (fresh) recent.clear();
      if (committed === undefined) {
        // What is read beyond this position comes again as an event that changes nothing.
        known = (await log.head()).position;
        committed = await loadChain(client);
      }
      if (fresh) known = await catchUp(committed, log, known);
      current = { ...committed, ...(await loadNeeds(client, commands, committed, recent, maxStepBytes)) };
      return current;
    },
    versionOf: (state) => state.version,
    decide,
    project: ([decided]) => {
      const projected = project((decided?.events ?? []) as unknown as ChainEvent[], current);
      changes = projected.coins;
      return projected.statements;
    },
    committed: (_state, events) => {
      if (committed === undefined) return;
      for (const event of events) evolve(committed, event as unknown as ChainEvent);
      known = events.at(-1)?.position ?? known;
      if (changes !== undefined) recent.apply(changes);
      if (events.some(({ type }) => type === 'ChainStarted')) recent.clear();
    },
  });
  const remembered = () => (committed?.chain === undefined ? undefined : { chain: committed.chain, position: known });
  return { writer, remembered };
}

/** The statements for one command's events, whose blocks the state holds as they were decided. */
function project(events: readonly ChainEvent[], { chain, blocks }: ChainState) {
  const [first] = events;
  if (first?.type === 'ChainStarted')
    return { statements: [...projectStart(first.data), sql`DELETE FROM waiting`], coins: undefined };
  if (first === undefined || chain === undefined) return { statements: [], coins: undefined };
  const changes = new ChainChanges(chain.network);
  for (const [index, event] of events.entries())
    if (event.type !== 'ChainStarted') changes.add(event, index + 1, ({ data }) => contentOf(data.blockHash, blocks));
  return { statements: changes.statements(), coins: changes.coins };
}

function contentOf(blockHash: string, blocks: ChainState['blocks']) {
  const stored = blocks.get(blockHash as BlockHash);
  if (stored === undefined) throw new Error(`block ${blockHash} was decided without being loaded`);
  return { block: stored.block, undo: stored.undo };
}

interface LastRow {
  chainId: string;
  network: string;
  blockHash: string | null;
  version: number;
}

interface IndexRow {
  blockHash: BlockHash;
  previousBlockHash: BlockHash;
  time: number;
  bits: number;
  code: string | null;
  message: string | null;
}

/** The last block is read first, and what the blocks know beyond it does no harm. */
async function loadChain(client: PrismaClient): Promise<ChainState> {
  const [last] = await client.$queryRaw<LastRow[]>(
    sql`SELECT chain_id AS "chainId", network, block_hash AS "blockHash", version FROM l WHERE id = 1`,
  );
  if (last === undefined) return emptyChain();
  const rows = await client.$queryRaw<IndexRow[]>(
    sql`SELECT block_hash AS "blockHash", previous_block_hash AS "previousBlockHash", time, bits,
               invalid_code AS code, invalid_message AS message
          FROM b ORDER BY ordinal, height`,
  );
  const index = new BlockIndex();
  for (const { blockHash, previousBlockHash, time, bits, code, message } of rows) {
    index.add(blockHash, { previousBlockHash, time, bits });
    if (code !== null) index.invalidate(blockHash, { code, message: message ?? '' });
  }
  const { chainId, blockHash, version } = last;
  const network = networkOf((await readParameters(client)) ?? describeNetwork(knownNetwork(last.network)));
  const tip = blockHash === null ? undefined : index.get(blockHash as BlockHash);
  const chain: Chain = { chainId, network, index, tip };
  return { ...emptyChain(), chain, version };
}

/** By which parameters the present chain was started; undefined before the first one. */
export async function readParameters(client: PrismaClient): Promise<NetworkDescription | undefined> {
  const [started] = await client.$queryRaw<Pick<RecordedEvent, 'type' | 'schemaVersion' | 'data'>[]>(
    sql`SELECT type, schema_version AS "schemaVersion", data FROM events
         WHERE stream = ${CHAIN_STREAM} AND type = 'ChainStarted' ORDER BY version DESC LIMIT 1`,
  );
  const event = started && readEvent('chainstate', started);
  return event?.type === 'ChainStarted' ? (event.data.parameters as unknown as NetworkDescription) : undefined;
}

/** Takes in what other replicas have written behind `known`. Returns the position of the log that the state stands for. */
async function catchUp(state: ChainState, log: EventLog, known: number): Promise<number> {
  for (let position = known; ;) {
    const events = await log.read(position);
    for (const event of events)
      if (event.stream === CHAIN_STREAM && event.version > state.version)
        evolve(state, readRecorded('chainstate', event));
    position = events.at(-1)?.position ?? position;
    if (events.length < READ_LIMIT) return position;
  }
}

type Needs = Pick<ChainState, 'coins' | 'blocks'>;

async function loadNeeds(
  client: PrismaClient,
  [command]: ChainCommand[],
  state: ChainState,
  recent: RecentCoins,
  maxStepBytes: number,
): Promise<Needs> {
  // What a block creates need not be looked for: a coinbase names its height (BIP 34), so no txid can come twice.
  if (command?.type === 'SubmitBlock')
    return { coins: await loadCoins(client, spentBy(command.block), recent), blocks: new Map() };
  if (command?.type !== 'ActivateBest') return { coins: new CoinView(), blocks: new Map() };
  const { disconnect, connect } = planOf(state);
  const blocks = await loadBlocks(client, [...disconnect, ...connect], maxStepBytes);
  const created = disconnect.flatMap(({ blockHash, height }) => createdBy(blocks.get(blockHash), height));
  const spent = connect.flatMap(({ blockHash }) => spentBy(blocks.get(blockHash)?.block));
  return { coins: await loadCoins(client, [...created, ...spent], recent), blocks };
}

function spentBy(block: Block | undefined): Outpoint[] {
  return (block?.transactions ?? []).slice(1).flatMap(({ inputs }) => inputs.map(({ prevout }) => prevout));
}

function createdBy(stored: StoredBlock | undefined, height: number): Outpoint[] {
  const transactions = stored?.block.transactions ?? [];
  return transactions.flatMap((transaction) => createdCoins(transaction, height).map(({ outpoint }) => outpoint));
}

interface BlockRow {
  blockHash: BlockHash;
  block: Uint8Array;
  undo: Uint8Array | null;
  firstSeen: (number | null)[];
}

const BLOCKS_PER_READ = 32;

/** The first of these blocks, in their order, as many as fit into the bound. */
async function loadBlocks(
  client: PrismaClient,
  wanted: readonly IndexedBlock[],
  maxBytes: number,
): Promise<Map<BlockHash, StoredBlock>> {
  const blocks = new Map<BlockHash, StoredBlock>();
  let bytes = 0;
  for (let from = 0; from < wanted.length && bytes < maxBytes; from += BLOCKS_PER_READ) {
    const hashes = wanted.slice(from, from + BLOCKS_PER_READ).map(({ blockHash }) => blockHash);
    const rows = await client.$queryRaw<BlockRow[]>(
      sql`SELECT block_hash AS "blockHash", block, undo, first_seen AS "firstSeen"
            FROM b WHERE block_hash = ANY(${hashes}::text[]) ORDER BY array_position(${hashes}::text[], block_hash)`,
    );
    for (const row of rows) {
      if (bytes >= maxBytes) break;
      blocks.set(row.blockHash, storedBlock(row));
      bytes += row.block.length;
    }
  }
  return blocks;
}

function storedBlock({ blockHash, block, undo, firstSeen }: BlockRow): StoredBlock {
  const decoded = decodeBlock(block);
  const coins = undo === null ? undefined : decodeCoins(undo);
  if (!decoded.ok || coins?.ok === false) throw new Error(`block ${blockHash} of table b cannot be read`);
  return { block: decoded.block, hex: bytesToHex(block), undo: coins?.coins, firstSeen };
}

async function loadCoins(client: PrismaClient, needed: Outpoint[], recent: RecentCoins): Promise<CoinView> {
  const view = new CoinView(needed.flatMap((outpoint) => recent.get(outpoint) ?? []));
  const others = needed.filter((outpoint) => !view.has(outpoint));
  for (const { outpoint, coin } of await readCoins(client, sql`c`, others)) view.add(outpoint, coin);
  return view;
}
