/** What `/v1` tells of the chain, typed by the contracts. Reads that take a moment answer as of then. */
import type {
  AddressView,
  BlockList,
  ChainstateInfo,
  ChainstateView,
  ChainTipView,
  Flight,
  MinerView,
  PoolEntryView,
  WalletEntry,
} from '@pocket/contracts';
import { request, requestJson } from './request.ts';

/** As of when: empty for the present, else an event as `log:position`. */
export interface Moment {
  atEvent?: string;
}

interface Page {
  limit?: number;
}

const read = <T>(path: string, query: object, signal?: AbortSignal): Promise<T> =>
  requestJson<T>(path, { query: { ...query }, signal });

export const wallets = (moment: Moment, signal?: AbortSignal): Promise<WalletEntry[]> =>
  read('/v1/wallets', moment, signal);

export const pool = (moment: Moment, signal?: AbortSignal): Promise<PoolEntryView[]> =>
  read('/v1/pool', moment, signal);

/** Blocks of the best chain, ascending. */
export const blocks = (moment: Moment, page: Page & { from?: number }, signal?: AbortSignal): Promise<BlockList> =>
  read('/v1/blocks', { ...page, ...moment }, signal);

/** What is counted, and a page of the coins. */
export const chainstate = (
  moment: Moment,
  page: Page & { after?: string },
  signal?: AbortSignal,
): Promise<ChainstateView> => read('/v1/chainstate', { ...page, ...moment }, signal);

export const chainInfo = (signal?: AbortSignal): Promise<ChainstateInfo> => read('/v1/chainstate/info', {}, signal);
export const tips = (signal?: AbortSignal): Promise<ChainTipView[]> => read('/v1/chain/tips', {}, signal);
export const miner = (signal?: AbortSignal): Promise<MinerView> => read('/v1/miner', {}, signal);
export const balanceOf = (address: string, signal?: AbortSignal): Promise<AddressView> =>
  read(`/v1/addresses/${encodeURIComponent(address)}`, {}, signal);
export const flight = (txid: string, signal?: AbortSignal): Promise<Flight> => read(`/v1/flights/${txid}`, {}, signal);

/** `GET /v1/node`, which the gateway puts together itself. */
export interface ThisNode {
  network: string | null;
  chainId: string | null;
  secp256k1: { chainstate: string; gateway: string };
  nodeVersion: string;
  version: string;
}
export const node = (signal?: AbortSignal): Promise<ThisNode> => read('/v1/node', {}, signal);

/** `GET /readyz`; 503, with the same answer, while something is missing. */
export interface SystemReadiness {
  ready: boolean;
  missing: string[];
  services: Record<string, { replicas: number; ready: number; leader: { instance: string; since: string } | null }>;
}
export async function readiness(signal?: AbortSignal): Promise<SystemReadiness> {
  const response = await request('/readyz', { signal });
  return (await response.json()) as SystemReadiness;
}
