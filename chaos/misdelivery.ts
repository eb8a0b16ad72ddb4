/**
 * What becomes of a message on a bad wire: it is lost, comes twice, or comes behind the next one. Replies and the
 * server's own words always pass as they are, so that only delivery misbehaves. No sockets here.
 */
import type { Random } from '@pocket/testkit/random';
import type { Frame } from './nats-frames.ts';

export type WireFaultKind = 'drop' | 'repeat' | 'reorder';

export interface WireFault {
  readonly kind: WireFaultKind;
  /** How many of a thousand messages it hits. */
  readonly permille: number;
  readonly random: Random;
}

/** The wire as it is now, for all connections together. */
export interface Wire {
  fault: WireFault | undefined;
  /** How many messages each kind of fault has hit so far. */
  readonly hits: Record<WireFaultKind, number>;
}

export function soundWire(): Wire {
  return { fault: undefined, hits: { drop: 0, repeat: 0, reorder: 0 } };
}

/** The server's side of one connection. */
export class Delivery {
  readonly #wire: Wire;
  readonly #isHittable: (subject: string) => boolean;
  #held: Frame | undefined;

  /** @param isHittable whether a message of this subject may misbehave. */
  constructor(wire: Wire, isHittable: (subject: string) => boolean) {
    this.#wire = wire;
    this.#isHittable = isHittable;
  }

  /** Whether a message waits for the next one to overtake it. */
  get holds(): boolean {
    return this.#held !== undefined;
  }

  /** What is to be sent on for this frame, in order. */
  pass(frame: Frame): Frame[] {
    if (frame.subject === undefined || !this.#isHittable(frame.subject)) return [frame];
    if (this.#held !== undefined) return [frame, ...this.release()];
    const { fault, hits } = this.#wire;
    if (fault === undefined || fault.random.below(1_000) >= fault.permille) return [frame];
    hits[fault.kind]++;
    if (fault.kind === 'repeat') return [frame, frame];
    if (fault.kind === 'reorder') this.#held = frame;
    return [];
  }

  /** The message that was held back: no other one came in time to overtake it. */
  release(): Frame[] {
    const held = this.#held;
    this.#held = undefined;
    return held === undefined ? [] : [held];
  }
}
