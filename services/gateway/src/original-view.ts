/**
 * Our data in the original's shapes: key order and nesting are part of its contract, a field that is a JSON string
 * holding JSON stays a string. Amounts are whole sign units, bytes are latin1 text.
 */
import { LosslessNumber } from 'lossless-json';
import { LRUCache } from 'lru-cache';
import {
  blockHashOf,
  decodeBlock,
  decodeTransaction,
  isCoinbase,
  NULL_BLOCK_HASH,
  p2pkhHash,
  parseP2pkhScriptSig,
  txidOf,
  UNIT,
  type Block,
  type Transaction,
  type TransactionInput,
  type TransactionOutput,
} from '@pocket/chain';
import type { BlockView, CoinView, PoolEntryView, WalletView } from '@pocket/contracts';
import { bytesToHex, hexToBytes, latin1FromBytes, publicKeyPem, publicKeyXY } from '@pocket/crypto';
import { originalError } from './original-error.ts';

/** `privateKey` is a number of up to 78 digits, written out as a JSON number. */
export function originalWallet({ address, balance, publicKey, privateKey }: WalletView) {
  return {
    address,
    balance: signUnits(BigInt(balance)),
    wallet: {
      privateKey: privateKey === null ? null : new LosslessNumber(BigInt(`0x${privateKey}`).toString()),
      ...publicKeyForms(publicKey),
    },
  };
}

interface PublicKeyForms {
  publicKey: string;
  publicKeyBytes: string;
}

/** A key's forms never change, and working them out means finding a point on the curve. */
const knownKeys = new LRUCache<string, PublicKeyForms>({ max: 10_000 });

function publicKeyForms(hex: string): PublicKeyForms {
  const known = knownKeys.get(hex);
  if (known !== undefined) return known;
  const key = hexToBytes(hex);
  const forms = { publicKey: publicKeyPem(key), publicKeyBytes: latin1FromBytes(publicKeyXY(key)) };
  knownKeys.set(hex, forms);
  return forms;
}

interface OriginalBlock {
  hash: string;
  serializedBlock: string;
  txsRootNode: string;
}

/** A block of the chain never changes; only the first answer that holds it pays for its translation. */
const knownBlocks = new LRUCache<string, OriginalBlock>({
  maxSize: 64 * 1024 * 1024,
  sizeCalculation: ({ serializedBlock }) => serializedBlock.length,
});

export function originalBlock(view: BlockView): OriginalBlock {
  const known = knownBlocks.get(view.blockHash);
  if (known !== undefined) return known;
  const block = translateBlock(view);
  knownBlocks.set(view.blockHash, block);
  return block;
}

function translateBlock(view: BlockView): OriginalBlock {
  const decoded = decodeBlock(hexToBytes(view.hex));
  if (!decoded.ok) throw new Error(`block ${view.blockHash} cannot be read: ${decoded.message}`);
  const { header } = decoded.block;
  const hash = blockHashOf(header);
  const serializedBlock = JSON.stringify({
    timeStamp: isoTime(header.time * 1000),
    transactions: blockTransactions(decoded.block, view),
    txsRootNode: header.merkleRoot,
    prevHash: header.previousBlockHash === NULL_BLOCK_HASH ? '' : header.previousBlockHash,
    hash,
    nonce: header.nonce,
  });
  return { hash, serializedBlock, txsRootNode: header.merkleRoot };
}

/** The reward stands last there. */
function blockTransactions(block: Block, { height, firstSeen }: BlockView): string[] {
  const included = isoTime(block.header.time * 1000);
  const [reward, ...ordinary] = block.transactions.map((transaction, index) => {
    const created = isoTime(firstSeen[index] ?? block.header.time * 1000);
    return JSON.stringify({ ...transactionFields(transaction, height), created, included_in_block: included });
  });
  return [...ordinary, ...(reward === undefined ? [] : [reward])];
}

function transactionFields(transaction: Transaction, height: number | undefined) {
  const inputs = isCoinbase(transaction) ? rewardInputs(height) : transaction.inputs.map(originalInput);
  return { id: txidOf(transaction), inputs, outputs: transaction.outputs.map(originalOutput) };
}

function rewardInputs(height: number | undefined): string[] {
  const genesis = { id: 0, output: -1, sig: null, publicKey: 'Genesis block', publicKeyBytes: 'Genesis block' };
  return height === 0 ? [JSON.stringify(genesis)] : [];
}

function originalInput({ prevout, scriptSig }: TransactionInput): string {
  const signed = parseP2pkhScriptSig(scriptSig);
  if (signed === undefined) throw new Error(`an input spending ${prevout.txid}:${prevout.vout} carries no signature`);
  return JSON.stringify({
    id: prevout.txid,
    output: prevout.vout,
    sig: latin1FromBytes(signed.signature),
    ...publicKeyForms(bytesToHex(signed.publicKey)),
  });
}

function originalOutput({ value, scriptPubKey }: TransactionOutput): string {
  return JSON.stringify({ val: signUnits(value), publicKeyHash: publicKeyHashText(scriptPubKey) });
}

export function originalPoolEntry({ txid, from, to, amount, hex, receivedAt, reason }: PoolEntryView) {
  return {
    txID: txid ?? 'None',
    fromAddr: from,
    toAddr: to,
    amount: signUnits(BigInt(amount)),
    serializedTransaction: hex === null ? null : serializedTransaction(hex, receivedAt),
    error: reason !== null,
    errorText: reason === null ? null : originalError(reason, { from, to }),
  };
}

function serializedTransaction(hex: string, receivedAt: number): string {
  const decoded = decodeTransaction(hexToBytes(hex));
  if (!decoded.ok) throw new Error(`a transaction of the pool cannot be read: ${decoded.message}`);
  return JSON.stringify({ ...transactionFields(decoded.transaction, undefined), created: isoTime(receivedAt) });
}

/** Unspent outputs by transaction, in the order of the chain. */
export function originalChainstate(coins: CoinView[]): Record<string, { serializedUnspentOutputs: string }> {
  const outputs = new Map<string, object[]>();
  for (const { txid, vout, value, scriptPubKey } of coins) {
    const output = {
      outputID: vout,
      val: signUnits(BigInt(value)),
      publicKeyHash: publicKeyHashText(hexToBytes(scriptPubKey)),
    };
    outputs.set(txid, [...(outputs.get(txid) ?? []), output]);
  }
  const entries = [...outputs].map(
    ([txid, list]) => [txid, { serializedUnspentOutputs: JSON.stringify(list) }] as const,
  );
  return Object.fromEntries(entries);
}

function publicKeyHashText(scriptPubKey: Uint8Array): string {
  return latin1FromBytes(p2pkhHash(scriptPubKey) ?? scriptPubKey);
}

/** Whole sign units; what is left below one unit is not shown here, the original has no fractions. */
export function signUnits(baseUnits: bigint): number {
  return Number(baseUnits / UNIT);
}

/** ISO 8601 without a zone, microseconds, UTC. */
function isoTime(unixMilliseconds: number): string {
  return new Date(unixMilliseconds).toISOString().replace('Z', '000');
}
