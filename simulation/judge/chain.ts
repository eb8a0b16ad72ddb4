/**
 * The chain before the pure judge of libs/testkit: every block that is known is given to it in the order in which it
 * became known, and where it ends, with which coins, chainstate must have ended too.
 */
import { coinsHash, subsidiesUpTo, txidOf, type BlockHash, type CoinView, type NamedCoin } from '@pocket/chain';
import type { ChainEvent } from '@pocket/contracts';
import { pureJudge, pureNode } from '@pocket/testkit/consensus';
import { bestChain, type ChainTables } from '../chainstate/tables.ts';
import type { World } from '../world.ts';
import type { Findings } from './findings.ts';
import { saidIn } from './logs.ts';

/** Where blocks take their times from, whatever a clock showed. */
const FAR_AHEAD_SECONDS = 10_000_000_000;

interface KnownBlocks {
  /** Hex, by hash, in the order in which they became known. */
  readonly blocks: Map<string, string>;
  /** Those that an operator has ruled out. */
  readonly ruledOut: Set<string>;
}

/** @param connected blocks that somebody was told are on the best chain. */
export async function judgeChain(
  { databases }: World,
  connected: ReadonlySet<string>,
  findings: Findings,
): Promise<void> {
  const { tables } = databases.chainstate;
  const { last } = tables;
  if (last === undefined) return;
  const said = saidIn('chainstate', databases.chainstate);
  const known = knownBlocks(said);
  const node = pureNode(last.network, () => FAR_AHEAD_SECONDS);
  const judge = pureJudge(node);
  for (const [blockHash, hex] of known.blocks) if (!known.ruledOut.has(blockHash)) await judge.submitBlock(hex);
  const { height, hash } = await judge.tip();
  findings.expect(
    hash === (last.blockHash ?? null) && height === (last.height ?? null),
    () => `the best chain ends with ${last.height}:${last.blockHash}, by the rules with ${height}:${hash}`,
  );
  findings.expect(
    hashOf(node.coins) === coinsHash(tables.coins.values()),
    () => `table c has ${tables.coins.size} coins, by the rules there are ${node.coins.size}, or others`,
  );
  judgeSupply(tables, findings);
  const ever = new Set(said.flatMap(({ type, data }) => (type === 'BlockConnected' ? [data.blockHash] : [])));
  for (const blockHash of connected)
    findings.expect(ever.has(blockHash), () => `block ${blockHash} was connected, and the log knows nothing of it`);
}

function hashOf(coins: CoinView): string {
  return coinsHash(coins.entries());
}

function knownBlocks(events: readonly ChainEvent[]): KnownBlocks {
  const known: KnownBlocks = { blocks: new Map(), ruledOut: new Set() };
  for (const event of events) {
    if (event.type === 'ChainStarted') {
      known.blocks.clear();
      known.ruledOut.clear();
    } else if (event.type === 'BlockStored' || event.type === 'BlockConnected') {
      if (!known.blocks.has(event.data.blockHash)) known.blocks.set(event.data.blockHash, event.data.block);
    } else if (event.type === 'BlockInvalidated') {
      if (event.data.reason.code === 'invalidated') known.ruledOut.add(event.data.blockHash);
    } else if (event.type === 'BlockReconsidered') {
      for (const blockHash of event.data.reconsidered) known.ruledOut.delete(blockHash);
    }
  }
  return known;
}

/** All coins are what the blocks were allowed to create, without what their miners have left. Holds at every moment. */
export function judgeSupply(tables: ChainTables, findings: Findings): void {
  const { last, coins } = tables;
  if (last === undefined) return;
  const chain = bestChain(tables);
  findings.expect(
    chain.length === (last.height ?? -1) + 1 && chain.every(({ active }, at) => active && chain[at]?.height === at),
    () => `table b does not hold ${(last.height ?? -1) + 1} blocks one on top of the other`,
  );
  const active = [...tables.blocks.values()].filter((row) => row.active).length;
  findings.expect(active === chain.length, () => `${active} blocks are active, the best chain has ${chain.length}`);
  const unclaimed = chain.reduce((sum, row) => sum + row.unclaimed, 0n);
  const total = sumOf(coins.values());
  const allowed = subsidiesUpTo(last.height, last.network);
  findings.expect(
    total + unclaimed === allowed,
    () => `${total} base units exist and ${unclaimed} were left, not ${allowed}`,
  );
}

export function sumOf(coins: Iterable<NamedCoin>): bigint {
  let sum = 0n;
  for (const { coin } of coins) sum += coin.value;
  return sum;
}

/** Which block of the best chain holds each transaction; a transaction that stands in two is named twice. */
export function minedTransactions(tables: ChainTables): Map<string, BlockHash[]> {
  const mined = new Map<string, BlockHash[]>();
  for (const { blockHash, block } of bestChain(tables))
    for (const txid of block.transactions.map(txidOf)) mined.set(txid, [...(mined.get(txid) ?? []), blockHash]);
  return mined;
}
