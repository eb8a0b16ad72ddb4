/**
 * What goes wrong, and how often. Every seed draws which kinds it knows and how hard they strike, so that some seeds are
 * calm but for one thing, and some have everything at once (swarm testing: Groce and others, ISSTA 2012).
 */
import type { Chance } from './chance.ts';
import type { Trace } from './trace.ts';

/** How often a kind strikes in a thousand opportunities, in a seed of middling hardness. */
const USUAL_PER_MILLE = {
  /** Postgres: a statement that never arrives, one whose answer is lost though it was done, and a slow one. */
  'statement lost': 8,
  'commit answer lost': 12,
  'statement delayed': 25,
  /** JetStream and core NATS. */
  'message dropped': 80,
  'message repeated': 80,
  'message delayed': 100,
  'acknowledgement lost': 50,
  'publish lost': 20,
  'publish answer lost': 20,
  'signal lost': 100,
  /** HTTP. */
  'call lost': 12,
  'answer lost': 12,
  'call delayed': 25,
  /** The workers. */
  'search failed': 10,
  'search timed out': 5,
} as const;

/** Those that befall a whole program: how often each is chosen when one is. */
const USUAL_WEIGHTS = {
  crash: 10,
  'leader replaced': 10,
  'database away': 4,
  'bus away': 3,
  'bus wiped': 3,
  'clock jumped': 3,
} as const;

export type PassingFault = keyof typeof USUAL_PER_MILLE;
export type Calamity = keyof typeof USUAL_WEIGHTS;
export type FaultKind = PassingFault | Calamity;

/** An error that was asked for: whoever meets it may fail. */
export class InflictedError extends Error {
  override name = 'InflictedError';
}

export class Faults {
  readonly counts = new Map<FaultKind, number>();
  readonly #chance: Chance;
  readonly #trace: Trace;
  readonly #perMille: Record<PassingFault, number>;
  readonly #calamities: readonly Calamity[];
  #peace = false;

  constructor(chance: Chance, trace: Trace) {
    this.#chance = chance;
    this.#trace = trace;
    const hardness = chance.pick([0, 100, 200, 400, 800]);
    const drawn = Object.entries(USUAL_PER_MILLE).map(([kind, usual]) => [kind, this.#rate(usual, hardness)]);
    this.#perMille = Object.fromEntries(drawn) as Record<PassingFault, number>;
    this.#calamities = this.#drawCalamities();
  }

  /** Whether this one goes wrong. @param on what it befalls, for the trace. */
  strikes(kind: PassingFault, on: string): boolean {
    if (this.#peace || !this.#chance.perMille(this.#perMille[kind])) return false;
    this.count(kind, on);
    return true;
  }

  count(kind: FaultKind, on: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    this.#trace.note(() => `fault: ${kind} (${on})`);
  }

  /** The next calamity; undefined in a seed without any. */
  nextCalamity(): Calamity | undefined {
    return this.#calamities.length === 0 ? undefined : this.#chance.pick(this.#calamities);
  }

  /** From now on nothing goes wrong any more. */
  end(): void {
    this.#peace = true;
  }

  /** A third of the kinds does not occur in a seed. */
  #rate(usual: number, hardnessPercent: number): number {
    if (this.#chance.perMille(333)) return 0;
    return Math.min(500, Math.round((usual * hardnessPercent * this.#chance.between(50, 200)) / 10_000));
  }

  #drawCalamities(): Calamity[] {
    return Object.entries(USUAL_WEIGHTS).flatMap(([kind, weight]) =>
      this.#chance.perMille(333) ? [] : Array.from({ length: weight }, () => kind as Calamity),
    );
  }
}
