/** How likely it is to have found a block after so many hashes, and that as a curve. Pure. */
export interface CurvePoint {
  hashes: number;
  /** From 0 to 1. */
  probability: number;
}

const POINTS = 60;
/** A curve that shows so many times the expected hashes has come to 98 %. */
const SHOWN_TIMES = 4;
/** What comes after now is shown too. */
const AHEAD = 1.15;

/** 1 - e^(-hashes / expected): each hash is a new throw, whatever came before. */
export function probabilityAfter(hashes: number, expectedHashes: number): number {
  return -Math.expm1(-hashes / expectedHashes);
}

/** From the first hash to well past the expected ones, and past now. */
export function probabilityCurve(hashes: number, expectedHashes: number): CurvePoint[] {
  const end = Math.max(SHOWN_TIMES * expectedHashes, AHEAD * hashes);
  return Array.from({ length: POINTS + 1 }, (_, index) => {
    const at = (end * index) / POINTS;
    return { hashes: at, probability: probabilityAfter(at, expectedHashes) };
  });
}
