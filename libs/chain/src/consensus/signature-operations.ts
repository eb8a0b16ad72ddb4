// How many signature checks a transaction's scripts name, counted as Bitcoin counts them before anything runs
// (Bitcoin Core, CScript::GetSigOpCount without accuracy, GetLegacySigOpCount). A block has a limit of them, and cheap
// outputs reach it before they reach the block's size: 20,000 P2PKH outputs take 680,000 bytes.
import { isP2pkhScript } from '../script.ts';
import type { Transaction } from '../transaction.ts';

/** What a block may hold on every network. (Bitcoin: a cost of 80,000, of which each of these takes 4.) */
export const MAX_BLOCK_SIGNATURE_OPERATIONS = 20_000;

const OP_PUSHDATA1 = 0x4c;
const OP_PUSHDATA4 = 0x4e;
const OP_CHECKSIG = 0xac;
const OP_CHECKSIGVERIFY = 0xad;
const OP_CHECKMULTISIG = 0xae;
const OP_CHECKMULTISIGVERIFY = 0xaf;
const KEYS_OF_MULTISIG = 20;

/** The signature operations in all scripts of a transaction. */
export function signatureOperationsOf({ inputs, outputs }: Transaction): number {
  let count = 0;
  for (const { scriptSig } of inputs) count += signatureOperationsIn(scriptSig);
  for (const { scriptPubKey } of outputs)
    count += isP2pkhScript(scriptPubKey) ? 1 : signatureOperationsIn(scriptPubKey);
  return count;
}

function signatureOperationsIn(script: Uint8Array): number {
  let count = 0;
  let at = 0;
  while (at < script.length) {
    const opcode = script[at] ?? 0;
    at += 1;
    if (opcode <= OP_PUSHDATA4) at += pushedBytes(script, opcode, at);
    else if (opcode === OP_CHECKSIG || opcode === OP_CHECKSIGVERIFY) count += 1;
    else if (opcode === OP_CHECKMULTISIG || opcode === OP_CHECKMULTISIGVERIFY) count += KEYS_OF_MULTISIG;
  }
  return count;
}

/** What stands between a push's opcode and the next one; past the end where the script breaks off, which ends the count. */
function pushedBytes(script: Uint8Array, opcode: number, at: number): number {
  if (opcode < OP_PUSHDATA1) return opcode;
  const lengthBytes = 2 ** (opcode - OP_PUSHDATA1);
  let length = 0;
  for (let index = lengthBytes - 1; index >= 0; index--) length = length * 256 + (script[at + index] ?? 0);
  return lengthBytes + length;
}
