/** Who leads each service: one replica, by a lock that dies with its holder. The one before may learn of it late. */
import type { Chance } from './chance.ts';
import { pause } from './time.ts';

export interface Candidate {
  readonly isReady: boolean;
  lead(): void;
  stopLeading(): void;
}

const NOTICED_WITHIN_MS = 1_500;
const TAKEN_OVER_WITHIN_MS = 1_000;

export class Leaders<C extends Candidate> {
  readonly #chance: Chance;
  readonly #replicas: readonly C[];
  #leader: C | undefined;
  #electing = false;

  constructor(chance: Chance, replicas: readonly C[]) {
    this.#chance = chance;
    this.#replicas = replicas;
  }

  get leader(): C | undefined {
    return this.#leader;
  }

  /** A replica is ready, or has died: where nobody leads, somebody will soon. */
  look(): void {
    if (this.#leader?.isReady === true || this.#electing) return;
    this.#leader = undefined;
    this.#electing = true;
    void this.#electSoon();
  }

  /** Another one leads from now on. The former leader goes on for a while as if it still did. */
  replace(): void {
    const former = this.#leader;
    const others = this.#replicas.filter((replica) => replica !== former && replica.isReady);
    if (former === undefined || others.length === 0) return;
    this.#appoint(this.#chance.pick(others));
    setTimeout(() => {
      if (this.#leader !== former) former.stopLeading();
    }, this.#chance.below(NOTICED_WITHIN_MS));
  }

  async #electSoon(): Promise<void> {
    await pause(this.#chance.below(TAKEN_OVER_WITHIN_MS));
    this.#electing = false;
    const ready = this.#replicas.filter(({ isReady }) => isReady);
    if (ready.length > 0 && this.#leader === undefined) this.#appoint(this.#chance.pick(ready));
  }

  #appoint(replica: C): void {
    this.#leader = replica;
    replica.lead();
  }
}
