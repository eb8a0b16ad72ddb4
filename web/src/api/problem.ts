/**
 * What can go wrong when the gateway is asked: it says no (a problem with Bitcoin's word in `code`, the values behind it
 * in `details`), nobody answers, or the page cannot do with the answer what it wants. One class, so that every page shows all
 * of them the same way.
 */
import type { RefusalDetails } from '@pocket/contracts';

export interface ProblemBody {
  title?: string;
  detail?: string;
  code?: string;
  status?: number;
  details?: RefusalDetails;
}

/** No answer came, or none that could be read. */
export const UNREACHABLE = 0;
/** Of a problem that is the page's own, whatever the gateway has answered. */
export const OWN_PROBLEM = -1;

export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP's, `UNREACHABLE` where no answer came, `OWN_PROBLEM`. */
  readonly status: number;
  readonly code: string;
  readonly details: RefusalDetails | undefined;

  constructor(status: number, { code = 'unknown', detail = '', details }: ProblemBody) {
    super(detail);
    this.status = status;
    this.code = code;
    this.details = details;
  }

  /** Whether asking again later may help. */
  get passing(): boolean {
    return this.status === UNREACHABLE || this.status >= 500;
  }
}

/** Whatever was thrown, as an ApiError: what did not come of asking is a problem of the page's own. */
export function apiErrorOf(thrown: unknown): ApiError {
  return thrown instanceof ApiError
    ? thrown
    : new ApiError(OWN_PROBLEM, { code: 'page-error', detail: textOf(thrown) });
}

/** What is asked or read, or an ApiError where that fails; what was aborted stays what it is. */
export async function reached<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw isAbort(error) ? error : new ApiError(UNREACHABLE, { code: 'unreachable', detail: textOf(error) });
  }
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

export function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'AbortError';
}
