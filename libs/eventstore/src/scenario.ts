/**
 * Given, when, then for pure domain tests: events that have happened, commands that arrive (several make a batch
 * against one evolving state), the events and replies that must come of them. For tests only; knows no test runner.
 * It is called `thenEvents` and not `then`, because an object with a `then` is taken for a promise.
 */
import assert from 'node:assert/strict';
import type { NewEvent } from './event.ts';
import type { Decision } from './writer.ts';

export interface Rules<Command, State, Reply, Event> {
  /** The state before the given events, made anew for every scenario. */
  initial: () => State;
  /** Takes an event into the state, in place. */
  evolve: (state: State, event: Event) => void;
  decide: (command: Command, state: State) => Decision<Reply>;
}

interface Fact {
  type: string;
  data: unknown;
}

export interface Given<Command, State, Reply, Event> {
  given: (...events: Event[]) => When<Command, State, Reply>;
  when: When<Command, State, Reply>['when'];
}

export interface When<Command, State, Reply> {
  when: (...commands: Command[]) => Outcome<State, Reply>;
}

export class Outcome<State, Reply> {
  readonly decisions: Decision<Reply>[];
  readonly state: State;

  constructor(decisions: Decision<Reply>[], state: State) {
    this.decisions = decisions;
    this.state = state;
  }

  /** What all commands have led to, in order. */
  get events(): NewEvent[] {
    return this.decisions.flatMap(({ events }) => events);
  }

  /** All events, in order, with exactly these types and data. Throws AssertionError with the difference. */
  thenEvents(...expected: Fact[]): this {
    const actual = this.events.map(({ type, data }) => ({ type, data }));
    assert.deepStrictEqual(actual, expected, difference('events', actual, expected));
    return this;
  }

  thenNothing(): this {
    return this.thenEvents();
  }

  /** The last command's reply; of an object only the fields named here are compared. */
  thenReply(expected: Partial<Reply>): this {
    return this.thenReplies(...this.decisions.slice(0, -1).map(({ reply }) => reply), expected);
  }

  /** Every command's reply, in order; of objects only the fields named here are compared. */
  thenReplies(...expected: Partial<Reply>[]): this {
    const actual = this.decisions.map(({ reply }, index) => fieldsLike(expected[index], reply));
    assert.deepStrictEqual(actual, expected, difference('replies', actual, expected));
    return this;
  }
}

/** Begins a scenario of these rules; without `given` nothing has happened yet. */
export function scenario<Command, State, Reply, Event>(
  rules: Rules<Command, State, Reply, Event>,
): Given<Command, State, Reply, Event> {
  const after = (events: Event[]): When<Command, State, Reply> => ({
    when(...commands) {
      const state = rules.initial();
      for (const event of events) rules.evolve(state, event);
      return new Outcome(
        commands.map((command) => rules.decide(command, state)),
        state,
      );
    },
  });
  return { given: (...events) => after(events), when: after([]).when };
}

/** The fields of `actual` that `expected` has; `actual` itself where they cannot be compared field by field. */
function fieldsLike(expected: unknown, actual: unknown): unknown {
  if (!isRecord(expected) || !isRecord(actual)) return actual;
  const found = Object.keys(expected).filter((name) => name in actual);
  return Object.fromEntries(found.map((name) => [name, fieldsLike(expected[name], actual[name])]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function difference(what: string, actual: unknown, expected: unknown): string {
  return `other ${what} than expected\nexpected: ${show(expected)}\n  actual: ${show(actual)}`;
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part), 2);
}
