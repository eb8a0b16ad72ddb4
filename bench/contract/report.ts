/*
 * The figures beside the original's and our goals, as a table for people and as one line of JSON for programs.
 * Original: the Python system on a machine of two cores, medians. Goals are compared, never asserted.
 */
import { rounded } from '../median.ts';
import { CALLS, SAMPLES, type Call, type CallTimes } from './scenarios.ts';

export interface Figures {
  readonly resetSystem: number;
  readonly heights: ReadonlyMap<number, CallTimes>;
  readonly manyInputs: number;
}

interface Row {
  readonly name: string;
  readonly ms: number;
  readonly original?: number | undefined;
  readonly goal?: number | undefined;
}

const ORIGINAL: Partial<Record<Call, Readonly<Record<number, number>>>> = {
  send: { 10: 12, 100: 22, 300: 51 },
  mine_block: { 10: 42, 100: 72, 300: 165 },
  get_wallets: { 10: 10, 100: 36, 300: 100 },
  get_blocks: { 10: 4, 100: 8, 300: 23 },
};
const GOAL_AT_300: Partial<Record<Call, number>> = { send: 10, mine_block: 25, get_wallets: 5 };

/** Lines of a table: name, median, original, how many times faster, goal and whether it is met. */
export function tableOf(figures: Figures): string {
  const head = ['', 'ms', 'original', 'faster', 'goal', ''];
  const lines = [head, ...rowsOf(figures).map(cellsOf)];
  return lines
    .map((cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(26) : cell.padStart(10))).join(''))
    .join('\n');
}

function rowsOf({ resetSystem, heights, manyInputs }: Figures): Row[] {
  const calls = CALLS.flatMap((call) =>
    Array.from(heights, ([height, times]) => ({
      name: `${call} at ${height}`,
      ms: times[call],
      original: ORIGINAL[call]?.[height],
      goal: height === 300 ? GOAL_AT_300[call] : undefined,
    })),
  );
  const reset: Row = { name: 'reset_system', ms: resetSystem, original: 500, goal: 250 };
  return [reset, ...calls, { name: 'send, 22 inputs, at 311', ms: manyInputs, original: 1_000, goal: 40 }];
}

function cellsOf({ name, ms, original, goal }: Row): string[] {
  const faster = original === undefined ? '' : `${(original / ms).toFixed(1)} x`;
  const met = goal === undefined ? '' : ms < goal ? 'met' : 'missed';
  return [name, ms.toFixed(1), `${original ?? ''}`, faster, goal === undefined ? '' : `< ${goal}`, met];
}

/** How each call grows with the chain: its times divided by that at the lowest height. */
export function growthOf({ heights }: Figures): Record<Call, number[]> {
  const times = [...heights.values()];
  const growth = CALLS.map((call) => [call, times.map((time) => rounded(time[call] / (times[0]?.[call] ?? 1)))]);
  return Object.fromEntries(growth) as Record<Call, number[]>;
}

export function growthTableOf(figures: Figures): string {
  const title = `Growth, heights ${[...figures.heights.keys()].join(' : ')}`;
  const lines = Object.entries(growthOf(figures)).map(
    ([call, ratios]) => call.padEnd(16) + ratios.map((ratio) => ratio.toFixed(2)).join(' : '),
  );
  return [title, ...lines].join('\n');
}

export function jsonOf(figures: Figures): string {
  const calls = CALLS.map((call) => [call, Object.fromEntries(Array.from(figures.heights, ([h, t]) => [h, t[call]]))]);
  return JSON.stringify({
    bench: 'contract',
    unit: 'ms',
    samples: SAMPLES,
    reset_system: figures.resetSystem,
    ...(Object.fromEntries(calls) as Record<Call, Record<number, number>>),
    send_22_inputs_at_311: figures.manyInputs,
    growth: growthOf(figures),
  });
}
