/** The chain's writer on tables in memory: what it loads and remembers, as store.ts does it on Postgres. */
import {
  BlockIndex,
  CoinView,
  createdCoins,
  outpointKey,
  RecentCoins,
  type BlockHash,
  type CoinChanges,
  type IndexedBlock,
  type Outpoint,
} from '@pocket/chain';
import { readEvent, type ChainEvent } from '@pocket/contracts';
import { READ_LIMIT, Writer } from '@pocket/eventstore';
import type { ChainCommand, ChainReply } from '../../services/chainstate/src/domain/commands.ts';
import { decide } from '../../services/chainstate/src/domain/decide.ts';
import { CHAIN_STREAM } from '../../services/chainstate/src/domain/recording.ts';
import { planOf } from '../../services/chainstate/src/domain/reorganize.ts';
import { emptyChain, evolve, type ChainState, type StoredBlock } from '../../services/chainstate/src/domain/state.ts';
import { ChainChanges } from '../../services/chainstate/src/projection.ts';
import type { Session, Statement } from '../world/database.ts';
import type { MemoryLog } from '../world/memory-log.ts';
import { foldChain, type ChainTables } from './tables.ts';

export type ChainWriter = Writer<ChainCommand, ChainState, ChainReply, Statement<ChainTables>>;
type ChainSession = Session<ChainTables>;

/** @param maxStepBytes of blocks that one step of a reorganization loads. */
export function createChainWriter(
  session: ChainSession,
  log: MemoryLog<ChainTables>,
  maxStepBytes: number,
): ChainWriter {
  const recent = new RecentCoins();
  let committed: ChainState | undefined;
  /** The position of the log that `committed` stands for. */
  let known = 0;
  let current = emptyChain();
  let changes: CoinChanges | undefined;
  return new Writer({
    log,
    maxBatch: 1,
    load: async (commands, fresh) => {
      if (fresh) recent.clear();
      if (committed === undefined) {
        known = (await log.head()).position;
        committed = await loadChain(session);
      }
      if (fresh) known = await catchUp(committed, log, known);
      current = { ...committed, ...(await loadNeeds(session, commands, committed, recent, maxStepBytes)) };
      return current;
    },
    versionOf: ({ version }) => version,
    decide,
    project: ([decided]) => {
      const events = (decided?.events ?? []) as unknown as ChainEvent[];
      const [state, coins] = [current, changesOf(events, current)];
      changes = coins;
      return events.length === 0 ? [] : [(tables, base) => foldChain(tables, base, events, state, coins)];
    },
    committed: (_state, events) => {
      if (committed === undefined) return;
      for (const event of events) evolve(committed, event as unknown as ChainEvent);
      known = events.at(-1)?.position ?? known;
      if (changes !== undefined) recent.apply(changes);
      if (events.some(({ type }) => type === 'ChainStarted')) recent.clear();
    },
  });
}

/** In two statements, the last block first. */
async function loadChain(session: ChainSession): Promise<ChainState> {
  const last = await session.read((tables) => tables.last && { ...tables.last });
  if (last === undefined) return emptyChain();
  const index = new BlockIndex();
  const rows = await session.read(({ blocks }) =>
    [...blocks.values()].sort((left, right) => left.ordinal - right.ordinal || left.height - right.height),
  );
  for (const { blockHash, previousBlockHash, time, bits, invalid } of rows) {
    index.add(blockHash, { previousBlockHash, time, bits });
    if (invalid !== undefined) index.invalidate(blockHash, invalid);
  }
  const { chainId, network, blockHash, version } = last;
  const tip = blockHash === undefined ? undefined : index.get(blockHash);
  return { ...emptyChain(), chain: { chainId, network, index, tip }, version };
}

/** The net effect of the events' blocks on the coins; `state` holds these blocks as they were decided. */
function changesOf(events: readonly ChainEvent[], { chain, blocks }: ChainState): CoinChanges | undefined {
  if (chain === undefined) return undefined;
  const changes = new ChainChanges(chain.network);
  for (const event of events)
    if (event.type !== 'ChainStarted') changes.add(event, 0, ({ data }) => contentOf(data.blockHash, blocks));
  return changes.coins;
}

function contentOf(blockHash: string, blocks: ChainState['blocks']): StoredBlock {
  const stored = blocks.get(blockHash as BlockHash);
  if (stored === undefined) throw new Error(`block ${blockHash} was decided without being loaded`);
  return stored;
}

/** Takes in what other replicas have written behind `known`. Returns the position that the state stands for then. */
async function catchUp(state: ChainState, log: MemoryLog<ChainTables>, known: number): Promise<number> {
  for (let position = known; ;) {
    const events = await log.read(position);
    for (const event of events)
      if (event.stream === CHAIN_STREAM && event.version > state.version) evolve(state, readEvent('chainstate', event));
    position = events.at(-1)?.position ?? position;
    if (events.length < READ_LIMIT) return position;
  }
}

async function loadNeeds(
  session: ChainSession,
  [command]: ChainCommand[],
  state: ChainState,
  recent: RecentCoins,
  maxStepBytes: number,
): Promise<Pick<ChainState, 'coins' | 'blocks'>> {
  if (command?.type === 'SubmitBlock')
    return { coins: await loadCoins(session, spentBy({ block: command.block }), recent), blocks: new Map() };
  if (command?.type !== 'ActivateBest') return { coins: new CoinView(), blocks: new Map() };
  const { disconnect, connect } = planOf(state);
  const blocks = await session.read((tables) => loadBlocks(tables, [...disconnect, ...connect], maxStepBytes));
  const created = disconnect.flatMap(({ blockHash, height }) => createdBy(blocks.get(blockHash), height));
  const spent = connect.flatMap(({ blockHash }) => spentBy(blocks.get(blockHash)));
  return { coins: await loadCoins(session, [...created, ...spent], recent), blocks };
}

function spentBy(stored: Pick<StoredBlock, 'block'> | undefined): Outpoint[] {
  return (stored?.block.transactions ?? []).slice(1).flatMap(({ inputs }) => inputs.map(({ prevout }) => prevout));
}

function createdBy(stored: StoredBlock | undefined, height: number): Outpoint[] {
  const transactions = stored?.block.transactions ?? [];
  return transactions.flatMap((transaction) => createdCoins(transaction, height).map(({ outpoint }) => outpoint));
}

/** The first of these blocks, in their order, as many as fit into the bound. */
function loadBlocks(tables: ChainTables, wanted: readonly IndexedBlock[], maxBytes: number) {
  const blocks = new Map<BlockHash, StoredBlock>();
  let bytes = 0;
  for (const { blockHash } of wanted) {
    const row = tables.blocks.get(blockHash);
    if (row === undefined || bytes >= maxBytes) continue;
    const { block, hex, undo, firstSeen } = row;
    blocks.set(blockHash, { block, hex, undo, firstSeen });
    bytes += hex.length / 2;
  }
  return blocks;
}

async function loadCoins(session: ChainSession, needed: Outpoint[], recent: RecentCoins): Promise<CoinView> {
  const view = new CoinView(needed.flatMap((outpoint) => recent.get(outpoint) ?? []));
  const others = needed.filter((outpoint) => !view.has(outpoint));
  if (others.length === 0) return view;
  const found = await session.read(({ coins }) => others.flatMap((outpoint) => coins.get(outpointKey(outpoint)) ?? []));
  for (const { outpoint, coin } of found) view.add(outpoint, coin);
  return view;
}
