/** What the chain can be asked to do, and how it answers. */
import type { Block, BlockHash, NetworkParameters, RejectCode, Rejection } from '@pocket/chain';

export interface StartChain {
  type: 'StartChain';
  chainId: string;
  network: NetworkParameters;
  /** Does nothing where a chain has been started already. */
  onlyFirst: boolean;
}

export interface SubmitBlock {
  type: 'SubmitBlock';
  block: Block;
  /** The block's bytes. */
  hex: string;
  /** The chain the block was made for; undefined for the present one. */
  chainId: string | undefined;
  /** When the pool first saw each transaction, in block order. */
  firstSeen: readonly (number | null)[];
  /** Refuses a block that does not build on the tip. */
  onlyOnTip: boolean;
  /** Unix seconds. */
  now: number;
}

/** Makes the heaviest valid branch the chain, or takes the next step towards it. */
export interface ActivateBest {
  type: 'ActivateBest';
}

export interface InvalidateBlock {
  type: 'InvalidateBlock';
  blockHash: BlockHash;
}

export interface ReconsiderBlock {
  type: 'ReconsiderBlock';
  blockHash: BlockHash;
}

export type ChainCommand = StartChain | SubmitBlock | ActivateBest | InvalidateBlock | ReconsiderBlock;

export type RefusalCode = RejectCode | 'wrong-chain' | 'not-found' | 'genesis-block';

export type ChainReply =
  | {
      ok: true;
      chainId: string;
      /** The block asked about; for other commands the tip. */
      blockHash: BlockHash | null;
      /** null for a block whose parent is unknown. */
      height: number | null;
      onBestChain: boolean;
      /** The unknown block that this one waits for. */
      waitsFor: BlockHash | null;
      /** The block of a branch that was found to break a rule on the way to the best chain. */
      found: { blockHash: BlockHash; rejection: Rejection } | null;
      /** Whether another chain may be better than the one that stands now: `ActivateBest` goes on. */
      unfinished: boolean;
    }
  | { ok: false; code: RefusalCode; message: string; details?: Rejection['details'] };
