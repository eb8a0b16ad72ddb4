/** The given/when/then helper says yes only to what happened, and shows the difference otherwise. */
import { describe, expect, it } from 'vitest';
import { scenario } from '../src/scenario.ts';

interface Added {
  type: 'Added';
  data: { amount: number };
}
type Reply = { ok: true; total: number } | { ok: false; code: string };

const sums = scenario<number, { total: number }, Reply, Added>({
  initial: () => ({ total: 0 }),
  evolve: (state, { data }) => void (state.total += data.amount),
  decide(amount, state) {
    if (amount < 0) return { events: [], reply: { ok: false, code: 'negative' } };
    state.total += amount;
    const event = { stream: 'sum', type: 'Added', schemaVersion: 1, data: { amount } };
    return { events: [event], reply: { ok: true, total: state.total } };
  },
});
const added = (amount: number): Added => ({ type: 'Added', data: { amount } });

describe('scenario', () => {
  it('takes given events in, decides a batch against one state, and shows it', () => {
    const { state } = sums
      .given(added(1), added(2))
      .when(3, -1, 4)
      .thenEvents(added(3), added(4))
      .thenReplies({ ok: true, total: 6 }, { code: 'negative' }, { total: 10 })
      .thenReply({ total: 10 });
    expect(state).toEqual({ total: 10 });
  });

  it('begins anew every time', () => {
    const given = sums.given(added(1));
    given.when(1).thenReply({ total: 2 });
    given.when(1).thenReply({ total: 2 });
    sums.when(1).thenReply({ total: 1 });
  });

  it.each([
    ['other data', () => sums.when(1).thenEvents(added(2))],
    ['a missing event', () => sums.when(1).thenEvents(added(1), added(1))],
    ['an event too many', () => sums.when(1).thenNothing()],
    ['another reply', () => sums.when(1).thenReply({ total: 2 })],
    ['a field the reply does not have', () => sums.when(1).thenReply({ code: 'negative' })],
    ['a reply too few', () => sums.when(1, 2).thenReplies({ total: 1 })],
  ])('refuses %s', (_, check) => {
    expect(check).toThrow(/^other (events|replies) than expected\nexpected: [^]*\n {2}actual: /);
  });
});
