/**
 * Every field of a block as a text that can be changed: what it is now, whether it is what it was in the real block, and the
 * block that another text makes of it. Pure.
 */
import {
  ADDRESS_VERSION,
  isCoinbase,
  p2pkhScript,
  p2pkhScriptSig,
  parseP2pkhScriptSig,
  type BlockHash,
  type BlockHeader,
  type Transaction,
  type TransactionInput,
  type TransactionOutput,
  type Txid,
} from '@pocket/chain';
import { decodeAddress } from '@pocket/crypto';
import { ownerOfScript } from '../../format/owner.ts';
import { coinbaseScript, withCoinbaseScript } from './coinbase-script.ts';
import {
  amountOf,
  bitsText,
  bytesOf,
  hashOf,
  heightOf,
  hexText,
  int32Of,
  uint32Of,
  type TextKind,
} from './field-text.ts';
import { withHeader, withTransaction, type LabBlock } from './lab-block.ts';

export interface LabField {
  /** Its place: `header.time`, `tx.1.in.0.txid`. */
  readonly key: string;
  /** By which its words are found. */
  readonly name: string;
  readonly kind: TextKind;
  readonly text: string;
  readonly changed: boolean;
  /** undefined for a text that this field cannot hold. */
  readonly write: (text: string) => LabBlock | undefined;
}

/** One field of a part of a block; `show` gives undefined where this part has no such field. */
interface Cell<Part> {
  readonly name: string;
  readonly kind: TextKind;
  readonly show: (part: Part) => string | undefined;
  readonly put: (part: Part, text: string) => Part | undefined;
}

/** `read` gives undefined for what cannot be read, `place` puts what was read. */
function cell<Part, Value>(
  name: string,
  kind: TextKind,
  show: Cell<Part>['show'],
  read: (text: string) => Value | undefined,
  place: (part: Part, value: Value) => Part,
): Cell<Part> {
  const put = (part: Part, text: string) => {
    const value = read(text);
    return value === undefined ? undefined : place(part, value);
  };
  return { name, kind, show, put };
}

const blockHash = (text: string) => hashOf(text) as BlockHash | undefined;
const txid = (text: string) => hashOf(text) as Txid | undefined;
const bytes = (text: string) => bytesOf(text);

const HEADER: readonly Cell<BlockHeader>[] = [
  cell(
    'version',
    'int32',
    ({ version }) => String(version),
    int32Of,
    (part, version) => ({ ...part, version }),
  ),
  cell(
    'previousBlockHash',
    'hash',
    ({ previousBlockHash }) => previousBlockHash,
    blockHash,
    (part, previousBlockHash) => ({ ...part, previousBlockHash }),
  ),
  cell(
    'merkleRoot',
    'hash',
    (part) => part.merkleRoot,
    hashOf,
    (part, merkleRoot) => ({ ...part, merkleRoot }),
  ),
  cell(
    'time',
    'uint32',
    ({ time }) => String(time),
    uint32Of,
    (part, time) => ({ ...part, time }),
  ),
  cell(
    'bits',
    'uint32',
    ({ bits }) => bitsText(bits),
    uint32Of,
    (part, bits) => ({ ...part, bits }),
  ),
  cell(
    'nonce',
    'uint32',
    ({ nonce }) => String(nonce),
    uint32Of,
    (part, nonce) => ({ ...part, nonce }),
  ),
];

const TRANSACTION: readonly Cell<Transaction>[] = [
  cell(
    'txVersion',
    'uint32',
    ({ version }) => String(version),
    uint32Of,
    (part, version) => ({ ...part, version }),
  ),
  cell(
    'lockTime',
    'uint32',
    ({ lockTime }) => String(lockTime),
    uint32Of,
    (part, lockTime) => ({ ...part, lockTime }),
  ),
  cell(
    'coinbaseHeight',
    'height',
    (part) => coinbaseScript(part)?.height.toString(),
    heightOf,
    (part, height) => withCoinbaseScript(part, { height }),
  ),
  cell(
    'extraNonce',
    'eightBytes',
    (part) => ifThere(coinbaseScript(part)?.extraNonce),
    (text) => bytesOf(text, 8),
    (part, extraNonce) => withCoinbaseScript(part, { extraNonce }),
  ),
];

const INPUT: readonly Cell<TransactionInput>[] = [
  cell(
    'txid',
    'hash',
    ({ prevout }) => prevout.txid,
    txid,
    (part, to) => spending(part, { txid: to }),
  ),
  cell(
    'vout',
    'uint32',
    ({ prevout }) => String(prevout.vout),
    uint32Of,
    (part, vout) => spending(part, { vout }),
  ),
  cell(
    'signature',
    'hex',
    ({ scriptSig }) => ifThere(parseP2pkhScriptSig(scriptSig)?.signature),
    bytes,
    (part, signature) => ({ ...part, scriptSig: p2pkhScriptSig(signature, shownBy(part).publicKey) }),
  ),
  cell(
    'publicKey',
    'hex',
    ({ scriptSig }) => ifThere(parseP2pkhScriptSig(scriptSig)?.publicKey),
    bytes,
    (part, publicKey) => ({ ...part, scriptSig: p2pkhScriptSig(shownBy(part).signature, publicKey) }),
  ),
  cell(
    'scriptSig',
    'hex',
    (part) => hexText(part.scriptSig),
    bytes,
    (part, scriptSig) => ({ ...part, scriptSig }),
  ),
  cell(
    'sequence',
    'uint32',
    ({ sequence }) => `0x${sequence.toString(16).padStart(8, '0')}`,
    uint32Of,
    (part, sequence) => ({ ...part, sequence }),
  ),
];

const OUTPUT: readonly Cell<TransactionOutput>[] = [
  cell(
    'value',
    'amount',
    ({ value }) => value.toString(),
    amountOf,
    (part, value) => ({ ...part, value }),
  ),
  cell(
    'address',
    'address',
    ({ scriptPubKey }) => ownerOfScript(scriptPubKey),
    scriptOfText,
    (part, scriptPubKey) => ({ ...part, scriptPubKey }),
  ),
  cell(
    'scriptPubKey',
    'hex',
    (part) => hexText(part.scriptPubKey),
    bytes,
    (part, scriptPubKey) => ({ ...part, scriptPubKey }),
  ),
];

export function headerFields(lab: LabBlock): LabField[] {
  return fieldsOf('header', HEADER, lab.block.header, lab.real?.header, (header) => withHeader(lab, header));
}

export function transactionFields(lab: LabBlock, index: number): LabField[] {
  const { transaction, original } = transactionAt(lab, index);
  if (transaction === undefined) return [];
  return fieldsOf(`tx.${index}`, TRANSACTION, transaction, original, (next) => withTransaction(lab, index, next));
}

export function inputFields(lab: LabBlock, index: number, input: number): LabField[] {
  const { transaction, original } = transactionAt(lab, index);
  const part = transaction?.inputs[input];
  if (transaction === undefined || part === undefined) return [];
  const cells = isCoinbase(transaction) ? INPUT.filter(({ name }) => !OF_SIGNERS.has(name)) : INPUT;
  return fieldsOf(`tx.${index}.in.${input}`, cells, part, original?.inputs[input], (next) =>
    withTransaction(lab, index, { ...transaction, inputs: transaction.inputs.with(input, next) }),
  );
}

export function outputFields(lab: LabBlock, index: number, output: number): LabField[] {
  const { transaction, original } = transactionAt(lab, index);
  const part = transaction?.outputs[output];
  if (transaction === undefined || part === undefined) return [];
  return fieldsOf(`tx.${index}.out.${output}`, OUTPUT, part, original?.outputs[output], (next) =>
    withTransaction(lab, index, { ...transaction, outputs: transaction.outputs.with(output, next) }),
  );
}

const OF_SIGNERS = new Set(['signature', 'publicKey']);

function fieldsOf<Part>(
  place: string,
  cells: readonly Cell<Part>[],
  part: Part,
  original: Part | undefined,
  placed: (part: Part) => LabBlock,
): LabField[] {
  return cells.flatMap(({ name, kind, show, put }) => {
    const text = show(part);
    if (text === undefined) return [];
    const write = (next: string) => {
      const written = put(part, next);
      return written && placed(written);
    };
    const changed = original === undefined || show(original) !== text;
    return [{ key: `${place}.${name}`, name, kind, text, changed, write }];
  });
}

function transactionAt({ block, real, origins }: LabBlock, index: number) {
  const origin = origins[index];
  return {
    transaction: block.transactions[index],
    original: origin === undefined ? undefined : real?.transactions[origin],
  };
}

const ifThere = (found: Uint8Array | undefined): string | undefined => found && hexText(found);

function spending(input: TransactionInput, changes: Partial<TransactionInput['prevout']>): TransactionInput {
  return { ...input, prevout: { ...input.prevout, ...changes } };
}

function shownBy({ scriptSig }: TransactionInput) {
  return parseP2pkhScriptSig(scriptSig) ?? { signature: new Uint8Array(0), publicKey: new Uint8Array(0) };
}

function scriptOfText(text: string): Uint8Array | undefined {
  const decoded = decodeAddress(text.trim(), ADDRESS_VERSION);
  return decoded.ok ? p2pkhScript(decoded.hash160) : undefined;
}
