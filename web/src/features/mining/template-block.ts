/** The block that a template of `GET /v1/blocks/template` describes: what the page searches a nonce for, and hands in. Pure. */
import { decodeTransaction, encodeBlock, encodeHeader, type Block, type Transaction } from '@pocket/chain';
import type { BlockTemplateView } from '@pocket/contracts';
import { bytesToHex, hexToBytes } from '@pocket/crypto';

/** With the nonce 0. Throws an Error for a template whose transactions are none. */
export function blockOfTemplate(template: BlockTemplateView): Block {
  const { version, previousblockhash, merkleroot, curtime, bits, coinbasetxn, transactions } = template;
  return {
    header: {
      version,
      previousBlockHash: previousblockhash as Block['header']['previousBlockHash'],
      merkleRoot: merkleroot,
      time: curtime,
      bits: Number.parseInt(bits, 16),
      nonce: 0,
    },
    transactions: [coinbasetxn, ...transactions].map(({ data }) => transactionIn(data)),
  };
}

/** The 80 bytes that are hashed. */
export const headerBytes = ({ header }: Block): Uint8Array => encodeHeader(header);

/** The whole block with this nonce, as it is handed in. */
export function blockHex({ header, transactions }: Block, nonce: number): string {
  return bytesToHex(encodeBlock({ header: { ...header, nonce }, transactions }));
}

function transactionIn(hex: string): Transaction {
  const decoded = decodeTransaction(hexToBytes(hex));
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.transaction;
}
