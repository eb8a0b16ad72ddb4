/*
 * The one error of the SDK: what the gateway refused, or why there is no answer. Told apart by `kind`.
 */

/**
 * A call that did not succeed.
 * `kind`: the original's words (`Request`, `Pool`, `Address`, `Units`), a code of the `/v1` calls
 * (`chain-already-started`), or one of the SDK's own: `Unreachable` (no answer came), `Answer` (an answer that is not
 * of the contract), `Inexact` (a value that a JavaScript number of whole units cannot hold).
 * `text`: a sentence for a person. `status`: the HTTP status, `undefined` when no answer came.
 */
export class PocketError extends Error {
  override readonly name = 'PocketError';
  readonly kind: string;
  readonly text: string;
  readonly status: number | undefined;

  constructor(kind: string, text: string, status?: number, options?: ErrorOptions) {
    super(`${kind}: ${text}`, options);
    this.kind = kind;
    this.text = text;
    this.status = status;
  }
}
