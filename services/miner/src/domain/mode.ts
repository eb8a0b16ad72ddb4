/** When the miner mines by itself: what may be set, and what is. Pure. */
import { minerEvents, type MiningMode, type MiningModeRequest } from '@pocket/contracts';
import type { Decision } from '@pocket/eventstore';

export const MODE_STREAM = 'mode';
export const MANUAL: MiningMode = { mode: 'manual', address: null, maxTransactions: null, intervalSeconds: null };

const DEFAULT_MAX_TRANSACTIONS = 10_000;

export interface SetMode {
  type: 'SetMode';
  mode: MiningMode;
}

export interface ModeState {
  mode: MiningMode;
  /** Of the stream. */
  version: number;
}

/** The mode that was asked for, with all that belongs to it; a sentence where something is missing or too much. */
export function completeMode(request: MiningModeRequest): MiningMode | string {
  const { mode, address = null, intervalSeconds = null } = request;
  const maxTransactions = request.maxTransactions ?? DEFAULT_MAX_TRANSACTIONS;
  if (mode !== 'interval' && intervalSeconds !== null)
    return `intervalSeconds belongs to the mode interval, not to ${mode}`;
  if (mode === 'manual') {
    const given = address ?? request.maxTransactions ?? null;
    return given === null ? MANUAL : 'the mode manual takes nothing else: every order names its address and its size';
  }
  if (address === null) return `the mode ${mode} needs the address that its blocks pay`;
  if (mode === 'interval' && intervalSeconds === null) return 'the mode interval needs intervalSeconds, 1 to 86400';
  if (mode === 'on-transaction' && maxTransactions === 0)
    return 'the mode on-transaction needs maxTransactions of at least 1, or no block would take the transaction';
  return { mode, address, maxTransactions, intervalSeconds };
}

/** Setting what is set already changes nothing. Takes the outcome into `state`. */
export function decideMode({ mode }: SetMode, state: ModeState): Decision<MiningMode> {
  if (isSame(mode, state.mode)) return { events: [], reply: state.mode };
  state.mode = mode;
  const { schemaVersion } = minerEvents.MiningModeSet;
  return { events: [{ type: 'MiningModeSet', stream: MODE_STREAM, schemaVersion, data: { ...mode } }], reply: mode };
}

export function isSame(one: MiningMode, other: MiningMode): boolean {
  return (
    one.mode === other.mode &&
    one.address === other.address &&
    one.maxTransactions === other.maxTransactions &&
    one.intervalSeconds === other.intervalSeconds
  );
}
