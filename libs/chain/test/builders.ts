// What the tests of this library are built from: owners with keys, coins, signed payments, mined blocks,
// and arbitraries for transactions and blocks that only need to have the format. Blocks are mined at regtest's target.
import { type Address, bytesToHex, encodeAddress, hash160, publicKeyOf } from '@pocket/crypto';
import fc from 'fast-check';
import {
  type Block,
  type BlockContext,
  type BlockHash,
  type Coin,
  type CoinView,
  NULL_BLOCK_HASH,
  type NamedCoin,
  type NetworkParameters,
  type Outpoint,
  type Transaction,
  type Txid,
  blockHashOf,
  createCoinbase,
  createdCoins,
  hashMeetsTarget,
  merkleRoot,
  networks,
  outpointKey,
  p2pkhScript,
  signTransaction,
  txidOf,
} from '../src/index.ts';

export const EASY_BITS = 0x207fffff;
export const EASY: NetworkParameters = { ...networks.pocket, initialBits: EASY_BITS, powLimitBits: EASY_BITS };
export const GENESIS_TIME = 1_700_000_000;

export interface Owner {
  readonly privateKey: Uint8Array;
  readonly script: Uint8Array;
  readonly address: Address;
}

/** The owner of the private key `number`, 1 to 255. */
export function ownerOf(number: number): Owner {
  const privateKey = new Uint8Array(32).fill(number, 31);
  const hash = hash160(publicKeyOf(privateKey));
  return { privateKey, script: p2pkhScript(hash), address: encodeAddress(hash, 0x6f) };
}

export const [alice, bob, carol] = [ownerOf(1), ownerOf(2), ownerOf(3)];

export function coinOf(owner: Owner, value: bigint, origin: Partial<Coin> = {}): Coin {
  return { value, scriptPubKey: owner.script, height: 1, coinbase: false, ...origin };
}

/** An outpoint that no transaction of the tests has. */
export function outpointOf(number: number, vout = 0): Outpoint {
  return { txid: number.toString(16).padStart(64, '0') as Txid, vout };
}

/** A transaction spending the coins with their owner's key. */
export function spend(coins: readonly NamedCoin[], owner: Owner, outputs: readonly [Owner, bigint][]): Transaction {
  const unsigned: Transaction = {
    version: 1,
    inputs: coins.map(({ outpoint }) => ({ prevout: outpoint, scriptSig: new Uint8Array(0), sequence: 0xffffffff })),
    outputs: outputs.map(([to, value]) => ({ value, scriptPubKey: to.script })),
    lockTime: 0,
  };
  return signed(
    unsigned,
    coins.map(({ coin }) => coin),
    owner,
  );
}

export function signed(unsigned: Transaction, coins: readonly Coin[], owner: Owner): Transaction {
  return signTransaction(unsigned, coins, () => owner.privateKey);
}

export function coinbaseFor(height: number, value: bigint, owner = alice): Transaction {
  return createCoinbase({ height, extraNonce: new Uint8Array(8), outputs: [{ value, scriptPubKey: owner.script }] });
}

/** A block of these transactions with proof of work, at `GENESIS_TIME` plus ten minutes a block. */
export function blockOf(height: number, previousBlockHash: BlockHash, transactions: readonly Transaction[]): Block {
  const time = GENESIS_TIME + height * 600;
  const { root } = merkleRoot(transactions.map(txidOf));
  const header = { version: 4, previousBlockHash, merkleRoot: root, time, bits: EASY_BITS, nonce: 0 };
  return mined({ header, transactions });
}

/** The block with the first nonce that meets (or, if asked, misses) its target. */
export function mined({ header, transactions }: Block, meets = true): Block {
  for (let nonce = 0; nonce < 1000; nonce++) {
    const candidate = { ...header, nonce };
    if (hashMeetsTarget(blockHashOf(candidate), header.bits) === meets) return { header: candidate, transactions };
  }
  throw new Error('no nonce below 1000');
}

/** The block with other transactions and the Merkle root and proof of work to match. */
export function withTransactions(block: Block, transactions: readonly Transaction[]): Block {
  const { root } = merkleRoot(transactions.map(txidOf));
  return mined({ header: { ...block.header, merkleRoot: root }, transactions });
}

export function contextOf(height: number, previousBlockHash: BlockHash = NULL_BLOCK_HASH): BlockContext {
  const time = GENESIS_TIME + height * 600;
  return { height, previousBlockHash, bits: EASY_BITS, medianTimePast: time - 3000, now: time + 60 };
}

/** Which coin a payment spends, whom it pays, and its fee in base units; the first two by any number. */
export type PaymentPlan = [coin: number, to: number, fee: number];

/** The payments of a random block. */
export const anyPayments: fc.Arbitrary<PaymentPlan[]> = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(40)), {
  maxLength: 4,
});

/** A coinbase and the payments planned; each spends any coin that is unspent by then, those of the same block included. */
export function transactionsFor(
  view: CoinView,
  height: number,
  payments: readonly PaymentPlan[],
  reward: bigint,
): Transaction[] {
  const unspent = [...view.entries()];
  const transactions = [coinbaseFor(height, reward, owners[height % owners.length])];
  for (const [which, whom, fee] of payments) {
    const [coin] = unspent.splice(which % Math.max(unspent.length, 1), 1);
    const to = owners[whom % owners.length];
    if (coin === undefined || to === undefined) continue;
    const transaction = payAll(coin, to, BigInt(fee));
    transactions.push(transaction);
    unspent.push(...createdCoins(transaction, height));
  }
  return transactions;
}

const owners = [1, 2, 3, 4].map(ownerOf);

/** Half of a coin to somebody, the rest back to its owner. */
function payAll(named: NamedCoin, to: Owner, fee: bigint): Transaction {
  const script = named.coin.scriptPubKey.join();
  const owner = owners.find((candidate) => candidate.script.join() === script) ?? alice;
  const half = named.coin.value / 2n;
  return spend([named], owner, [
    [to, half],
    [owner, named.coin.value - half - fee],
  ]);
}

/** Everything in a view, in an order and form in which two views can be compared. */
export function contentOf(view: CoinView): string[] {
  return [...view.entries()]
    .map(({ outpoint, coin }) => `${outpointKey(outpoint)} ${JSON.stringify({ ...coin, ...plain(coin) })}`)
    .sort();
}

function plain({ value, scriptPubKey }: Coin): Record<string, string> {
  return { value: value.toString(), scriptPubKey: bytesToHex(scriptPubKey) };
}

const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const hashHex = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytesToHex);
const anyScript = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.integer({ min: 250, max: 260 }).map((length) => new Uint8Array(length).fill(length)),
);

/** Any transaction the format can hold, with at least one input (none is another format's marker in Bitcoin). */
export const anyTransaction: fc.Arbitrary<Transaction> = fc.record({
  version: uint32,
  inputs: fc.array(
    fc.record({
      prevout: fc.record({ txid: hashHex.map((hex) => hex as Txid), vout: uint32 }),
      scriptSig: anyScript,
      sequence: uint32,
    }),
    { minLength: 1, maxLength: 4 },
  ),
  outputs: fc.array(fc.record({ value: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), scriptPubKey: anyScript }), {
    maxLength: 4,
  }),
  lockTime: uint32,
});

/** Any block the format can hold. */
export const anyBlock: fc.Arbitrary<Block> = fc.record({
  header: fc.record({
    version: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    previousBlockHash: hashHex.map((hex) => hex as BlockHash),
    merkleRoot: hashHex,
    time: uint32,
    bits: uint32,
    nonce: uint32,
  }),
  transactions: fc.array(anyTransaction, { minLength: 1, maxLength: 6 }),
});
