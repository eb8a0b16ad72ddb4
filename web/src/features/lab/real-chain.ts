/**
 * What the lab takes from the chain: the chosen block, the blocks that follow it, so many at most, the blocks below that the
 * rules look back at, and the coins that any of them spends. It only asks; how is passed in.
 */
import {
  blockHashOf,
  createdCoins,
  decodeBlock,
  decodeTransaction,
  networkNamed,
  outpointKey,
  type Block,
  type BlockHash,
  type IndexedBlock,
  type NamedCoin,
  type NetworkParameters,
  type Outpoint,
} from '@pocket/chain';
import type { BlockDetail, BlockEntry, BlockList, SpentCoin, TransactionDetail } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import type { Ground } from './judge.ts';
import { outpointsSpent } from './known-coins.ts';

/** What is asked of the gateway, all as of one moment. */
export interface RealQuestions {
  network: () => Promise<string | null>;
  block: (hash: string) => Promise<BlockDetail>;
  /** Ascending from a height on. */
  blocks: (from: number, limit: number) => Promise<BlockList>;
  /** undefined for one that is not there. */
  transaction: (txid: string) => Promise<TransactionDetail | undefined>;
}

export interface RealChain {
  readonly ground: Ground;
  /** The height of the first block. */
  readonly first: number;
  /** The first is the chosen one; of a branch the first is the branch's, and the chosen one the last. */
  readonly blocks: readonly Block[];
  readonly chosen: number;
  readonly onBestChain: boolean;
  /** Whether the chain goes on above the last one. */
  readonly more: boolean;
}

/** So many blocks behind the chosen one, and so long a branch below it, are taken in at most. */
export const MOST_BLOCKS = 100;
/** No more pages are asked for once so many bytes have come. */
const MOST_BYTES = 4_000_000;

interface Taken {
  below: BlockEntry[];
  entries: BlockEntry[];
  onBestChain: boolean;
  more: boolean;
}

export async function loadRealChain(hash: string, ask: RealQuestions): Promise<RealChain> {
  const [detail, name] = await Promise.all([ask.block(hash), ask.network()]);
  const network = networkNamed(name ?? '');
  if (network === undefined) throw new Error(`this stand knows no network ${name ?? ''}`);
  const taken = detail.onBestChain ? await takeChain(detail, network, ask) : await takeBranch(detail, network, ask);
  const blocks = taken.entries.map(blockOf);
  const { onBestChain, more } = taken;
  return {
    ground: { network, below: indexed(taken.below), coins: await coinsFor(taken, blocks, ask) },
    first: taken.entries[0]?.height ?? 0,
    ...{ blocks, onBestChain, more },
    chosen: taken.entries.findIndex((entry) => entry.hash === detail.hash),
  };
}

/** Whether two answers tell of the same blocks in the same place: what lies below them and what they spend is the same then. */
export function isSameChain(left: RealChain, right: RealChain): boolean {
  const ofPlace = ({ chosen, onBestChain, more, first, blocks }: RealChain): string =>
    [chosen, onBestChain, more, first, ...blocks.map(({ header }) => blockHashOf(header))].join();
  return ofPlace(left) === ofPlace(right);
}

/** A coin as it was below a height of the best chain: made there, and not yet spent. undefined for none. */
export async function coinBelow(
  outpoint: Outpoint,
  height: number,
  ask: Pick<RealQuestions, 'transaction'>,
): Promise<NamedCoin | undefined> {
  const detail = await ask.transaction(outpoint.txid);
  const made = detail?.block?.height;
  if (detail === undefined || made === undefined || made >= height) return undefined;
  const spentAt = detail.spentBy[outpoint.vout]?.height;
  if (spentAt !== undefined && spentAt < height) return undefined;
  const decoded = decodeTransaction(hexToBytes(detail.hex));
  if (!decoded.ok) throw new Error(decoded.message);
  return createdCoins(decoded.transaction, made).find((named) => named.outpoint.vout === outpoint.vout);
}

/** The chosen block and those behind it. */
async function takeChain(detail: BlockDetail, network: NetworkParameters, ask: RealQuestions): Promise<Taken> {
  const entries: BlockEntry[] = [];
  const last = detail.height + MOST_BLOCKS;
  let next: number | null = Math.max(0, detail.height - windowOf(network));
  while (next !== null && next <= last && !isEnough(entries, detail.height)) {
    const page = await ask.blocks(next, last - next + 1);
    entries.push(...page.blocks);
    next = page.next;
  }
  return {
    below: entries.filter(({ height }) => height < detail.height),
    entries: entries.filter(({ height }) => height >= detail.height),
    onBestChain: true,
    more: next !== null,
  };
}

function isEnough(entries: readonly BlockEntry[], chosen: number): boolean {
  const bytes = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return bytes >= MOST_BYTES && (entries.at(-1)?.height ?? -1) >= chosen;
}

/** The branch from its first block up to the chosen one. */
async function takeBranch(detail: BlockDetail, network: NetworkParameters, ask: RealQuestions): Promise<Taken> {
  const entries = [detail];
  for (let lowest = detail; lowest.height > 0;) {
    if (entries.length > MOST_BLOCKS) throw new Error(`the branch is longer than ${MOST_BLOCKS} blocks`);
    lowest = await ask.block(lowest.previousHash);
    if (lowest.onBestChain) break;
    entries.unshift(lowest);
  }
  const fork = entries[0]?.height ?? 0;
  const from = Math.max(0, fork - windowOf(network));
  const below = fork === 0 ? [] : (await ask.blocks(from, fork - from)).blocks;
  return { below, entries, onBestChain: false, more: false };
}

/** As many blocks as the rules look back at. */
function windowOf({ medianTimeSpan, retargeting }: NetworkParameters): number {
  return Math.max(medianTimeSpan, retargeting?.intervalBlocks ?? 0);
}

/** The last of these on the others; work is counted from the lab's first block on. */
function indexed(entries: readonly BlockEntry[]): IndexedBlock | undefined {
  return entries.reduce<IndexedBlock | undefined>((parent, { hash, height, time, bits }) => {
    const place = { height, time, bits: Number(`0x${bits}`), chainWork: 0n, ordinal: 0 };
    return { blockHash: hash as BlockHash, parent, ...place };
  }, undefined);
}

function blockOf({ hex }: BlockEntry): Block {
  const decoded = decodeBlock(hexToBytes(hex));
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.block;
}

/** What the blocks below have made and left, and what the lab's blocks spend of older ones. */
async function coinsFor(taken: Taken, blocks: readonly Block[], ask: RealQuestions): Promise<NamedCoin[]> {
  const first = taken.entries[0]?.height ?? 0;
  const left = leftBy(taken.below);
  const made = blocks.flatMap((block, index) => coinsOf(block, first + index));
  const known = new Set([...left, ...made].map(({ outpoint }) => outpointKey(outpoint)));
  const isOlder = (outpoint: Outpoint) => !known.has(outpointKey(outpoint));
  const older = await Promise.all(
    blocks.map(async (block, index) =>
      outpointsSpent(block).some(isOlder) ? spentBy(block, taken.entries[index], first, ask) : [],
    ),
  );
  return [...left, ...older.flat().filter(({ outpoint }) => isOlder(outpoint))];
}

const coinsOf = ({ transactions }: Block, height: number): NamedCoin[] =>
  transactions.flatMap((transaction) => createdCoins(transaction, height));

/** The outputs of these blocks that none of them spends. */
function leftBy(below: readonly BlockEntry[]): NamedCoin[] {
  const blocks = below.map(blockOf);
  const spent = new Set(blocks.flatMap(outpointsSpent).map(outpointKey));
  const made = blocks.flatMap((block, index) => coinsOf(block, below[index]?.height ?? 0));
  return made.filter(({ outpoint }) => !spent.has(outpointKey(outpoint)));
}

/** The chain says what a block has spent; of one that it never held each coin is looked up. */
async function spentBy(
  block: Block,
  entry: BlockEntry | undefined,
  first: number,
  ask: RealQuestions,
): Promise<NamedCoin[]> {
  const { spent } = await ask.block(entry?.hash ?? '');
  const outpoints = outpointsSpent(block);
  if (spent !== null) return spent.flat().flatMap((coin, index) => namedCoin(outpoints[index], coin));
  const found = await Promise.all(outpoints.map((outpoint) => coinBelow(outpoint, first, ask)));
  return found.filter((coin) => coin !== undefined);
}

function namedCoin(outpoint: Outpoint | undefined, { value, scriptPubKey, ...origin }: SpentCoin): NamedCoin[] {
  if (outpoint === undefined) return [];
  return [{ outpoint, coin: { value: BigInt(value), scriptPubKey: hexToBytes(scriptPubKey), ...origin } }];
}
