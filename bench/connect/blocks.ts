/*
 * What the bench of connecting feeds on: signed one-input two-output payments and mined blocks, at regtest's target.
 * Keys are derived once and reused; nothing here is measured.
 */
import { equalBytes, hash160, hexToBytes, publicKeyOf } from '@pocket/crypto';
import {
  type Block,
  type BlockContext,
  type BlockHash,
  type NamedCoin,
  type NetworkParameters,
  type Transaction,
  type Txid,
  blockHashOf,
  createCoinbase,
  decodeBlock,
  hashMeetsTarget,
  merkleRoot,
  networks,
  p2pkhScript,
  signTransaction,
  txidOf,
} from '@pocket/chain';

export const PARAMS: NetworkParameters = networks['bitcoin-regtest'];
const BLOCK_VERSION = 0x20000000;
/** The network's own first block, which creates no coin. */
export const FIRST_BLOCK = decoded(hexToBytes(PARAMS.genesis ?? ''));
const GENESIS_TIME = 1_700_000_000;
const BLOCK_SECONDS = 600;
const COIN_VALUE = 100_000n;
/** Above the rate that any pool asks for. */
const FEE_PER_OUTPUT = 500n;
const OWNERS = 20;

interface Owner {
  readonly privateKey: Uint8Array;
  readonly script: Uint8Array;
}

const owners = Array.from({ length: OWNERS }, (_, index): Owner => {
  const privateKey = new Uint8Array(32).fill(index + 1);
  return { privateKey, script: p2pkhScript(hash160(publicKeyOf(privateKey))) };
});

/** The block in these bytes. */
export function decoded(bytes: Uint8Array): Block {
  const answer = decodeBlock(bytes);
  if (!answer.ok) throw new Error(answer.message);
  return answer.block;
}

/** Coins of the owners in turn, under names that no transaction has. */
export function coinsFrom(first: number, count: number): NamedCoin[] {
  return Array.from({ length: count }, (_, index) => {
    const txid = (first + index).toString(16).padStart(64, '0') as Txid;
    const coin = { value: COIN_VALUE, scriptPubKey: ownerOf(first + index).script, height: 0, coinbase: false };
    return { outpoint: { txid, vout: 0 }, coin };
  });
}

/** The payment of one owner's coin to two of them. */
export function paymentOf(coin: NamedCoin): Transaction {
  return fanOutOf(coin, 2);
}

/** The payment of one owner's coin to the owners in turn, in so many outputs of the same value. */
export function fanOutOf({ outpoint, coin }: NamedCoin, outputs: number): Transaction {
  const value = coin.value / BigInt(outputs) - FEE_PER_OUTPUT;
  const unsigned: Transaction = {
    version: 1,
    inputs: [{ prevout: outpoint, scriptSig: new Uint8Array(0), sequence: 0xffffffff }],
    outputs: Array.from({ length: outputs }, (_, index) => ({ value, scriptPubKey: ownerOf(index).script })),
    lockTime: 0,
  };
  return signTransaction(unsigned, [coin], () => keyTo(coin.scriptPubKey));
}

/** A block with these payments behind its coinbase, with proof of work. */
export function blockOf(height: number, previousBlockHash: BlockHash, payments: readonly Transaction[]): Block {
  const coinbase = createCoinbase({
    height,
    extraNonce: new Uint8Array(8),
    outputs: [{ value: PARAMS.subsidy(height), scriptPubKey: ownerOf(height).script }],
  });
  const transactions = [coinbase, ...payments];
  const { root } = merkleRoot(transactions.map(txidOf));
  const { initialBits: bits } = PARAMS;
  const header = { version: BLOCK_VERSION, previousBlockHash, merkleRoot: root, time: timeOf(height), bits };
  return { header: mined(header), transactions };
}

/** What the chain says about the block at this height, if every block takes ten minutes. */
export function contextOf(height: number, previousBlockHash: BlockHash): BlockContext {
  const medianTimePast = timeOf(height - 6);
  return { height, previousBlockHash, bits: PARAMS.initialBits, medianTimePast, now: timeOf(height) };
}

function mined(header: Omit<Block['header'], 'nonce'>): Block['header'] {
  for (let nonce = 0; ; nonce++) {
    const candidate = { ...header, nonce };
    if (hashMeetsTarget(blockHashOf(candidate), header.bits)) return candidate;
  }
}

function timeOf(height: number): number {
  return GENESIS_TIME + height * BLOCK_SECONDS;
}

function keyTo(script: Uint8Array): Uint8Array {
  const owner = owners.find((candidate) => equalBytes(candidate.script, script));
  if (owner === undefined) throw new RangeError("the coin is none of the owners'");
  return owner.privateKey;
}

function ownerOf(number: number): Owner {
  const owner = owners[number % OWNERS];
  if (owner === undefined) throw new RangeError('owners are numbered from 0 on');
  return owner;
}
