// How this library says no: a value with one of Bitcoin's words for a code and one sentence for people.
// The four `*-decode-failed` codes are ours; Bitcoin has no word for bytes it cannot parse.

/** Every code a rule or codec of this library can answer with. */
export type RejectCode =
  | 'tx-decode-failed'
  | 'header-decode-failed'
  | 'block-decode-failed'
  | 'coins-decode-failed'
  | 'bad-txns-vin-empty'
  | 'bad-txns-vout-empty'
  | 'bad-txns-oversize'
  | 'bad-txns-vout-negative'
  | 'bad-txns-vout-toolarge'
  | 'bad-txns-txouttotal-toolarge'
  | 'bad-txns-inputs-duplicate'
  | 'bad-cb-length'
  | 'bad-txns-prevout-null'
  | 'scriptpubkey'
  | 'bad-txns-inputs-missingorspent'
  | 'bad-txns-premature-spend-of-coinbase'
  | 'bad-txns-inputvalues-outofrange'
  | 'bad-txns-in-belowout'
  | 'mandatory-script-verify-flag-failed'
  | 'bad-txns-nonfinal'
  | 'bad-prevblk'
  | 'bad-diffbits'
  | 'high-hash'
  | 'time-too-old'
  | 'time-too-new'
  | 'bad-txnmrklroot'
  | 'bad-txns-duplicate'
  | 'bad-blk-length'
  | 'bad-cb-missing'
  | 'bad-cb-multiple'
  | 'bad-cb-height'
  | 'bad-blk-sigops'
  | 'bad-version'
  | 'prev-blk-not-found'
  | 'duplicate-invalid'
  | 'bad-txns-BIP30'
  | 'bad-txns-accumulated-fee-outofrange'
  | 'bad-cb-amount';

/** The values behind a no, for programs: the offending one, what would have passed, and where it is (input, output, …). */
export interface RejectionDetails {
  readonly found: string | number;
  readonly expected: string | number;
  readonly [place: string]: string | number;
}

/** A rule's no. `message` is one sentence for people that names both values of `details`. */
export interface Rejection {
  readonly ok: false;
  readonly code: RejectCode;
  readonly message: string;
  readonly details: RejectionDetails;
}

/** A rule's yes, where there is nothing more to say. */
export interface Accepted {
  readonly ok: true;
}

export const ACCEPTED: Accepted = { ok: true };

/** Builds a rejection. */
export function reject(code: RejectCode, message: string, details: RejectionDetails): Rejection {
  return { ok: false, code, message, details };
}

/** The rejection of a transaction, with its place in the block. */
export function inTransaction(transaction: number, { code, message, details }: Rejection): Rejection {
  return reject(code, `transaction ${transaction}: ${message}`, { ...details, transaction });
}
