/**
 * A block template as an outside miner asks for it: by the names of BIP 22 (getblocktemplate) and BIP 23, with a
 * coinbase ready to use and the Merkle root of exactly these transactions. Whoever only searches a nonce needs
 * version, previousblockhash, merkleroot, curtime, bits, and the bytes to submit; everything else may be changed. Pure.
 */
import {
  createBlockTemplate,
  encodeTransaction,
  MAX_BLOCK_SIGNATURE_OPERATIONS,
  signatureOperationsOf,
  targetFromBits,
  templateTime,
  txidOf,
  type BlockHash,
  type NetworkParameters,
  type Transaction,
} from '@pocket/chain';
import type { BlockTemplateView, LeftOut, TipView } from '@pocket/contracts';
import { bytesToHex, type Address } from '@pocket/crypto';
import { takeCandidates, type Candidate } from './policy.ts';

export interface TemplateViewRequest {
  tip: TipView;
  params: NetworkParameters;
  candidates: Candidate[];
  leftOut: LeftOut[];
  payTo: Address;
  /** 8 bytes. */
  extraNonce: Uint8Array;
  /** Unix seconds. */
  now: number;
}

/** What is kept free for the header, the count and a coinbase that the miner may make longer. */
export const RESERVED_BYTES = 1_000;
const WEIGHT_PER_BYTE = 4;
/** BIP 23: what may be changed before the block is submitted. All of it: a block is judged by the rules alone. */
const MUTABLE = ['time', 'transactions', 'prevblock', 'coinbase/append', 'coinbase', 'generation'];

export function templateView(request: TemplateViewRequest): BlockTemplateView {
  const { tip, params } = request;
  const { header, coinbase, included, leftOut } = templateOf(request);
  return {
    version: header.version,
    previousblockhash: header.previousBlockHash,
    transactions: transactionViews(included),
    coinbaseaux: { flags: '' },
    coinbasevalue: Number(coinbase.outputs[0]?.value),
    coinbasetxn: { data: bytesToHex(encodeTransaction(coinbase)), txid: txidOf(coinbase) },
    merkleroot: header.merkleRoot,
    target: targetFromBits(header.bits).toString(16).padStart(64, '0'),
    mintime: tip.next.medianTimePast + 1,
    mutable: MUTABLE,
    noncerange: '00000000ffffffff',
    sigoplimit: MAX_BLOCK_SIGNATURE_OPERATIONS,
    sizelimit: params.maxBlockSizeBytes,
    curtime: header.time,
    bits: header.bits.toString(16).padStart(8, '0'),
    height: tip.next.height,
    network: params.name,
    leftOut,
  };
}

function templateOf({ tip: { next }, params, candidates, leftOut, payTo, extraNonce, now }: TemplateViewRequest) {
  const { header, transactions } = createBlockTemplate({
    height: next.height,
    previousBlockHash: next.previousBlockHash as BlockHash,
    bits: next.bits,
    time: templateTime(now, next.medianTimePast),
    transactions: takeCandidates(candidates, new Set(), candidates.length),
    payTo,
    extraNonce,
    params,
  });
  const [coinbase] = transactions;
  if (coinbase === undefined) throw new Error('a template has a coinbase');
  const included = candidates.slice(0, transactions.length - 1);
  return { header, coinbase, included, leftOut: [...leftOut, ...candidates.slice(included.length).map(withoutRoom)] };
}

function withoutRoom({ txid }: Candidate): LeftOut {
  return { txid, code: 'block-full', message: 'the block has no room left, by size or by signature operations' };
}

function transactionViews(candidates: Candidate[]): BlockTemplateView['transactions'] {
  const places = new Map(candidates.map(({ txid }, index) => [txid, index + 1]));
  return candidates.map(({ txid, hex, transaction, fee }) => ({
    data: hex,
    txid,
    hash: txid,
    depends: dependsOn(transaction, places),
    fee: Number(fee),
    sigops: signatureOperationsOf(transaction),
    weight: (WEIGHT_PER_BYTE * hex.length) / 2,
  }));
}

function dependsOn({ inputs }: Transaction, places: Map<string, number>): number[] {
  const found = inputs.flatMap(({ prevout }) => places.get(prevout.txid) ?? []);
  return [...new Set(found)].sort((left, right) => left - right);
}
