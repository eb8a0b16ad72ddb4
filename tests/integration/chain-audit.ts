/**
 * What must be true of the chain at any time, looked at from outside: every block as Bitcoin has it, each on top of the
 * last one, no coin more or less than was mined, and every wallet's balance what its coins say.
 */
import { createHash } from 'node:crypto';
import { decodeBlock, hashMeetsTarget, merkleRoot, p2pkhHash, txidOf, type Block, type BlockHash } from '@pocket/chain';
import { bytesToHex, decodeAddress, hexToBytes } from '@pocket/crypto';
import { OriginalClient, type TestStack } from '@pocket/testkit';
import { Block as Judge } from 'bitcoinjs-lib';
import { expect } from 'vitest';

const REWARD_UNITS = 10;
const UNIT = 100_000_000n;
const HEADER_BYTES = 80;
const NO_BLOCK = '0'.repeat(64);

/** Checks all of it. Returns the blocks, genesis first. */
export async function auditChain(stack: TestStack): Promise<Block[]> {
  const api = new OriginalClient(stack.url);
  const raw = await readRawBlocks(stack);
  const blocks = raw.map(({ hex }) => auditBlock(hex));
  raw.forEach(({ height }, index) => expect(height).toBe(index));
  expect(raw.map(({ blockHash }) => blockHash)).toEqual(raw.map(({ hex }) => hashOf(hex)));
  expect(blocks.map(({ header }) => header.previousBlockHash)).toEqual(
    blocks.map((_, index) => raw[index - 1]?.blockHash ?? NO_BLOCK),
  );
  expect((await api.getBlocks()).map(({ hash }) => hash)).toEqual(raw.map(({ blockHash }) => blockHash));
  await auditCoins(stack, api, blocks);
  return blocks;
}

interface RawBlock {
  blockHash: string;
  height: number;
  hex: string;
}

/** The blocks as the chainstate has them. */
export async function readRawBlocks(stack: TestStack): Promise<RawBlock[]> {
  const response = await fetch(`${stack.urlOf('chainstate')}/blocks`);
  expect(response.status).toBe(200);
  return (await response.json()) as RawBlock[];
}

/** Node's own SHA-256, twice, of the first 80 bytes, shown backwards. */
function hashOf(hex: string): string {
  const header = Buffer.from(hex, 'hex').subarray(0, HEADER_BYTES);
  const once = createHash('sha256').update(header).digest();
  return createHash('sha256').update(once).digest().reverse().toString('hex');
}

function auditBlock(hex: string): Block {
  const judged = Judge.fromHex(hex);
  expect(judged.toHex(false)).toBe(hex);
  expect(judged.checkProofOfWork()).toBe(true);
  expect(judged.checkTxRoots()).toBe(true);
  const decoded = decodeBlock(hexToBytes(hex));
  if (!decoded.ok) throw new Error(decoded.message);
  const { header, transactions } = decoded.block;
  expect(header.bits).toBe(0x1f100000);
  expect(hashMeetsTarget(hashOf(hex) as BlockHash, header.bits)).toBe(true);
  expect(merkleRoot(transactions.map(txidOf))).toEqual({ root: header.merkleRoot, mutated: false });
  expect(transactions.map(txidOf)).toEqual(judged.transactions?.map((transaction) => transaction.getId()));
  return decoded.block;
}

/** Counted in base units: a fee of less than a sign unit leaves coins that the original's whole units cannot show. */
async function auditCoins(stack: TestStack, api: OriginalClient, blocks: readonly Block[]): Promise<void> {
  const byOwner = await baseUnitsByOwner(stack);
  const supply = [...byOwner.values()].reduce((sum, value) => sum + value, 0n);
  expect(supply).toBe(BigInt(REWARD_UNITS * blocks.length) * UNIT);
  expect(Object.keys(await api.getChainstate()).sort()).toEqual(unspentTxids(blocks));
  for (const { address, balance } of await api.getWallets())
    expect(balance).toBe(Number((byOwner.get(ownerOf(address)) ?? 0n) / UNIT));
}

/** Base units by the owner's public key hash, hex. */
async function baseUnitsByOwner(stack: TestStack): Promise<Map<string, bigint>> {
  const response = await fetch(`${stack.urlOf('chainstate')}/coins`);
  const owned = new Map<string, bigint>();
  for (const { value, scriptPubKey } of (await response.json()) as { value: string; scriptPubKey: string }[]) {
    const owner = bytesToHex(p2pkhHash(hexToBytes(scriptPubKey)) ?? new Uint8Array(0));
    owned.set(owner, (owned.get(owner) ?? 0n) + BigInt(value));
  }
  return owned;
}

/** The public key hash in an address, hex. */
export function ownerOf(address: string): string {
  const decoded = decodeAddress(address, 0x6f);
  if (!decoded.ok) throw new Error(decoded.message);
  return bytesToHex(decoded.hash160);
}

/** Transactions that still have an unspent output, counted from the blocks alone; no output is spent twice. */
function unspentTxids(blocks: readonly Block[]): string[] {
  const unspent = new Set<string>();
  for (const { transactions } of blocks) {
    for (const transaction of transactions) {
      const ordinary = transaction !== transactions[0];
      for (const { prevout } of ordinary ? transaction.inputs : [])
        expect(unspent.delete(`${prevout.txid}:${prevout.vout}`)).toBe(true);
      transaction.outputs.forEach((_, vout) => unspent.add(`${txidOf(transaction)}:${vout}`));
    }
  }
  return [...new Set([...unspent].map((outpoint) => outpoint.slice(0, 64)))].sort();
}
