// What a signature signs: the legacy SIGHASH_ALL digest, the transaction with all input scripts empty
// but the one signed for, which holds the scriptPubKey of the coin spent.
// Only for P2PKH scripts: there is no OP_CODESEPARATOR to cut out.
import { doubleSha256 } from '@pocket/crypto';
import { ByteWriter, compactSizeBytes } from './byte-writer.ts';
import { SIGHASH_ALL } from './script.ts';
import { type Transaction, encodeTransaction } from './transaction.ts';

/** The 32-byte digest for one input and the scriptPubKey of the coin it spends. */
export type SignatureHasher = (inputIndex: number, scriptPubKey: Uint8Array) => Uint8Array;

const VERSION_BYTES = 4;
const OUTPOINT_BYTES = 36;
/** Outpoint, empty script, sequence. */
const EMPTY_INPUT_BYTES = 41;
const NO_SCRIPT = new Uint8Array(0);
/** Where the bytes to be hashed are put together, again and again; between two calls nothing in it counts. */
const preimage = new ByteWriter();

/** The digest an input's signature signs. Throws RangeError for an index the transaction does not have. */
export function signatureHash(transaction: Transaction, inputIndex: number, scriptPubKey: Uint8Array): Uint8Array {
  return signatureHasherOf(transaction)(inputIndex, scriptPubKey);
}

/**
 * The digests of all inputs of a transaction. It is serialized once with empty scripts; per input the one script is
 * put in. (Copying and hashing stay quadratic in the number of inputs: that is the format.)
 */
export function signatureHasherOf(transaction: Transaction): SignatureHasher {
  const { version, outputs, lockTime } = transaction;
  const inputs = transaction.inputs.map(({ prevout, sequence }) => ({ prevout, scriptSig: NO_SCRIPT, sequence }));
  const bytes = encodeTransaction({ version, inputs, outputs, lockTime });
  const firstInput = VERSION_BYTES + compactSizeBytes(inputs.length);
  return (inputIndex, scriptPubKey) => {
    if (inputs[inputIndex] === undefined) throw new RangeError(`transaction: there is no input ${inputIndex}`);
    const script = firstInput + inputIndex * EMPTY_INPUT_BYTES + OUTPOINT_BYTES;
    preimage.restart().raw(bytes.subarray(0, script)).sized(scriptPubKey);
    preimage.raw(bytes.subarray(script + 1)).uint32(SIGHASH_ALL);
    return doubleSha256(preimage.written());
  };
}
