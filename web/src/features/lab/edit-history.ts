/** What can be undone: states one behind the other, so many at most. Pure. */

export interface EditHistory<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
}

const MOST_STEPS = 200;

export function beginning<T>(present: T): EditHistory<T> {
  return { past: [], present, future: [] };
}

export function changed<T>({ past, present }: EditHistory<T>, next: T): EditHistory<T> {
  return { past: [...past, present].slice(-MOST_STEPS), present: next, future: [] };
}

/** The present made another one without a step of its own: what goes on by itself is undone at once. */
export function goneOn<T>(history: EditHistory<T>, next: T): EditHistory<T> {
  return { ...history, present: next };
}

export function undone<T>(history: EditHistory<T>): EditHistory<T> {
  const last = history.past.at(-1);
  if (last === undefined) return history;
  return { past: history.past.slice(0, -1), present: last, future: [history.present, ...history.future] };
}

export function redone<T>(history: EditHistory<T>): EditHistory<T> {
  const [next, ...future] = history.future;
  if (next === undefined) return history;
  return { past: [...history.past, history.present], present: next, future };
}
