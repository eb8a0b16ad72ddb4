/**
 * What a node would say to each block of the lab's chain, and what it would say were the work of all of them done. Every
 * rule is asked of libs/chain, in the order in which the chainstate asks: checkBlock, then connectBlock on the coins. Pure.
 */
import {
  blockHashOf,
  checkBlock,
  checkBlockBody,
  checkBlockInContext,
  CoinView,
  connectBlock,
  contextOn,
  workOfBits,
  type Block,
  type BlockContext,
  type BlockHash,
  type ConnectedBlock,
  type IndexedBlock,
  type NamedCoin,
  type NetworkParameters,
  type Rejection,
} from '@pocket/chain';

/** What the lab's first block stands on. */
export interface Ground {
  readonly network: NetworkParameters;
  /** The block below the first one with as many below it as the rules look back at; undefined below height 0. */
  readonly below: IndexedBlock | undefined;
  /** The unspent coins there, those that anything in the lab may spend. */
  readonly coins: readonly NamedCoin[];
}

/**
 * `refused`: a rule of its own says no. `missing`: it spends a coin that is not there. `unlinked`: its previous hash is not
 * the hash of the block before it. `orphaned`: it fits, on a block that does not stand.
 */
export type Standing = 'valid' | 'refused' | 'missing' | 'unlinked' | 'orphaned';

export interface BlockVerdict {
  readonly blockHash: BlockHash;
  readonly height: number;
  readonly standing: Standing;
  /** The rule's no; none for a valid block and an orphaned one. */
  readonly rejection: Rejection | undefined;
  /** What waits behind the work, or behind the block below: the next no; undefined where none waits, or none can be told. */
  readonly behind: Rejection | undefined;
  /** Whether all rules but the work of this and the lower blocks are met. */
  readonly onlyWork: boolean;
  /** From the lab's first block on, this one included, in hashes. */
  readonly work: bigint;
}

/** How far the lab's chain has come. */
export interface LabTip {
  readonly parent: IndexedBlock | undefined;
  /** Whether every block so far is valid. */
  readonly stands: boolean;
  /** The coins there, were the work of all blocks done; undefined where another rule is broken below. */
  readonly view: CoinView | undefined;
}

export function groundTip({ below, coins }: Ground): LabTip {
  return { parent: below, stands: true, view: new CoinView(coins) };
}

/** @param now unix seconds. */
export function judgeNext(
  { parent, stands, view }: LabTip,
  block: Block,
  { network }: Pick<Ground, 'network'>,
  now: number,
): { verdict: BlockVerdict; tip: LabTip } {
  const context = contextOn(parent, network, now);
  const checked = checkBlock(block, context, network);
  const worked = !checked.ok && checked.code === 'high-hash' ? checkBehindWork(block, context, network) : checked;
  const coins = view && new CoinView(view.entries());
  const connected = worked?.ok === true && coins ? connectBlock(coins, block, context.height, network) : worked;
  const onlyWork = coins !== undefined && connected?.ok === true;
  const here = onTop(parent, block);
  const verdict = {
    ...{ blockHash: here.blockHash, height: here.height, work: here.chainWork, onlyWork },
    ...standingOf(checked, connected, stands),
  };
  return {
    verdict,
    tip: { parent: here, stands: verdict.standing === 'valid', view: onlyWork ? coins : undefined },
  };
}

/** The block as the parent of the next one. */
export function onTop(parent: IndexedBlock | undefined, { header }: Block): IndexedBlock {
  const chainWork = (parent?.chainWork ?? 0n) + workOfBits(header.bits);
  const place = { height: parent === undefined ? 0 : parent.height + 1, chainWork, ordinal: 0 };
  return { blockHash: blockHashOf(header), parent, time: header.time, bits: header.bits, ...place };
}

type Answer = { ok: true } | ConnectedBlock | Rejection;

/** undefined where the previous hash does not fit: then nothing more can be told. */
function checkBehindWork(block: Block, context: BlockContext, network: NetworkParameters): Answer | undefined {
  if (block.header.previousBlockHash !== context.previousBlockHash) return undefined;
  const body = checkBlockBody(block, network);
  return body.ok ? checkBlockInContext(block, context, network) : body;
}

function standingOf(
  checked: Answer,
  connected: Answer | undefined,
  stands: boolean,
): Pick<BlockVerdict, 'standing' | 'rejection' | 'behind'> {
  const next = connected?.ok === false ? connected : undefined;
  if (!checked.ok && checked.code === 'high-hash')
    return { standing: 'refused', rejection: checked, behind: next === checked ? undefined : next };
  if (!checked.ok && checked.code === 'bad-prevblk')
    return { standing: 'unlinked', rejection: checked, behind: undefined };
  if (!checked.ok) return { standing: 'refused', rejection: checked, behind: undefined };
  if (!stands) return { standing: 'orphaned', rejection: undefined, behind: next };
  if (next === undefined) return { standing: 'valid', rejection: undefined, behind: undefined };
  const standing = next.code === 'bad-txns-inputs-missingorspent' ? 'missing' : 'refused';
  return { standing, rejection: next, behind: undefined };
}
