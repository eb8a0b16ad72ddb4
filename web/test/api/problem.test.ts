/** What went wrong is told as what it was: the gateway away, the gateway's no, or the page's own fault. */
import { describe, expect, it } from 'vitest';
import { ApiError, apiErrorOf, OWN_PROBLEM, reached, UNREACHABLE } from '../../src/api/problem.ts';

describe('what is thrown', () => {
  it('is the gateway away where an answer does not come or cannot be read, and passes', async () => {
    const error = await reached(Promise.reject(new TypeError('Failed to fetch'))).catch(apiErrorOf);
    expect(error).toMatchObject({
      status: UNREACHABLE,
      code: 'unreachable',
      message: 'Failed to fetch',
      passing: true,
    });
  });

  it("is the page's own where no answer was waited for, and does not pass by itself", () => {
    const error = apiErrorOf(new Error('the branch is longer than 100 blocks'));
    expect(error).toMatchObject({ status: OWN_PROBLEM, code: 'page-error', passing: false });
    expect(error.message).toBe('the branch is longer than 100 blocks');
  });

  it('stays what it is where the gateway said no, and where it was broken off', async () => {
    const no = new ApiError(404, { code: 'not-found', detail: 'no block ab' });
    expect(apiErrorOf(no)).toBe(no);
    const abort = new DOMException('broken off', 'AbortError');
    await expect(reached(Promise.reject(abort))).rejects.toBe(abort);
  });
});
