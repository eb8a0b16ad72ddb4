/*
 * The one statistic of the benches: the median, which a busy neighbour on the machine disturbs least.
 */

/** Median of at least one number; of an even count, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) throw new RangeError('values must not be empty');
  return (lower + upper) / 2;
}

/** For tables and JSON: three digits behind the point are more than any of our clocks is good for. */
export function rounded(value: number): number {
  return Number(value.toFixed(3));
}
