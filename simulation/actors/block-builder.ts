/** Blocks that strangers make, on any block there is, good ones and such as break exactly one rule. */
import {
  BlockIndex,
  blockHashOf,
  createBlockTemplate,
  encodeBlock,
  encodeHeader,
  medianTimePast,
  merkleRoot,
  nextBits,
  NULL_BLOCK_HASH,
  recentTimes,
  targetFromBits,
  templateTime,
  txidOf,
  type Block,
  type BlockHash,
  type IndexedBlock,
  type NetworkParameters,
  type Transaction,
} from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import type { Owner } from '@pocket/testkit/builders';
import type { ChainTables } from '../chainstate/tables.ts';
import { nonceOf } from '../nonce.ts';
import type { Chance } from '../world/chance.ts';

export interface BuiltBlock {
  block: Block;
  blockHash: BlockHash;
  hex: string;
  /** Hashes it took. */
  work: number;
}

export interface BlockOrder {
  network: NetworkParameters;
  parent: IndexedBlock | undefined;
  owner: Owner;
  transactions: readonly Transaction[];
}

/** All blocks of the present chain, as a stranger sees them. */
export function indexOf({ blocks }: ChainTables): BlockIndex {
  const index = new BlockIndex();
  const rows = [...blocks.values()].sort((left, right) => left.ordinal - right.ordinal || left.height - right.height);
  for (const { blockHash, block, invalid } of rows) {
    index.add(blockHash, block.header);
    if (invalid !== undefined) index.invalidate(blockHash, invalid);
  }
  return index;
}

/** undefined where no nonce within reach meets the target. */
export function buildBlock(
  chance: Chance,
  { network, parent, owner, transactions }: BlockOrder,
): BuiltBlock | undefined {
  const median = medianTimePast(recentTimes(parent, network.medianTimeSpan), network.medianTimeSpan);
  const time = templateTime(Math.floor(Date.now() / 1_000) - chance.below(5), median);
  const template = createBlockTemplate({
    height: parent === undefined ? 0 : parent.height + 1,
    previousBlockHash: parent?.blockHash ?? NULL_BLOCK_HASH,
    bits: nextBits(parent, network),
    time,
    transactions: transactions.map((transaction) => ({ transaction, fee: 0n })),
    payTo: owner.address,
    extraNonce: chance.bytes(8),
    params: network,
  });
  return mined(template);
}

/** The block with one thing about it that no chain may hold. */
export function spoil(chance: Chance, { block }: BuiltBlock): BuiltBlock | undefined {
  const [coinbase, ...others] = block.transactions;
  if (coinbase === undefined) return undefined;
  switch (chance.below(4)) {
    case 0: {
      const outputs = coinbase.outputs.map((output) => ({ ...output, value: output.value + 1n }));
      return mined(withTransactions(block, [{ ...coinbase, outputs }, ...others]));
    }
    case 1:
      return mined(withTransactions(block, [coinbase, ...others, ...others]));
    case 2:
      return mined({ ...block, header: { ...block.header, bits: block.header.bits - 1 } });
    default: {
      const header = { ...block.header, merkleRoot: block.header.merkleRoot.replace(/^./, '0').replace(/.$/, '7') };
      return mined({ ...block, header });
    }
  }
}

function withTransactions({ header }: Block, transactions: readonly Transaction[]): Block {
  return { header: { ...header, merkleRoot: merkleRoot(transactions.map(txidOf)).root }, transactions };
}

function mined({ header, transactions }: Block): BuiltBlock | undefined {
  const nonce = nonceOf(encodeHeader(header), targetFromBits(header.bits));
  if (nonce === null) return undefined;
  const block = { header: { ...header, nonce }, transactions };
  return { block, blockHash: blockHashOf(block.header), hex: bytesToHex(encodeBlock(block)), work: nonce + 1 };
}
