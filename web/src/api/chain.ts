/** What `/v1` tells of the chain, typed by the contracts. Reads that take a moment answer as of then. */
import type {
  AddressHistory,
  BlockDetail,
  BlockList,
  BranchList,
  ChainstateInfo,
  ChainstateView,
  ChainTipView,
  Flight,
  MinerView,
  PoolEntryView,
  TransactionDetail,
  WalletEntry,
} from '@pocket/contracts';
import { reached } from './problem.ts';
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

export const chainInfo = (moment: Moment, signal?: AbortSignal): Promise<ChainstateInfo> =>
  read('/v1/chainstate/info', moment, signal);

/** The leaves of the tree of blocks, the best chain's tip among them. */
export const tips = (moment: Moment, signal?: AbortSignal): Promise<ChainTipView[]> =>
  read('/v1/chain/tips', moment, signal);

/** The best chain's tip; undefined before the first block. */
export async function tip(moment: Moment, signal?: AbortSignal): Promise<ChainTipView | undefined> {
  return (await tips(moment, signal)).find(({ status }) => status === 'active');
}

/** All known blocks from a height on, ascending: the tree with its branches. */
export const branches = (moment: Moment, page: Page & { from?: number }, signal?: AbortSignal): Promise<BranchList> =>
  read('/v1/chain/branches', { ...page, ...moment }, signal);

/** One block of any branch. */
export const block = (hash: string, moment: Moment, signal?: AbortSignal): Promise<BlockDetail> =>
  read(`/v1/blocks/${encodeURIComponent(hash)}`, moment, signal);

/** One transaction, on the best chain or waiting. */
export const transaction = (txid: string, moment: Moment, signal?: AbortSignal): Promise<TransactionDetail> =>
  read(`/v1/transactions/${encodeURIComponent(txid)}`, moment, signal);

/** What an address has had, newest first. */
export const history = (
  address: string,
  moment: Moment,
  page: Page & { before?: number },
  signal?: AbortSignal,
): Promise<AddressHistory> =>
  read(`/v1/addresses/${encodeURIComponent(address)}/transactions`, { ...page, ...moment }, signal);

export const miner = (signal?: AbortSignal): Promise<MinerView> => read('/v1/miner', {}, signal);
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
  return reached(response.json() as Promise<SystemReadiness>);
}
