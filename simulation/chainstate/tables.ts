/** The chain's read models in memory: tables b, l, c and waiting, and what their queries answer. */
import {
  contextOn,
  networkOf,
  NULL_BLOCK_HASH,
  outpointKey,
  unclaimedBy,
  type Block,
  type BlockHash,
  type Coin,
  type CoinChanges,
  type IndexedBlock,
  type InvalidReason,
  type NamedCoin,
  type NetworkDescription,
  type NetworkParameters,
} from '@pocket/chain';
import type { ChainEvent, TipView } from '@pocket/contracts';
import type { ChainState } from '../../services/chainstate/src/domain/state.ts';
import type { WaitingBlock } from '../../services/chainstate/src/waiting.ts';

export interface BlockRow {
  blockHash: BlockHash;
  previousBlockHash: BlockHash;
  height: number;
  time: number;
  bits: number;
  block: Block;
  hex: string;
  undo: readonly Coin[] | undefined;
  firstSeen: readonly (number | null)[];
  active: boolean;
  invalid: InvalidReason | undefined;
  ordinal: number;
  unclaimed: bigint;
}

export interface ChainTables {
  last:
    | {
        chainId: string;
        network: NetworkParameters;
        blockHash: BlockHash | undefined;
        height: number | undefined;
        version: number;
      }
    | undefined;
  readonly blocks: Map<BlockHash, BlockRow>;
  readonly coins: Map<string, NamedCoin>;
  readonly waiting: Map<BlockHash, WaitingBlock>;
}

export function emptyChainTables(): ChainTables {
  return { last: undefined, blocks: new Map(), coins: new Map(), waiting: new Map() };
}

/** Takes one command's events in. @param base the log's position before them; @param state the chain that decided. */
export function foldChain(
  tables: ChainTables,
  base: number,
  events: readonly ChainEvent[],
  state: ChainState,
  changes: CoinChanges | undefined,
): void {
  for (const [index, event] of events.entries()) foldEvent(tables, event, base + index + 1, state);
  if (changes === undefined) return;
  for (const outpoint of changes.removed()) tables.coins.delete(outpointKey(outpoint));
  for (const coin of changes.added()) tables.coins.set(outpointKey(coin.outpoint), coin);
}

function foldEvent(tables: ChainTables, event: ChainEvent, position: number, state: ChainState): void {
  switch (event.type) {
    case 'ChainStarted':
      startChain(tables, event.data);
      break;
    case 'BlockConnected':
      keepBlock(tables, event.data, true, position, state);
      moveTip(tables, event.data.blockHash as BlockHash, event.data.height);
      break;
    case 'BlockStored':
      keepBlock(tables, event.data, false, position, state);
      break;
    case 'BlockDisconnected': {
      const row = rowOf(tables, event.data.blockHash);
      row.active = false;
      const isFirst = row.previousBlockHash === NULL_BLOCK_HASH;
      moveTip(tables, isFirst ? undefined : row.previousBlockHash, isFirst ? undefined : row.height - 1);
      break;
    }
    case 'BlockInvalidated':
      rowOf(tables, event.data.blockHash).invalid = event.data.reason;
      break;
    case 'BlockReconsidered':
      for (const blockHash of event.data.reconsidered) rowOf(tables, blockHash).invalid = undefined;
      break;
    default:
      event satisfies never;
  }
  if (tables.last !== undefined) tables.last.version++;
}

function startChain(
  tables: ChainTables,
  { chainId, parameters }: Extract<ChainEvent, { type: 'ChainStarted' }>['data'],
) {
  for (const table of [tables.blocks, tables.coins, tables.waiting]) table.clear();
  const network = networkOf(parameters as unknown as NetworkDescription);
  tables.last = { chainId, network, blockHash: undefined, height: undefined, version: tables.last?.version ?? 0 };
}

type KeptData = Extract<ChainEvent, { type: 'BlockStored' }>['data'];

/** A block that was stored as a branch keeps its row, and its place in the order of arrival. */
function keepBlock(tables: ChainTables, data: KeptData, active: boolean, position: number, state: ChainState): void {
  const blockHash = data.blockHash as BlockHash;
  const stored = state.blocks.get(blockHash);
  if (stored === undefined) throw new Error(`block ${blockHash} was decided without being loaded`);
  const { block, undo } = stored;
  const { previousBlockHash, time, bits } = block.header;
  const known = tables.blocks.get(blockHash);
  const place = { blockHash, previousBlockHash, height: data.height, time, bits };
  const network = tables.last?.network;
  const unclaimed = active && undo !== undefined && network ? unclaimedBy(block, undo, data.height, network) : 0n;
  const kept = { block, hex: data.block, firstSeen: known?.firstSeen ?? data.firstSeen };
  const ordinal = known?.ordinal ?? position;
  tables.blocks.set(blockHash, { ...place, ...kept, undo, active, invalid: known?.invalid, ordinal, unclaimed });
}

function moveTip({ last }: ChainTables, blockHash: BlockHash | undefined, height: number | undefined): void {
  if (last !== undefined) Object.assign(last, { blockHash, height });
}

function rowOf({ blocks }: ChainTables, blockHash: string): BlockRow {
  const row = blocks.get(blockHash as BlockHash);
  if (row === undefined) throw new Error(`table b has no block ${blockHash}`);
  return row;
}

/** The blocks of the best chain, genesis first. */
export function bestChain({ last, blocks }: ChainTables): BlockRow[] {
  const chain: BlockRow[] = [];
  for (let at = last?.blockHash; at !== undefined;) {
    const row: BlockRow | undefined = blocks.get(at);
    if (row !== undefined) chain.push(row);
    at = row === undefined || row.previousBlockHash === NULL_BLOCK_HASH ? undefined : row.previousBlockHash;
  }
  return chain.reverse();
}

/** undefined before the first chain was started. */
export function tipOf(tables: ChainTables): TipView | undefined {
  const { last } = tables;
  if (last === undefined) return undefined;
  const { chainId, network, blockHash = null, height = null } = last;
  const { bits, medianTimePast, ...next } = contextOn(lastBlocks(bestChain(tables)), network, 0);
  const previousBlockHash = blockHash ?? NULL_BLOCK_HASH;
  return {
    chainId,
    network: network.name,
    blockHash,
    height,
    next: { height: next.height, previousBlockHash, bits, medianTimePast },
  };
}

function lastBlocks(chain: readonly BlockRow[]): IndexedBlock | undefined {
  let parent: IndexedBlock | undefined;
  for (const { blockHash, height, time, bits } of chain)
    parent = { blockHash, height, time, bits, parent, chainWork: 0n, ordinal: 0 };
  return parent;
}
