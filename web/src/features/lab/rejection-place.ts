/**
 * Where in the block a rule was broken, as keys of fields: what the rule's own details say, and for rules about one field of
 * the header that field. Pure.
 */
import type { RejectCode, Rejection } from '@pocket/chain';

const IN_HEADER: Partial<Record<RejectCode, string>> = {
  'high-hash': 'nonce',
  'bad-txnmrklroot': 'merkleRoot',
  'bad-prevblk': 'previousBlockHash',
  'prev-blk-not-found': 'previousBlockHash',
  'bad-diffbits': 'bits',
  'time-too-old': 'time',
  'time-too-new': 'time',
  'bad-version': 'version',
};

/** Of the transaction, the input or the output that the details name. */
const IN_TRANSACTION: Partial<Record<RejectCode, readonly string[]>> = {
  'bad-txns-nonfinal': ['lockTime'],
  'bad-cb-height': ['coinbaseHeight', 'in.0.scriptSig'],
  'bad-cb-length': ['in.0.scriptSig'],
  'bad-cb-amount': ['out.0.value'],
};
const IN_INPUT: Partial<Record<RejectCode, readonly string[]>> = {
  'mandatory-script-verify-flag-failed': ['signature', 'scriptSig'],
  'bad-txns-inputs-missingorspent': ['txid', 'vout'],
  'bad-txns-inputs-duplicate': ['txid', 'vout'],
  'bad-txns-prevout-null': ['txid', 'vout'],
  'bad-txns-premature-spend-of-coinbase': ['txid'],
};
const IN_OUTPUT: Partial<Record<RejectCode, readonly string[]>> = { scriptpubkey: ['address', 'scriptPubKey'] };

/** Empty where it is about the block as a whole. */
export function placesOf({ code, details }: Rejection): string[] {
  const field = code === 'high-hash' && !isHash(details.found) ? 'bits' : IN_HEADER[code];
  if (field !== undefined) return [`header.${field}`];
  const { transaction, input, output } = details;
  if (transaction === undefined) return [];
  const place = `tx.${transaction}`;
  if (input !== undefined) return (IN_INPUT[code] ?? ['txid']).map((name) => `${place}.in.${input}.${name}`);
  if (output !== undefined) return (IN_OUTPUT[code] ?? ['value']).map((name) => `${place}.out.${output}.${name}`);
  return (IN_TRANSACTION[code] ?? []).map((name) => `${place}.${name}`);
}

/** The transaction that the no is about; undefined for the block or its header. */
export function transactionOf({ details: { transaction } }: Rejection): number | undefined {
  return typeof transaction === 'number' ? transaction : undefined;
}

function isHash(found: string | number): boolean {
  return typeof found === 'string' && found.length === 64;
}
