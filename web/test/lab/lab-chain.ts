/**
 * A real chain of the pocket network for the lab's tests: payments among three owners, in blocks of as many transactions as are
 * wanted, really mined. And the gateway's answers about it.
 */
import {
  blockHashOf,
  blockSize,
  connectBlock,
  CoinView,
  encodeBlock,
  encodeTransaction,
  networks,
  outpointKey,
  txidOf,
  type Block,
  type NamedCoin,
  type Transaction,
} from '@pocket/chain';
import type { BlockDetail, SpentCoin, TransactionDetail } from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import { mineOn, ownerOf, spend, tipOf, type Tip } from '@pocket/testkit/builders';
import type { RealQuestions } from '../../src/features/lab/real-chain.ts';

export const owners = [ownerOf(1), ownerOf(2), ownerOf(3)] as const;
export const NOW = 1_800_000_000;
const [alice] = owners;

export interface TestChain {
  readonly blocks: readonly Block[];
  /** By block, what it spent, in order. */
  readonly undo: readonly (readonly NamedCoin[])[];
}

/** How many payments each block after the first has; half of them spend the oldest coins there are, half the newest. */
export function testChain(payments: readonly number[]): TestChain {
  const view = new CoinView();
  const blocks: Block[] = [];
  const undo: NamedCoin[][] = [];
  let tip: Tip | undefined;
  for (const [height, count] of [0, ...payments].entries()) {
    const coins = [...view.entries()];
    const spent = coins.filter((_, index) => index < count / 2 || index >= coins.length - Math.floor(count / 2));
    const block = mineOn(tip, alice, ...spent.map((coin, index) => paymentOf(coin, height + index)));
    const connected = connectBlock(view, block, height, networks.pocket);
    if (!connected.ok) throw new Error(connected.message);
    blocks.push(block);
    undo.push(spent);
    tip = tipOf(block, height);
  }
  return { blocks, undo };
}

/** Half of the coin to another owner, the rest to its own; no fee. */
function paymentOf(coin: NamedCoin, to: number): Transaction {
  const signer = owners.find(({ script }) => bytesToHex(script) === bytesToHex(coin.coin.scriptPubKey)) ?? alice;
  const half = coin.coin.value / 2n;
  return spend([coin], signer, [owners[to % owners.length] ?? alice, half], [signer, coin.coin.value - half]);
}

/** What the gateway would answer about the chain, and how often it was asked for what. */
export function gatewayOf({ blocks, undo }: TestChain): RealQuestions & { asked: string[] } {
  const hashes = blocks.map(({ header }) => blockHashOf(header));
  const details = blocks.map((block, height) => detailOf(block, height, undo[height] ?? [], hashes));
  const asked: string[] = [];
  const answer = <T>(what: string, value: T): Promise<T> => {
    asked.push(what);
    return Promise.resolve(value);
  };
  return {
    asked,
    network: () => answer('network', 'pocket'),
    block: (hash) => {
      const found = details.find((detail) => detail.hash === hash);
      if (found === undefined) throw new Error(`no block ${hash}`);
      return answer(`block ${found.height}`, found);
    },
    blocks: (from, limit) => {
      const page = details.slice(from, from + Math.min(limit, 40));
      const last = page.at(-1)?.height ?? 0;
      return answer(`blocks from ${from}`, { blocks: page, next: last < blocks.length - 1 ? last + 1 : null });
    },
    transaction: (txid) => answer(`transaction ${txid}`, transactionDetail(txid, blocks)),
  };
}

function detailOf(block: Block, height: number, spent: readonly NamedCoin[], hashes: readonly string[]): BlockDetail {
  const { header, transactions } = block;
  return {
    ...{ hash: hashes[height] ?? '', height, previousHash: header.previousBlockHash, time: header.time },
    ...{ bits: header.bits.toString(16).padStart(8, '0'), nonce: header.nonce, txids: transactions.map(txidOf) },
    ...{ sizeBytes: blockSize(block), hex: bytesToHex(encodeBlock(block)), firstSeen: transactions.map(() => null) },
    ...{
      onBestChain: true,
      confirmations: hashes.length - height,
      invalid: null,
      nextHash: hashes[height + 1] ?? null,
    },
    spent: spent.map(({ coin }) => [spentCoin(coin)]),
  };
}

const spentCoin = ({ value, scriptPubKey, height, coinbase }: NamedCoin['coin']): SpentCoin => ({
  ...{ value: value.toString(), scriptPubKey: bytesToHex(scriptPubKey), height, coinbase },
});

function transactionDetail(txid: string, blocks: readonly Block[]): TransactionDetail | undefined {
  const height = blocks.findIndex(({ transactions }) => transactions.some((one) => txidOf(one) === txid));
  const [found, transaction] = [blocks[height], blocks[height]?.transactions.find((one) => txidOf(one) === txid)];
  if (found === undefined || transaction === undefined) return undefined;
  const hex = bytesToHex(encodeTransaction(transaction));
  const block = { blockHash: blockHashOf(found.header), height, time: 0, index: 0 };
  const spentBy = transaction.outputs.map((_, vout) =>
    spenderOf(outpointKey({ txid: txidOf(transaction), vout }), blocks),
  );
  const unknown = { confirmations: null, firstSeen: null, fee: null, spent: null };
  return { txid, hex, sizeBytes: hex.length / 2, block, spentBy, ...unknown };
}

function spenderOf(key: string, blocks: readonly Block[]): TransactionDetail['spentBy'][number] {
  for (const [height, { transactions }] of blocks.entries())
    for (const spender of transactions)
      for (const [input, { prevout }] of spender.inputs.entries())
        if (outpointKey(prevout) === key) return { txid: txidOf(spender), input, height };
  return null;
}
