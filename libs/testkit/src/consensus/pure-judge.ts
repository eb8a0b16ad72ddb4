/**
 * The rules as a judge, with nothing around them: an index of blocks, a view of all coins, and fork choice by most work.
 * What it says is what chainstate and tx-pool must say. It has no bounds and forgets nothing: for tests only.
 */
import {
  BlockIndex,
  blockHashOf,
  CoinView,
  checkBlockAlone,
  checkBlockInContext,
  checkFinal,
  checkTransaction,
  checkTransactionInputs,
  checkTransactionScripts,
  connectBlock,
  contextOn,
  decodeBlock,
  decodeTransaction,
  disconnectBlock,
  isBetter,
  NULL_BLOCK_HASH,
  reject,
  reorganization,
  type Block,
  type BlockHash,
  type Coin,
  type IndexedBlock,
  type NetworkParameters,
  type Rejection,
  type Transaction,
} from '@pocket/chain';
import { hexToBytes } from '@pocket/crypto';
import type { Judge, Verdict } from './judge.ts';

interface KnownBlock {
  readonly block: Block;
  /** undefined until it was connected. */
  undo?: readonly Coin[];
}

/** All a node knows. */
export interface PureNode {
  readonly params: NetworkParameters;
  /** Unix seconds. */
  readonly now: () => number;
  readonly index: BlockIndex;
  readonly blocks: Map<BlockHash, KnownBlock>;
  /** By the unknown parent. */
  readonly waiting: Map<BlockHash, Block[]>;
  readonly coins: CoinView;
  tip: IndexedBlock | undefined;
}

/** A node that holds the network's first block, where it has one. */
export function pureNode(params: NetworkParameters, now: () => number): PureNode {
  const node: PureNode = {
    params,
    now,
    index: new BlockIndex(),
    blocks: new Map(),
    waiting: new Map(),
    coins: new CoinView(),
    tip: undefined,
  };
  const genesis = params.genesis === null ? undefined : decodeBlock(hexToBytes(params.genesis));
  if (genesis?.ok === true) acceptOnTip(node, genesis.block, blockHashOf(genesis.block.header));
  return node;
}

export function pureJudge(node: PureNode): Judge {
  return {
    submitBlock: (hex) => Promise.resolve(submitBlockHex(node, hex)),
    submitTransaction: (hex) => Promise.resolve(submitTransactionHex(node, hex)),
    tip: () => Promise.resolve({ height: node.tip?.height ?? null, hash: node.tip?.blockHash ?? null }),
  };
}

function submitBlockHex(node: PureNode, hex: string): Verdict {
  const decoded = decodeBlock(hexToBytes(hex));
  return decoded.ok ? submitBlock(node, decoded.block) : decoded;
}

function submitBlock(node: PureNode, block: Block): Verdict {
  const blockHash = blockHashOf(block.header);
  const alone = checkBlockAlone(block, node.params);
  if (!alone.ok) return alone;
  const known = node.index.get(blockHash);
  if (known !== undefined) return submitAgain(node, known);
  const { previousBlockHash } = block.header;
  const parent = node.index.get(previousBlockHash);
  if (parent === undefined && previousBlockHash !== NULL_BLOCK_HASH) return wait(node, block, previousBlockHash);
  const verdict = checkPlace(node, block, parent) ?? place(node, block, blockHash, parent);
  if (verdict.ok) joinWaiting(node, blockHash);
  return verdict;
}

function submitAgain(node: PureNode, known: IndexedBlock): Verdict {
  const invalid = node.index.invalidatedBelow(known);
  return invalid === undefined ? { ok: true } : refuseKnown(known, invalid);
}

function refuseKnown(known: IndexedBlock, invalid: IndexedBlock): Rejection {
  if (invalid !== known) return refuseBranch('duplicate-invalid', invalid);
  const [found, expected] = [known.blockHash, 'a block that breaks no rule'];
  return reject('duplicate-invalid', `the block ${found} is invalid; expected is ${expected}`, { found, expected });
}

function refuseBranch(code: 'duplicate-invalid' | 'bad-prevblk', { blockHash: found }: IndexedBlock): Rejection {
  const expected = 'only valid blocks below it';
  return reject(code, `the block builds on ${found}, which is invalid; expected are ${expected}`, { found, expected });
}

function wait(node: PureNode, block: Block, parentHash: BlockHash): Verdict {
  node.waiting.set(parentHash, [...(node.waiting.get(parentHash) ?? []), block]);
  return { ok: true, waits: true };
}

function checkPlace(node: PureNode, block: Block, parent: IndexedBlock | undefined): Rejection | undefined {
  const invalid = node.index.invalidatedBelow(parent);
  if (invalid !== undefined) return refuseBranch('bad-prevblk', invalid);
  if (parent === undefined && node.index.size > 0) {
    const [found, expected] = [block.header.previousBlockHash, node.tip?.blockHash ?? NULL_BLOCK_HASH];
    return reject('prev-blk-not-found', `the block builds on ${found}, the tip is ${expected}`, { found, expected });
  }
  const fits = checkBlockInContext(block, contextOn(parent, node.params, node.now()), node.params);
  return fits.ok ? undefined : fits;
}

/** A block on the tip is connected or refused; any other is kept, and its coins are looked at when it is the best. */
function place(node: PureNode, block: Block, blockHash: BlockHash, parent: IndexedBlock | undefined): Verdict {
  if (parent === node.tip) return acceptOnTip(node, block, blockHash);
  node.blocks.set(blockHash, { block });
  node.index.add(blockHash, block.header);
  const broken = activateBest(node);
  const own = broken.get(blockHash);
  if (own !== undefined) return own;
  const invalid = node.index.invalidatedBelow(node.index.get(blockHash));
  return invalid === undefined ? { ok: true } : refuseBranch('bad-prevblk', invalid);
}

function acceptOnTip(node: PureNode, block: Block, blockHash: BlockHash): Verdict {
  const height = node.tip === undefined ? 0 : node.tip.height + 1;
  const connected = connectBlock(node.coins, block, height, node.params);
  if (!connected.ok) return connected;
  node.blocks.set(blockHash, { block, undo: connected.undo });
  node.tip = node.index.add(blockHash, block.header);
  return { ok: true };
}

/**
 * Marks what turns out to be invalid, until the best of the rest is the tip; tells what was marked and why. Each round
 * marks a block or ends.
 */
function activateBest(node: PureNode): Map<BlockHash, Rejection> {
  const broken = new Map<BlockHash, Rejection>();
  for (;;) {
    const best = node.index.bestTip();
    if (best === undefined || (node.tip !== undefined && !isBetter(best, node.tip))) return broken;
    const { disconnect, connect } = reorganization(node.tip, best);
    disconnect.forEach((block) => takeOff(node, block));
    const refusal = putOnAll(node, connect);
    if (refusal === undefined) return broken;
    broken.set(refusal.blockHash, refusal.rejection);
    node.index.invalidate(refusal.blockHash, refusal.rejection);
    reorganization(node.tip, disconnect[0] ?? node.tip).disconnect.forEach((block) => takeOff(node, block));
    [...disconnect].reverse().forEach((block) => putOn(node, block));
  }
}

function takeOff(node: PureNode, { blockHash, parent }: IndexedBlock): void {
  const known = knownBlock(node, blockHash);
  disconnectBlock(node.coins, known.block, known.undo ?? []);
  node.tip = parent;
}

/** Stops at the first that breaks a rule, and tells which and why. */
function putOnAll(node: PureNode, blocks: readonly IndexedBlock[]) {
  for (const block of blocks) {
    const rejection = putOn(node, block);
    if (rejection !== undefined) return { blockHash: block.blockHash, rejection };
  }
  return undefined;
}

function putOn(node: PureNode, indexed: IndexedBlock): Rejection | undefined {
  const known = knownBlock(node, indexed.blockHash);
  const connected = connectBlock(node.coins, known.block, indexed.height, node.params);
  if (!connected.ok) return connected;
  known.undo = connected.undo;
  node.tip = indexed;
  return undefined;
}

function knownBlock({ blocks }: PureNode, blockHash: BlockHash): KnownBlock {
  const known = blocks.get(blockHash);
  if (known === undefined) throw new Error(`the block ${blockHash} is in the index only`);
  return known;
}

function joinWaiting(node: PureNode, blockHash: BlockHash): void {
  const children = node.waiting.get(blockHash) ?? [];
  node.waiting.delete(blockHash);
  for (const child of children) submitBlock(node, child);
}

function submitTransactionHex(node: PureNode, hex: string): Verdict {
  const decoded = decodeTransaction(hexToBytes(hex));
  return decoded.ok ? checkForNextBlock(node, decoded.transaction) : decoded;
}

function checkForNextBlock(node: PureNode, transaction: Transaction): Verdict {
  const { height, medianTimePast: time } = contextOn(node.tip, node.params, node.now());
  const alone = checkTransaction(transaction);
  if (!alone.ok) return alone;
  const final = checkFinal(transaction, height, time);
  if (!final.ok) return final;
  const inputs = checkTransactionInputs(transaction, node.coins, height, node.params);
  return inputs.ok ? checkTransactionScripts(transaction, node.coins) : inputs;
}
