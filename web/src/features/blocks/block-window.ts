/** Which heights are asked for when some rows of the list, newest first, are in sight. Pure. */

export interface HeightRange {
  from: number;
  limit: number;
}

/** Whole steps, so that scrolling a little asks for nothing new. */
const STEP = 25;

/** @param first, last rows in sight, from 0, the tip's. */
export function heightsInSight(tip: number, first: number, last: number): HeightRange {
  const highest = Math.max(0, tip - first);
  const lowest = Math.max(0, tip - last);
  const from = Math.floor(lowest / STEP) * STEP;
  const until = (Math.floor(highest / STEP) + 1) * STEP;
  return { from, limit: until - from };
}
