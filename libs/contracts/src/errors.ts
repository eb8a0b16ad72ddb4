/**
 * The error catalogue: every refusal of ours that is not one of Bitcoin's reject reasons, with its HTTP status, what
 * it means and what to do. Bitcoin's words (`bad-txns-inputs-missingorspent`, …) keep their own code and are 422.
 * The shape on the wire is problem+json (RFC 9457).
 */
import Type, { type Static } from 'typebox';

export const errorCatalog = {
  'invalid-request': { status: 400, title: 'The request is malformed', remedy: 'Correct what the detail names.' },
  'unknown-cursor': {
    status: 400,
    title: 'No log has such a place',
    remedy: 'Use a cursor that an answer has given, or 0 for the beginning.',
  },
  'invalid-address': {
    status: 400,
    title: 'That is no address of this network',
    remedy: 'Use a Base58Check P2PKH address.',
  },
  'operators-only': {
    status: 401,
    title: 'Only operators may do this',
    remedy: 'Send the user operator and the password, as HTTP Basic.',
  },
  'administration-closed': {
    status: 403,
    title: 'Nobody may do this here',
    remedy: 'Set what the detail names, or let the gateway listen on loopback only.',
  },
  'not-found': { status: 404, title: 'There is no such thing here', remedy: 'Check the path and the identifier.' },
  'unknown-moment': {
    status: 404,
    title: 'That moment has not come',
    remedy: 'Ask for a height up to the tip, or a position up to the head of its log.',
  },
  'unknown-wallet': {
    status: 404,
    title: 'No wallet of this system has that address',
    remedy: 'Create it with POST /api/new_wallet.',
  },
  'no-dead-letter': {
    status: 404,
    title: 'No event waits there to be applied',
    remedy: 'See GET /v1/dead-letters for those that do.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The path exists, the method does not',
    remedy: 'Use a method of the Allow header.',
  },
  'chain-already-started': {
    status: 409,
    title: 'The chain has blocks already',
    remedy: 'Pass startOver to begin a new chain.',
  },
  'genesis-block': {
    status: 409,
    title: 'The first block of a chain cannot be invalidated',
    remedy: 'Start a new chain instead.',
  },
  'stale-template': {
    status: 409,
    title: 'The tip moved while the block was searched',
    remedy: 'Ask again; a new template is made.',
  },
  'wallet-locked': {
    status: 409,
    title: 'The wallet waits for its last payment',
    remedy: 'Mine a block that confirms it.',
  },
  'payload-too-large': { status: 413, title: 'The body is above the limit', remedy: 'Send at most the limit.' },
  'unsupported-media-type': { status: 415, title: 'The content type is not JSON', remedy: 'Send application/json.' },
  'not-in-pool': {
    status: 422,
    title: 'A transaction of the block does not wait in the pool',
    remedy: 'Send it with POST /v1/transactions, and name what it spends from too.',
  },
  'invalid-mode': {
    status: 422,
    title: 'That is no mode to mine in',
    remedy: 'Give the mode what the detail names, and nothing else.',
  },
  'watch-only-wallet': {
    status: 422,
    title: 'The private key of the wallet is not here',
    remedy: 'Import the chain with its secrets, or pay from another wallet.',
  },
  'insufficient-funds': {
    status: 422,
    title: 'The wallet owns too little',
    remedy: 'Send less, or mine to the wallet first.',
  },
  'too-many-inputs': {
    status: 422,
    title: 'The payment needs too many coins',
    remedy: 'Send less, or gather coins first.',
  },
  'block-refused': { status: 422, title: 'A consensus rule refused the block', remedy: 'See the rule in the detail.' },
  'transaction-refused': {
    status: 422,
    title: 'A rule refused the transaction',
    remedy: 'See the rule in the detail.',
  },
  'replay-failed': {
    status: 422,
    title: 'The event could not be applied this time either',
    remedy: 'Mend what the detail names, then replay it again.',
  },
  'internal-error': { status: 500, title: 'A fault of this service', remedy: 'See its log under the correlation id.' },
  'service-unavailable': {
    status: 503,
    title: 'A service or server cannot be reached',
    remedy: 'Ask again shortly; see /readyz.',
  },
  behind: {
    status: 503,
    title: 'The service has not yet seen the position asked for',
    remedy: 'Ask again after Retry-After.',
  },
  stopped: {
    status: 503,
    title: 'An event that could not be applied stops the service there',
    remedy: 'See GET /v1/dead-letters; mend its cause, then replay it.',
  },
  'newer-log': {
    status: 503,
    title: 'The log has an event that this version cannot read',
    remedy: 'Start the version that wrote it.',
  },
  'mining-timeout': {
    status: 504,
    title: 'No worker found a block in time',
    remedy: 'Start a miner worker, or ask again.',
  },
} as const satisfies Record<string, { status: number; title: string; remedy: string }>;

export type ErrorCode = keyof typeof errorCatalog;

/** The values behind a refusal: what was found, what would have passed, and where. */
export const RefusalDetails = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]));
export type RefusalDetails = Static<typeof RefusalDetails>;

export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.String(),
  remedy: Type.String(),
  details: Type.Optional(RefusalDetails),
});
export type Problem = Static<typeof Problem>;

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

/**
 * Builds the problem+json body of a catalogued error.
 * `code` overrides the catalogue's where a more exact word exists (one of Bitcoin's reject reasons).
 */
export function problem(error: ErrorCode, detail: string, code: string = error, details?: RefusalDetails): Problem {
  const { status, title, remedy } = errorCatalog[error];
  const body = { type: `urn:pocket:error:${error}`, title, status, code, detail, remedy };
  return details === undefined ? body : { ...body, details };
}
