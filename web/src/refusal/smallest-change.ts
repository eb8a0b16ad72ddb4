/**
 * The smallest change that would pass, computed from the values behind a refusal: how much less, how much more, how long to
 * wait, what to set instead. Every code of the catalogue has its answer here; the words are in the messages. Pure.
 */
import type { RefusalDetails } from '@pocket/contracts';
import type { RefusalCode } from './refusal-codes.ts';

/** Base units, a count, or what is told as it is. */
export type ChangeValue = { amount: bigint } | { number: number } | { text: string };

export interface SmallestChange {
  /** Which of the code's words says it. */
  word: string;
  values: Record<string, ChangeValue>;
  /** What decides between one and many. */
  count: number;
}

/** What is known of the thing that was refused, beside what the refusal tells. */
export interface Refused {
  sizeBytes?: number | undefined;
  /** A nonce that meets the target, where one was searched. */
  nonce?: number | undefined;
}

type Answer = (details: RefusalDetails, refused: Refused) => SmallestChange | undefined;

const LOCK_TIME_THRESHOLD = 500_000_000n;
const HASHES = 1n << 256n;
const MILLIONTHS = 1_000_000n;
const RATE_DECIMALS = 3;

/** @throws nothing: where a value is missing, the answer is the general one. */
export function smallestChange(code: RefusalCode, details: RefusalDetails = {}, refused: Refused = {}): SmallestChange {
  return ANSWERS[code](details, refused) ?? change('changeUnknown');
}

function change(word: string, values: SmallestChange['values'] = {}, count = 1): SmallestChange {
  return { word, values, count };
}

/** Nothing of it depends on a value. */
const always: Answer = () => change('change');

/** Says the named values as they are; undefined where one is missing. */
const telling =
  (...names: string[]): Answer =>
  (details) => {
    const values = told(details, names);
    return values && change('change', values);
  };

function told(details: RefusalDetails, names: readonly string[]): SmallestChange['values'] | undefined {
  const known = names.flatMap((name) => {
    const value = details[name];
    return value === undefined ? [] : [[name, { text: String(value) }] as const];
  });
  return known.length === names.length ? Object.fromEntries(known) : undefined;
}

/** The whole number in a value; the last one of `0 to 21`. */
function wholeIn(value: string | number | undefined): bigint | undefined {
  const digits = String(value ?? '')
    .match(/-?\d+/g)
    ?.at(-1);
  return digits === undefined ? undefined : BigInt(digits);
}

interface Bounds {
  found: bigint;
  limit: bigint;
}
function boundsIn({ found, expected }: RefusalDetails): Bounds | undefined {
  const [own, limit] = [wholeIn(found), wholeIn(expected)];
  return own === undefined || limit === undefined ? undefined : { found: own, limit };
}

/** An answer from what was found and the number that would have passed. */
const bounded =
  (answer: (bounds: Bounds, details: RefusalDetails, refused: Refused) => SmallestChange | undefined): Answer =>
  (details, refused) => {
    const bounds = boundsIn(details);
    return bounds && answer(bounds, details, refused);
  };

/** So many of something too much. */
const fewer = bounded(({ found, limit }, details) => {
  const input = told(details, ['input']) ?? {};
  const counts = { less: { number: Number(found - limit) }, found: { number: Number(found) } };
  return change('change', { ...counts, limit: { number: Number(limit) }, ...input });
});

/** So many base units too much, at the named places. */
const lower = (...places: string[]): Answer =>
  bounded(({ found, limit }, details) => {
    const where = told(details, places);
    return where && change('change', { amount: { amount: found - limit }, limit: { amount: limit }, ...where });
  });

const raise = bounded(({ found, limit }) =>
  change('change', { amount: { amount: limit - found }, limit: { amount: limit } }),
);

const atLeast = bounded(({ found, limit }) =>
  change('change', { limit: { text: String(limit) }, found: { text: String(found) } }),
);

const raiseToNothing: Answer = (details) => {
  const [value, where] = [wholeIn(details['found']), told(details, ['output'])];
  return value === undefined || where === undefined
    ? undefined
    : change('change', { amount: { amount: -value }, ...where });
};

const maturity = bounded(({ found, limit }) => {
  const wait = Number(limit - found);
  return change('change', { wait: { number: wait }, limit: { number: Number(limit) } }, wait);
});

/** A lock time is a height, or from a threshold on unix seconds; it must lie below what the chain has come to. */
const lockTime = bounded(({ found, limit }) => {
  const wait = Number(found - limit) + 1;
  const values = { wait: { number: wait }, wanted: { text: String(limit - 1n) } };
  return change(found < LOCK_TIME_THRESHOLD ? 'change' : 'changeTime', values, wait);
});

const coinbaseLength: Answer = ({ found, expected }) => {
  const [least, most] = String(expected).match(/\d+/g) ?? [];
  if (least === undefined || most === undefined || found === undefined) return undefined;
  const wanted = Number(found) < Number(least) ? least : most;
  return change('change', { wanted: { text: wanted }, found: { text: String(found) } });
};

const earliest = bounded(({ found, limit }) => time(limit + 1n, limit + 1n - found));
const latest = bounded(({ found, limit }) => time(limit, found - limit));

function time(wanted: bigint, seconds: bigint): SmallestChange {
  const values = { wanted: { text: String(wanted) }, seconds: { number: Number(seconds) } };
  return change('change', values, Number(seconds));
}

const parent: Answer = (details) => {
  const values = told(details, ['found', 'expected']);
  if (values === undefined) return undefined;
  return change(/^[0-9a-f]{64}$/.test(String(details['expected'])) ? 'change' : 'changeInvalid', values);
};

/** The hash is too high for the block's own target, or that target is too easy for the network. */
const work: Answer = ({ found, expected }, { nonce }) => {
  const bits = /0x[0-9a-f]{8}/.exec(String(expected))?.[0];
  if (bits !== undefined) return change('changeBits', { expected: { text: bits }, found: { text: String(found) } });
  const target = /[0-9a-f]{64}/.exec(String(expected))?.[0];
  if (target === undefined) return undefined;
  if (nonce !== undefined) return change('changeNonce', { nonce: { text: String(nonce) }, target: { text: target } });
  const hashes = Number(HASHES / (BigInt(`0x${target}`) + 1n));
  return change('change', { hashes: { number: hashes }, target: { text: target } });
};

const blockLength: Answer = (details, refused) =>
  details['found'] === 0 ? change('changeEmpty') : fewer(details, refused);

const version = bounded(({ found, limit }) => {
  const wanted = found < 1n ? 1n : limit;
  return change('change', { wanted: { text: String(wanted) }, found: { text: String(found) } });
});

const chainLength: Answer = (details, refused) => {
  const less = fewer(details, refused);
  if (less === undefined) return undefined;
  const { found, limit } = boundsIn(details) ?? { found: 1n, limit: 0n };
  const word = /bytes/.test(String(details['expected'])) ? 'changeBytes' : 'change';
  return { ...less, word, count: Number(found - limit) };
};

const replacementFee: Answer = (details, refused) =>
  rateToBeat(details, refused) ?? (/^at least/.test(String(details['expected'])) ? raise(details, refused) : undefined);

const fullPool: Answer = (details, refused) => {
  const rated = rateToBeat(details, refused);
  return rated?.word === 'changeRateSize' ? rated : telling('found', 'expected')(details, refused);
};

/** A rate per 1,000 bytes that must be exceeded: for a size that is known, the fee that does. */
function rateToBeat({ found, expected }: RefusalDetails, { sizeBytes }: Refused): SmallestChange | undefined {
  const rate = /^more than (?:the )?(\d+(?:\.\d+)?)/.exec(String(expected))?.[1];
  if (rate === undefined || found === undefined) return undefined;
  const values = { rate: { text: rate }, found: { text: String(found) } };
  if (sizeBytes === undefined) return change('changeRate', values);
  const size = BigInt(sizeBytes);
  const limit = (thousandths(rate) * size) / MILLIONTHS + 1n;
  const paid = (thousandths(String(found)) * size + MILLIONTHS - 1n) / MILLIONTHS;
  return change('changeRateSize', { amount: { amount: limit - paid }, limit: { amount: limit }, ...values });
}

function thousandths(rate: string): bigint {
  const [whole = '0', decimals = ''] = rate.split('.');
  return BigInt(whole + decimals.padEnd(RATE_DECIMALS, '0').slice(0, RATE_DECIMALS));
}

const funds = bounded(({ found, limit }) => {
  const values = { amount: { amount: found - limit }, limit: { amount: limit } };
  return change(limit === 0n ? 'changeNothing' : 'change', values);
});

const ANSWERS: Record<RefusalCode, Answer> = {
  ...{ 'invalid-request': always, 'unknown-cursor': always, 'invalid-address': always, 'not-found': always },
  ...{ 'operators-only': always, 'administration-closed': always },
  ...{ 'unknown-moment': telling('found', 'expected'), 'unknown-wallet': always, 'no-dead-letter': always },
  ...{ 'method-not-allowed': always, 'chain-already-started': always, 'genesis-block': always },
  ...{ 'stale-template': always, 'wallet-locked': always, 'payload-too-large': always },
  ...{ 'unsupported-media-type': always, 'not-in-pool': always, 'invalid-mode': always, 'watch-only-wallet': always },
  ...{ 'insufficient-funds': funds, 'too-many-inputs': always, 'block-refused': always },
  ...{ 'transaction-refused': always, 'replay-failed': always, 'internal-error': always },
  ...{ 'service-unavailable': always, behind: always, stopped: always, 'newer-log': always, 'mining-timeout': always },
  'tx-decode-failed': telling('found', 'expected'),
  'header-decode-failed': telling('found', 'expected'),
  'block-decode-failed': telling('found', 'expected'),
  'coins-decode-failed': telling('found', 'expected'),
  'bad-txns-vin-empty': always,
  'bad-txns-vout-empty': always,
  'bad-txns-oversize': fewer,
  'bad-txns-vout-negative': raiseToNothing,
  'bad-txns-vout-toolarge': lower('output'),
  'bad-txns-txouttotal-toolarge': lower(),
  'bad-txns-inputs-duplicate': telling('input', 'found'),
  'bad-cb-length': coinbaseLength,
  'bad-txns-prevout-null': telling('input'),
  scriptpubkey: telling('output'),
  'bad-txns-inputs-missingorspent': telling('input', 'found'),
  'bad-txns-premature-spend-of-coinbase': maturity,
  'bad-txns-inputvalues-outofrange': lower('input'),
  'bad-txns-in-belowout': lower(),
  'mandatory-script-verify-flag-failed': telling('input', 'expected'),
  'bad-txns-nonfinal': lockTime,
  'bad-prevblk': parent,
  'bad-diffbits': telling('found', 'expected'),
  'high-hash': work,
  'time-too-old': earliest,
  'time-too-new': latest,
  'bad-txnmrklroot': telling('expected'),
  'bad-txns-duplicate': telling('transaction', 'found'),
  'bad-blk-length': blockLength,
  'bad-cb-missing': telling('found'),
  'bad-cb-multiple': telling('transaction'),
  'bad-cb-height': telling('found', 'expected'),
  'bad-blk-sigops': fewer,
  'bad-version': atLeast,
  'prev-blk-not-found': telling('expected'),
  'duplicate-invalid': telling('found'),
  'bad-txns-BIP30': telling('transaction', 'found'),
  'bad-txns-accumulated-fee-outofrange': lower(),
  'bad-cb-amount': lower(),
  'wrong-chain': telling('found', 'expected'),
  ...{ coinbase: always, version },
  'tx-size': fewer,
  'scriptsig-size': fewer,
  'txn-already-known': always,
  'min relay fee not met': raise,
  'txn-mempool-conflict': telling('input', 'found', 'conflict'),
  'bad-txns-spends-conflicting-tx': telling('found'),
  'replacement-adds-unconfirmed': telling('found', 'input'),
  'too many potential replacements': fewer,
  'insufficient fee': replacementFee,
  'too-long-mempool-chain': chainLength,
  'mempool full': fullPool,
  ...{ replaced: always, expired: always, 'chain-started': always },
};
