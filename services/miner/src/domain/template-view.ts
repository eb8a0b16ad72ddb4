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
import type { Candidate } from './policy.ts';
import { bitsText } from './slices.ts';

export interface TemplateViewRequest {
  tip: TipView;
  params: NetworkParameters;
  /** The pool's choice within what a block may hold beside its coinbase. */
  candidates: Candidate[];
  leftOut: LeftOut[];
  payTo: Address;
  /** 8 bytes. */
  extraNonce: Uint8Array;
  /** Unix seconds. */
  now: number;
}

const WEIGHT_PER_BYTE = 4;
/** BIP 23: what may be changed before the block is submitted. All of it: a block is judged by the rules alone. */
const MUTABLE = ['time', 'transactions', 'prevblock', 'coinbase/append', 'coinbase', 'generation'];

export function templateView(request: TemplateViewRequest): BlockTemplateView {
  const { tip, params, candidates, leftOut } = request;
  const { header, coinbase } = templateOf(request);
  return {
    version: header.version,
    previousblockhash: header.previousBlockHash,
    transactions: transactionViews(candidates),
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
    bits: bitsText(header.bits),
    height: tip.next.height,
    network: params.name,
    leftOut,
  };
}

/** Throws an Error when the pool has chosen more than fits, which no input from outside can bring about. */
function templateOf({ tip: { next }, params, candidates, payTo, extraNonce, now }: TemplateViewRequest) {
  const { header, transactions } = createBlockTemplate({
    height: next.height,
    previousBlockHash: next.previousBlockHash as BlockHash,
    bits: next.bits,
    time: templateTime(now, next.medianTimePast),
    transactions: candidates,
    payTo,
    extraNonce,
    params,
  });
  const [coinbase, ...included] = transactions;
  if (coinbase === undefined || included.length !== candidates.length)
    throw new Error(`a template holds ${included.length} of the ${candidates.length} transactions that the pool chose`);
  return { header, coinbase };
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
