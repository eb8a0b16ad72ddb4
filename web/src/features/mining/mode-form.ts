/** The mode to mine in, as it is filled in, and as it is asked for. Pure; what is still missing has its words in the page. */
import type { MiningMode, MiningModeRequest } from '@pocket/contracts';

export const MODES = ['manual', 'on-transaction', 'interval', 'continuous'] as const;

export interface ModeForm {
  mode: MiningMode['mode'];
  address: string;
  intervalSeconds: number | undefined;
  maxTransactions: number | undefined;
}

export type MissingInMode = 'address' | 'intervalSeconds' | 'maxTransactions';

const MOST_SECONDS = 86_400;
const MOST_TRANSACTIONS = 100_000;

export function formOf({ mode, address, intervalSeconds, maxTransactions }: MiningMode): ModeForm {
  return {
    mode,
    address: address ?? '',
    intervalSeconds: intervalSeconds ?? undefined,
    maxTransactions: maxTransactions ?? undefined,
  };
}

/** What the mode needs and has not got; undefined where it may be asked for. */
export function missingIn({ mode, address, intervalSeconds, maxTransactions }: ModeForm): MissingInMode | undefined {
  if (mode === 'manual') return undefined;
  if (address.trim() === '') return 'address';
  if (mode === 'interval' && !isWithin(intervalSeconds, 1, MOST_SECONDS)) return 'intervalSeconds';
  const least = mode === 'on-transaction' ? 1 : 0;
  if (maxTransactions !== undefined && !isWithin(maxTransactions, least, MOST_TRANSACTIONS)) return 'maxTransactions';
  return undefined;
}

/** Only what belongs to the mode: the miner refuses what is too much. */
export function requestOf({ mode, address, intervalSeconds, maxTransactions }: ModeForm): MiningModeRequest {
  if (mode === 'manual') return { mode };
  return {
    mode,
    address: address.trim(),
    ...(mode === 'interval' && intervalSeconds !== undefined ? { intervalSeconds } : {}),
    ...(maxTransactions === undefined ? {} : { maxTransactions }),
  };
}

function isWithin(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && Number.isInteger(value) && value >= least && value <= most;
}
