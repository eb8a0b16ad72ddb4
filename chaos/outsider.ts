/**
 * Somebody outside with keys of their own: makes transactions and blocks with the protocol library, some of them
 * contradicting each other, and branches that are really heavier than the chain.
 */
import { decodeBlock, encodeTransaction, txidOf, type NamedCoin, type Transaction, type Txid } from '@pocket/chain';
import { bytesToHex, hexToBytes } from '@pocket/crypto';
import type { BlockView, CoinView } from '@pocket/contracts';
import { ownerOf, spend, type Owner } from '@pocket/testkit/builders';
import { branch, type BranchPoint, type PlacedBlock } from '@pocket/testkit/consensus';
import type { Random } from '@pocket/testkit/random';
import type { Client, Signed } from './client.ts';
import { read } from './request.ts';

/** Who owns coins outside of the system's wallets. */
export const OUTSIDERS: readonly Owner[] = [1, 2, 3, 4].map(ownerOf);

export interface OutsiderParts {
  readonly client: Client;
  readonly random: Random;
  /** The address of a chainstate to look at. */
  readonly chainstateUrl: () => string;
}

const READ_WITHIN_MS = 5_000;
const DEEPEST_FORK = 4;
const LARGEST_FEE = 2_000;
const SALTS = 2 ** 32;

/** One thing that an outsider does. Throws a NoAnswerError when the chain cannot be looked at. */
export async function actOutside(parts: OutsiderParts): Promise<void> {
  const acts = [
    payOne,
    payOne,
    payOne,
    payChain,
    payChain,
    payTwice,
    payMany,
    payMany,
    mineOne,
    mineOne,
    outgrow,
    doubt,
  ];
  await parts.random.pick(acts)(parts);
}

async function payOne(parts: OutsiderParts): Promise<void> {
  const [coin] = await pickCoins(parts, 1);
  if (coin !== undefined) await parts.client.submitTransaction(signedOf(pay(parts.random, [coin])));
}

/** Several that have nothing to do with each other, in one request. */
async function payMany(parts: OutsiderParts): Promise<void> {
  const coins = await pickCoins(parts, 2 + parts.random.below(6));
  const all = coins.map((coin) => signedOf(pay(parts.random, [coin])));
  if (all.length > 0) await parts.client.submitTransactions(all);
}

/** One, and another that spends its output. */
async function payChain(parts: OutsiderParts): Promise<void> {
  const [coin] = await pickCoins(parts, 1);
  if (coin === undefined) return;
  const first = pay(parts.random, [coin]);
  const second = pay(parts.random, [outputOf(first)]);
  await parts.client.submitTransactions([first, second].map(signedOf));
}

/** Two that spend the same coin, through two requests at once. */
async function payTwice(parts: OutsiderParts): Promise<void> {
  const [coin] = await pickCoins(parts, 1);
  if (coin === undefined) return;
  const rivals = [0n, 1n].map((extra) => signedOf(pay(parts.random, [coin], extra)));
  await Promise.all(rivals.map((one) => parts.client.submitTransaction(one)));
}

async function mineOne(parts: OutsiderParts): Promise<void> {
  const tip = (await readBlocks(parts)).at(-1);
  if (tip !== undefined) await submitAll(parts, branch(pointOf(tip), 1, branchOptions(parts)));
}

/** A branch that forks off below the tip and becomes one block longer than the chain; its first block may hold a payment. */
async function outgrow(parts: OutsiderParts): Promise<void> {
  const blocks = await readBlocks(parts);
  const depth = 1 + parts.random.below(DEEPEST_FORK);
  const from = blocks.at(-1 - depth);
  if (from === undefined) return;
  const [coin] = await pickCoins(parts, 1, from.height);
  const paid = coin === undefined ? [] : [{ transaction: pay(parts.random, [coin], 0n, 0n), fee: 0n }];
  const transactions = (height: number) => (height === from.height + 1 ? paid : []);
  await submitAll(parts, branch(pointOf(from), depth + 1, { ...branchOptions(parts), transactions }));
}

/** Takes the chain's last blocks back by an operator's word, and mostly gives them back. */
async function doubt(parts: OutsiderParts): Promise<void> {
  const { client, random } = parts;
  const doubted = (await readBlocks(parts)).at(-1 - random.below(2));
  if (doubted === undefined || doubted.height < DEEPEST_FORK) return;
  await client.operate('invalidate', doubted.blockHash);
  if (random.below(5) > 0) await client.operate('reconsider', doubted.blockHash);
}

async function submitAll({ client }: OutsiderParts, blocks: readonly PlacedBlock[]): Promise<void> {
  for (const { hex } of blocks) await client.submitBlock(hex);
}

function branchOptions({ random }: OutsiderParts) {
  return { owner: random.pick(OUTSIDERS), salt: random.below(SALTS) };
}

/** Pays most of these coins to some outsider; what is left is the fee, by chance where it is not given. */
function pay(random: Random, coins: readonly NamedCoin[], extraFee = 0n, fee = BigInt(random.below(LARGEST_FEE))) {
  const owner = OUTSIDERS.find(({ script }) => coins.every(({ coin }) => sameBytes(coin.scriptPubKey, script)));
  if (owner === undefined) throw new Error('these coins belong to no outsider');
  const value = coins.reduce((sum, { coin }) => sum + coin.value, 0n);
  return spend(coins, owner, [random.pick(OUTSIDERS), value - fee - extraFee]);
}

function outputOf(transaction: Transaction): NamedCoin {
  const [output] = transaction.outputs;
  if (output === undefined) throw new Error('a payment has an output');
  return { outpoint: { txid: txidOf(transaction), vout: 0 }, coin: { ...output, height: 0, coinbase: false } };
}

function signedOf(transaction: Transaction): Signed {
  return { txid: txidOf(transaction), hex: bytesToHex(encodeTransaction(transaction)) };
}

const LEAST_VALUE = 10n * BigInt(LARGEST_FEE);

/** Some confirmed coins of outsiders, each large enough for a payment and its child. */
async function pickCoins({ random, chainstateUrl }: OutsiderParts, count: number, upTo = Infinity) {
  const all = await read<CoinView[]>(`${chainstateUrl()}/coins`, READ_WITHIN_MS);
  const scripts = new Set(OUTSIDERS.map(({ script }) => bytesToHex(script)));
  const ours = all.filter(
    ({ scriptPubKey, value, height }) => scripts.has(scriptPubKey) && BigInt(value) >= LEAST_VALUE && height <= upTo,
  );
  const picked = Array.from({ length: Math.min(count, ours.length) }, () => random.pick(ours));
  return [...new Set(picked)].map(coinOf);
}

function coinOf({ txid, vout, value, scriptPubKey, height }: CoinView): NamedCoin {
  const coin = { value: BigInt(value), scriptPubKey: hexToBytes(scriptPubKey), height, coinbase: false };
  return { outpoint: { txid: txid as Txid, vout }, coin };
}

function readBlocks({ chainstateUrl }: OutsiderParts): Promise<BlockView[]> {
  return read<BlockView[]>(`${chainstateUrl()}/blocks`, READ_WITHIN_MS);
}

function pointOf({ blockHash, height, hex }: BlockView): BranchPoint {
  const decoded = decodeBlock(hexToBytes(hex));
  if (!decoded.ok) throw new Error(`block ${blockHash} cannot be read: ${decoded.message}`);
  return { blockHash: blockHash as BranchPoint['blockHash'], height, time: decoded.block.header.time };
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
