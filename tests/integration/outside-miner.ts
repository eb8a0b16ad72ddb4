/**
 * Somebody who mines with Bitcoin's tools alone: a template in BIP 22's words, bitcoinjs-lib for the block, no line of
 * this project's code.
 */
import { Block, Transaction } from 'bitcoinjs-lib';

export interface Template {
  version: number;
  previousblockhash: string;
  transactions: { data: string; txid: string; hash: string; depends: number[]; fee: number }[];
  coinbasevalue: number;
  coinbasetxn: { data: string; txid: string };
  merkleroot: string;
  target: string;
  mintime: number;
  curtime: number;
  bits: string;
  height: number;
  leftOut: { txid: string; code: string; message: string }[];
}

const MAX_NONCE = 2 ** 22;

/** The template's block with a nonce that meets its target, hex. */
export function mineTemplate(template: Template): string {
  const block = new Block();
  block.version = template.version;
  block.prevHash = Buffer.from(template.previousblockhash, 'hex').reverse();
  block.timestamp = template.curtime;
  block.bits = parseInt(template.bits, 16);
  block.transactions = [template.coinbasetxn, ...template.transactions].map(({ data }) => Transaction.fromHex(data));
  block.merkleRoot = Block.calculateMerkleRoot(block.transactions);
  for (block.nonce = 0; block.nonce < MAX_NONCE; block.nonce++) if (block.checkProofOfWork()) return block.toHex(false);
  throw new Error(`no nonce below ${MAX_NONCE} meets the target ${template.target}`);
}
