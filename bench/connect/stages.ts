/*
 * One big block, from bytes to changed coins, stage by stage, and beside it the checking of its signatures alone.
 * Every round decodes anew, so that nothing remembered from the round before makes it faster.
 */
import { verifyDigest } from '@pocket/crypto';
import {
  type Block,
  CoinView,
  type NamedCoin,
  blockHashOf,
  checkBlock,
  connectBlock,
  encodeBlock,
  parseP2pkhScriptSig,
  signatureHash,
} from '@pocket/chain';
import { median } from '../median.ts';
import { FIRST_BLOCK, PARAMS, blockOf, coinsFrom, contextOf, decoded, paymentOf } from './blocks.ts';

const PREVIOUS = blockHashOf(FIRST_BLOCK.header);

/** Medians over the rounds, in milliseconds. */
export interface StageTimes {
  readonly decode: number;
  readonly check: number;
  readonly connect: number;
  /** All three. */
  readonly total: number;
  /** `verifyDigest` alone over the same inputs, digests ready; part of `connect`. */
  readonly signatures: number;
  /** The part of the total that is not signature checking, 0 to 1, median of the rounds' own shares. */
  readonly shareOutside: number;
}

type Round = Record<keyof StageTimes, number>;

interface SignatureToCheck {
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** Connects a block of so many one-input two-output payments at height 1, several times. */
export function measureStages(payments: number, rounds: number): StageTimes {
  const coins = coinsFrom(0, payments);
  const block = blockOf(1, PREVIOUS, coins.map(paymentOf));
  const bytes = encodeBlock(block);
  const signatures = signaturesOf(block, coins);
  const measured = Array.from({ length: rounds + 1 }, () => roundOf(bytes, coins, signatures)).slice(1);
  const medianOf = (stage: keyof Round) => median(measured.map((round) => round[stage]));
  return {
    decode: medianOf('decode'),
    check: medianOf('check'),
    connect: medianOf('connect'),
    total: medianOf('total'),
    signatures: medianOf('signatures'),
    shareOutside: medianOf('shareOutside'),
  };
}

function roundOf(bytes: Uint8Array, coins: readonly NamedCoin[], signatures: readonly SignatureToCheck[]): Round {
  const view = new CoinView(coins);
  const context = contextOf(1, PREVIOUS);
  const start = performance.now();
  const block = decoded(bytes);
  const afterDecode = performance.now();
  const checked = checkBlock(block, context, PARAMS);
  if (!checked.ok) throw new Error(checked.message);
  const afterCheck = performance.now();
  const connected = connectBlock(view, block, 1, PARAMS);
  if (!connected.ok) throw new Error(connected.message);
  const afterConnect = performance.now();
  const total = afterConnect - start;
  const signing = timeOfSignatures(signatures);
  return {
    decode: afterDecode - start,
    check: afterCheck - afterDecode,
    connect: afterConnect - afterCheck,
    total,
    signatures: signing,
    shareOutside: (total - signing) / total,
  };
}

function timeOfSignatures(signatures: readonly SignatureToCheck[]): number {
  const start = performance.now();
  for (const { digest, signature, publicKey } of signatures) {
    if (!verifyDigest(digest, signature, publicKey)) throw new Error('a good signature was refused');
  }
  return performance.now() - start;
}

function signaturesOf({ transactions }: Block, coins: readonly NamedCoin[]): SignatureToCheck[] {
  return coins.map(({ coin }, index) => {
    const transaction = transactions[index + 1];
    const parsed = parseP2pkhScriptSig(transaction?.inputs[0]?.scriptSig ?? new Uint8Array(0));
    if (transaction === undefined || parsed === undefined) throw new Error('a payment is not signed');
    return { ...parsed, digest: signatureHash(transaction, 0, coin.scriptPubKey) };
  });
}
