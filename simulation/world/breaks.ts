/**
 * Deliberate faults of the simulation itself: each takes away one promise that the services rely on, or one duty of
 * theirs. A judge that does not notice is no judge.
 */
export const breaks = {
  'unguarded-checkpoint': 'a checkpoint moves from wherever it stands, so that an event may be applied twice',
  'unguarded-version': 'a stream may have two events of one version',
  'unguarded-memory': 'conditions on the tables are not asked',
  'torn-commit': 'a checkpoint is committed a little after the events that it belongs to',
  'lost-change': 'now and then a commit leaves out what it says of the tables',
  'lost-event': 'now and then a position of a log is left empty',
  'no-gap-filling': 'a log cannot be read by those who have missed a message',
  'no-waiting': 'nobody waits for the positions that a request asks for',
  'no-hand-over': 'a signed payment that did not reach the pool is not handed over again',
  'no-settling': 'a reorganization that was broken off is not gone on with',
} as const;

export type Break = keyof typeof breaks;
