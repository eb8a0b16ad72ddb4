/** Hashes a second in the unit in which people say them. Pure; the number is written by the caller's language. */

const UNITS = ['H/s', 'kH/s', 'MH/s', 'GH/s', 'TH/s'] as const;

export interface Rate {
  readonly value: number;
  readonly unit: (typeof UNITS)[number];
}

/** With a value below a thousand, where there is a unit for it. */
export function rateIn(hashesPerSecond: number): Rate {
  let [value, place] = [hashesPerSecond, 0];
  for (; value >= 1_000 && place < UNITS.length - 1; place++) value /= 1_000;
  return { value, unit: UNITS[place] ?? 'H/s' };
}
