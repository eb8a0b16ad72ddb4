/** How fast a rewound stand plays: so many events a second, in as many steps as an eye and a gateway can follow. Pure. */

/** Events a second that can be chosen. */
export const SPEEDS = [1, 4, 20, 100] as const;
export type Speed = (typeof SPEEDS)[number];

export interface Pace {
  /** Events that are passed over at once. */
  stride: number;
  /** Between two steps, milliseconds. */
  pauseMs: number;
}

const SHORTEST_PAUSE_MS = 250;

export function paceOf(speed: Speed): Pace {
  const pauseMs = Math.max(1_000 / speed, SHORTEST_PAUSE_MS);
  return { stride: Math.max(1, Math.round((speed * pauseMs) / 1_000)), pauseMs };
}
