/*
 * A block as text for a terminal: everything in it, bytes as hex. What `showBlocks` prints.
 */
import type { Block, Transaction } from './payloads.ts';

/** Lines joined by newlines, without one at the end. `height` is 0 for the genesis block. */
export function showBlock(block: Block, height: number): string {
  return [
    `Block ${height}`,
    `  hash           ${block.hash}`,
    `  previous hash  ${block.prevHash || '(none)'}`,
    `  Merkle root    ${block.txsRootNode}`,
    `  time           ${block.timeStamp}`,
    `  nonce          ${block.nonce}`,
    ...block.transactions.flatMap(showTransaction),
  ].join('\n');
}

function showTransaction({ id, created, inputs, outputs }: Transaction): string[] {
  return [
    `  Transaction ${id}`,
    `    created      ${created}`,
    ...inputs.flatMap(({ id, output, sig, publicKeyBytes }) => [
      `    spends       output ${output} of ${id}`,
      `      key        ${sig === null ? publicKeyBytes : hex(publicKeyBytes)}`,
      `      signature  ${sig === null ? '(none)' : hex(sig)}`,
    ]),
    ...outputs.map(({ val, publicKeyHash }) => `    pays         ${val} to key hash ${hex(publicKeyHash)}`),
  ];
}

function hex(latin1: string): string {
  return Array.from(latin1, (character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}
