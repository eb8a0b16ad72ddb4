// What a signature signs: the legacy SIGHASH_ALL digest, the transaction with all input scripts empty
// but the one signed for, which holds the scriptPubKey of the coin spent.
// Only for P2PKH scripts: there is no OP_CODESEPARATOR to cut out.
import { doubleSha256 } from '@pocket/crypto';
import { ByteWriter } from './byte-writer.ts';
import { SIGHASH_ALL } from './script.ts';
import { type Transaction, encodeTransaction } from './transaction.ts';

/** The 32-byte digest for one input and the scriptPubKey of the coin it spends. */
export type SignatureHasher = (inputIndex: number, scriptPubKey: Uint8Array) => Uint8Array;

const VERSION_BYTES = 4;
const OUTPOINT_BYTES = 36;
/** Outpoint, empty script, sequence. */
const EMPTY_INPUT_BYTES = 41;

/** The digest an input's signature signs. Throws RangeError for an index the transaction does not have. */
export function signatureHash(transaction: Transaction, inputIndex: number, scriptPubKey: Uint8Array): Uint8Array {
  return signatureHasherOf(transaction)(inputIndex, scriptPubKey);
}

/**
 * The digests of all inputs of a transaction. It is serialized once with empty scripts; per input nothing is copied,
 * the bytes before and behind the script are hashed where they stand. (The hashing itself stays quadratic in the
 * number of inputs: that is the format.)
 */
export function signatureHasherOf(transaction: Transaction): SignatureHasher {
  const inputs = transaction.inputs.map((input) => ({ ...input, scriptSig: new Uint8Array(0) }));
  const bytes = encodeTransaction({ ...transaction, inputs });
  const firstInput = VERSION_BYTES + new ByteWriter().compactSize(inputs.length).bytes().length;
  const hashType = new ByteWriter().uint32(SIGHASH_ALL).bytes();
  return (inputIndex, scriptPubKey) => {
    if (inputs[inputIndex] === undefined) throw new RangeError(`transaction: there is no input ${inputIndex}`);
    const script = firstInput + inputIndex * EMPTY_INPUT_BYTES + OUTPOINT_BYTES;
    const sized = new ByteWriter().sized(scriptPubKey).bytes();
    return doubleSha256(bytes.subarray(0, script), sized, bytes.subarray(script + 1), hashType);
  };
}
