/**
 * What can go wrong when the gateway is asked: it says no (a problem with Bitcoin's word in `code`, the values behind it
 * in `details`), or nobody answers. One class, so that every page shows both the same way.
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

export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP's, `UNREACHABLE` where no answer came. */
  readonly status: number;
  readonly code: string;
  readonly details: RefusalDetails | undefined;

  constructor(status: number, { code = 'unreachable', detail = '', details }: ProblemBody) {
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

/** Whatever was thrown, as an ApiError; what was aborted stays what it is. */
export function apiErrorOf(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  return new ApiError(UNREACHABLE, { detail: thrown instanceof Error ? thrown.message : String(thrown) });
}

export function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'AbortError';
}
