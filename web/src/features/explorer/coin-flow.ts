/** The geometry of a transaction's coins: where each comes in, where each goes out, and how broad its stream is. Pure. */

export interface Stream {
  /** SVG path, from the coin to the transaction or from it to the coin. */
  path: string;
  /** Pixels. */
  width: number;
}

export const ROW_PX = 64;
const BROADEST_PX = 26;
const THINNEST_PX = 2;

/**
 * @param values of the coins of one side, base units.
 * @param total of the broader side: both sides share a scale.
 * @param width of the drawing, pixels; the transaction is at the far side of it.
 */
export function streams(
  values: readonly bigint[],
  total: bigint,
  width: number,
  side: 'in' | 'out',
  centre: number,
): Stream[] {
  const widths = values.map((value) => widthOf(value, total));
  const all = widths.reduce((sum, each) => sum + each, 0);
  let joined = centre - all / 2;
  return widths.map((each, index) => {
    const own = index * ROW_PX + ROW_PX / 2;
    const shared = joined + each / 2;
    joined += each;
    const [from, to] = side === 'in' ? [own, shared] : [shared, own];
    const middle = width / 2;
    return { path: `M0 ${from} C${middle} ${from} ${middle} ${to} ${width} ${to}`, width: each };
  });
}

function widthOf(value: bigint, total: bigint): number {
  if (total === 0n) return THINNEST_PX;
  const share = Number((value * 10_000n) / total) / 10_000;
  return Math.max(THINNEST_PX, share * BROADEST_PX);
}

/** How high the drawing is for so many coins on both sides. */
export function flowHeight(inputs: number, outputs: number): number {
  return Math.max(inputs, outputs, 1) * ROW_PX;
}
