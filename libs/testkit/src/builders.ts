/**
 * What domain tests are made of: owners with keys, coins, signed payments, really mined blocks of the pocket network.
 * Deterministic and pure, an entry of its own, so that unit tests load no server's client.
 */
import {
  blockHashOf,
  createBlockTemplate,
  encodeHeader,
  networks,
  NULL_BLOCK_HASH,
  p2pkhScript,
  signTransaction,
  targetFromBits,
  type Block,
  type BlockHash,
  type NamedCoin,
  type Transaction,
  type Txid,
} from '@pocket/chain';
import { bytesToHex, encodeAddress, hash160, publicKeyOf, type Address } from '@pocket/crypto';
import { createSearch } from '@pocket/pow';

export interface Owner {
  /** 32 bytes. */
  readonly privateKey: Uint8Array;
  /** 33 bytes, hex. */
  readonly publicKey: string;
  readonly address: Address;
  readonly script: Uint8Array;
}

/** The owner of the private key `number`, 1 to 255. */
export function ownerOf(number: number): Owner {
  const privateKey = new Uint8Array(32).fill(number, 31);
  const publicKey = publicKeyOf(privateKey);
  const hash = hash160(publicKey);
  const address = encodeAddress(hash, networks.pocket.addressVersion);
  return { privateKey, publicKey: bytesToHex(publicKey), address, script: p2pkhScript(hash) };
}

/** A confirmed coin of an owner that no transaction of the tests has made; another `number` is another coin. */
export function coinOf(owner: Owner, value: bigint, number: number): NamedCoin {
  const outpoint = { txid: number.toString(16).padStart(64, '0') as Txid, vout: 0 };
  return { outpoint, coin: { value, scriptPubKey: owner.script, height: 1, coinbase: false } };
}

/** A transaction that spends the coins with this owner's key; the key may be the wrong one. */
export function spend(coins: readonly NamedCoin[], signer: Owner, ...outputs: [Owner, bigint][]): Transaction {
  const unsigned = {
    version: 1,
    inputs: coins.map(({ outpoint }) => ({ prevout: outpoint, scriptSig: new Uint8Array(0), sequence: 0xffffffff })),
    outputs: outputs.map(([{ script }, value]) => ({ value, scriptPubKey: script })),
    lockTime: 0,
  };
  return signed(unsigned, coins, signer);
}

/** The transaction signed anew, for those that `spend` does not make. */
export function signed(unsigned: Transaction, coins: readonly NamedCoin[], signer: Owner): Transaction {
  return signTransaction(
    unsigned,
    coins.map(({ coin }) => coin),
    () => signer.privateKey,
  );
}

/** The time of the block at height 0 of `mineOn`, unix seconds. */
export const GENESIS_TIME = 1_700_000_000;
const BLOCK_SECONDS = 600;

export interface Tip {
  height: number;
  blockHash: BlockHash;
}

/** A block with proof of work on top of `tip`, or a genesis block without one; fees are taken to be 0. */
export function mineOn(tip: Tip | undefined, owner: Owner, ...transactions: Transaction[]): Block {
  const height = tip === undefined ? 0 : tip.height + 1;
  return mined(
    createBlockTemplate({
      height,
      previousBlockHash: tip?.blockHash ?? NULL_BLOCK_HASH,
      bits: networks.pocket.initialBits,
      time: GENESIS_TIME + height * BLOCK_SECONDS,
      transactions: transactions.map((transaction) => ({ transaction, fee: 0n })),
      payTo: owner.address,
      extraNonce: new Uint8Array(8),
      params: networks.pocket,
    }),
  );
}

const { search } = await createSearch();

/** The block with the first nonce that meets its target. */
export function mined({ header, transactions }: Block): Block {
  const nonce = search(encodeHeader(header), targetFromBits(header.bits), 0, 2 ** 32);
  if (nonce === undefined) throw new Error('no nonce of this block meets its target');
  return { header: { ...header, nonce }, transactions };
}

/** Where a chain stands once this block is on top. */
export function tipOf(block: Block, height: number): Tip {
  return { height, blockHash: blockHashOf(block.header) };
}
