/**
 * The codes of everything that refuses, by the sections of docs/errors.md, which a test holds against both: ours, and the words
 * of the rules, Bitcoin's where Bitcoin has one. Names alone, for the catalogue itself would bring its schemas into the browser.
 */
export const OUR_CODES = [
  'invalid-request',
  'unknown-cursor',
  'invalid-address',
  'operators-only',
  'administration-closed',
  'not-found',
  'unknown-moment',
  'unknown-wallet',
  'no-dead-letter',
  'method-not-allowed',
  'chain-already-started',
  'genesis-block',
  'stale-template',
  'wallet-locked',
  'payload-too-large',
  'unsupported-media-type',
  'not-in-pool',
  'invalid-mode',
  'watch-only-wallet',
  'insufficient-funds',
  'too-many-inputs',
  'block-refused',
  'transaction-refused',
  'replay-failed',
  'internal-error',
  'service-unavailable',
  'behind',
  'stopped',
  'newer-log',
  'mining-timeout',
] as const;

export const RULE_CODES = [
  'tx-decode-failed',
  'header-decode-failed',
  'block-decode-failed',
  'coins-decode-failed',
  'bad-txns-vin-empty',
  'bad-txns-vout-empty',
  'bad-txns-oversize',
  'bad-txns-vout-negative',
  'bad-txns-vout-toolarge',
  'bad-txns-txouttotal-toolarge',
  'bad-txns-inputs-duplicate',
  'bad-cb-length',
  'bad-txns-prevout-null',
  'scriptpubkey',
  'bad-txns-inputs-missingorspent',
  'bad-txns-premature-spend-of-coinbase',
  'bad-txns-inputvalues-outofrange',
  'bad-txns-in-belowout',
  'mandatory-script-verify-flag-failed',
  'bad-txns-nonfinal',
  'bad-prevblk',
  'bad-diffbits',
  'high-hash',
  'time-too-old',
  'time-too-new',
  'bad-txnmrklroot',
  'bad-txns-duplicate',
  'bad-blk-length',
  'bad-cb-missing',
  'bad-cb-multiple',
  'bad-cb-height',
  'bad-blk-sigops',
  'bad-version',
  'prev-blk-not-found',
  'duplicate-invalid',
  'bad-txns-BIP30',
  'bad-txns-accumulated-fee-outofrange',
  'bad-cb-amount',
  'wrong-chain',
  'coinbase',
  'version',
  'tx-size',
  'scriptsig-size',
  'txn-already-known',
  'min relay fee not met',
  'txn-mempool-conflict',
  'bad-txns-spends-conflicting-tx',
  'replacement-adds-unconfirmed',
  'too many potential replacements',
  'insufficient fee',
  'too-long-mempool-chain',
  'mempool full',
  'replaced',
  'expired',
  'chain-started',
] as const;

export type RefusalCode = (typeof OUR_CODES)[number] | (typeof RULE_CODES)[number];
export type Section = 'ours' | 'rules';

/** Where the catalogue has the code; undefined for one that it does not have. */
export function sectionOf(code: string): Section | undefined {
  if ((OUR_CODES as readonly string[]).includes(code)) return 'ours';
  return (RULE_CODES as readonly string[]).includes(code) ? 'rules' : undefined;
}

/** As a key of the words: some of Bitcoin's words have spaces. */
export const wordKeyOf = (code: string): string => `refusal.codes.${code.replace(/[^A-Za-z0-9]+/g, '-')}`;
