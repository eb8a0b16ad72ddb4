/**
 * What must be true of the chain at any time, looked at from outside: every block as Bitcoin has it, each on top of the
 * last one, no coin more or less than was mined, and every wallet's balance what its coins say.
 */
import { createHash } from 'node:crypto';
import { decodeBlock, hashMeetsTarget, merkleRoot, txidOf, type Block, type BlockHash } from '@pocket/chain';
import { bytesFromLatin1, bytesToHex, decodeAddress, hexToBytes } from '@pocket/crypto';
import { OriginalClient, type OriginalChainstate, type TestStack } from '@pocket/testkit';
import { Block as Judge } from 'bitcoinjs-lib';
import { expect } from 'vitest';

const REWARD_UNITS = 10;
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
  await auditCoins(api, blocks);
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

async function auditCoins(api: OriginalClient, blocks: readonly Block[]): Promise<void> {
  const coins = await api.getChainstate();
  const byOwner = unitsByOwner(coins);
  expect([...byOwner.values()].reduce((sum, units) => sum + units, 0)).toBe(REWARD_UNITS * blocks.length);
  expect(Object.keys(coins).sort()).toEqual(unspentTxids(blocks));
  for (const { address, balance } of await api.getWallets()) expect(balance).toBe(byOwner.get(ownerOf(address)) ?? 0);
}

/** Units by the owner's public key hash, hex. */
function unitsByOwner(coins: OriginalChainstate): Map<string, number> {
  const units = new Map<string, number>();
  for (const { serializedUnspentOutputs } of Object.values(coins)) {
    const outputs = JSON.parse(serializedUnspentOutputs) as { val: number; publicKeyHash: string }[];
    for (const { val, publicKeyHash } of outputs) {
      const owner = bytesToHex(bytesFromLatin1(publicKeyHash));
      units.set(owner, (units.get(owner) ?? 0) + val);
    }
  }
  return units;
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
