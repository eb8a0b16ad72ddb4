/** The system serves again: everything is ready, replicas agree, nothing is left aside, nothing has crashed. */
import type { Evidence } from '../evidence.ts';
import type { Breach, Finding } from '../finding.ts';
import { breachesOf } from '../finding.ts';

export function everythingIsReady({ missing }: Pick<Evidence, 'missing'>): Finding {
  const all = Object.entries(missing);
  return {
    invariant: 'ready',
    says: '/readyz of everything is true',
    count: all.length,
    detail: `${all.length} processes`,
    breaches: breachesOf(all.flatMap(([name, parts]) => parts.map((part) => `${name} misses ${part}`))),
  };
}

export function replicasAgree({ questions }: Pick<Evidence, 'questions'>): Finding {
  const breaches = questions.flatMap(({ path, answers }) => {
    const [[first, text] = ['', ''], ...others] = Object.entries(answers);
    return others
      .filter(([, other]) => other !== text)
      .map(([name, other]) => `${path}: ${first} and ${name} differ ${differenceOf(text, other)}`);
  });
  const answers = questions.reduce((sum, one) => sum + Object.keys(one.answers).length, 0);
  return {
    invariant: 'replicas-agree',
    says: 'all replicas of a service answer the same',
    count: questions.length,
    detail: `${questions.length} questions, ${answers} answers`,
    breaches: breachesOf(breaches),
  };
}

const SHOWN = 80;

function differenceOf(left: string, right: string): string {
  let place = 0;
  while (place < left.length && left[place] === right[place]) place++;
  const from = Math.max(0, place - SHOWN / 2);
  return `from letter ${from} on: ${left.slice(from, from + SHOWN)} … and ${right.slice(from, from + SHOWN)} …`;
}

export function nothingIsLeftAside({ deadLetters }: Pick<Evidence, 'deadLetters'>): Finding {
  const all = Object.entries(deadLetters);
  return {
    invariant: 'no-dead-letters',
    says: 'there is no dead letter',
    count: all.length,
    detail: `${all.length} services`,
    breaches: breachesOf(
      all.flatMap(([service, letters]) =>
        letters.map(
          ({ source, position, error }) => `${service} left position ${position} of ${source} aside: ${error}`,
        ),
      ),
    ),
  };
}

/** Losing a server is no reason to die. */
export function nothingCrashed({ crashes }: Pick<Evidence, 'crashes'>): Finding {
  return {
    invariant: 'no-crash',
    says: 'no process has ended but by our hand',
    count: crashes.length,
    detail: `${crashes.length} crashes`,
    breaches: crashes.map(({ name, how, atMs }): Breach => ({ text: `${name} ended by itself (${how})`, atMs })),
  };
}

/** A client may be told that something is away, never that there is a fault inside. */
export function nothingFailedInside({ calls }: Pick<Evidence, 'calls'>): Finding {
  const answered = calls.filter(({ status }) => status !== undefined);
  const faults = answered.filter(({ status }) => status === 500);
  return {
    invariant: 'no-inner-fault',
    says: 'no client was answered with 500: a server that is away is a 503',
    count: answered.length,
    detail: `${answered.length} answers`,
    breaches: faults.map(({ kind, correlationId, outcome, atMs }): Breach => {
      const reason = outcome.kind === 'accepted' ? '' : outcome.reason;
      return { text: `${kind} ${correlationId}: ${reason}`, atMs };
    }),
  };
}
