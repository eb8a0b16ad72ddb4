/** What `/v1` takes and gives of mining: the miner's mode, the template of a block to search, and a block that was found. */
import type { BlockTemplateView, MiningMode, MiningModeRequest } from '@pocket/contracts';
import { requestJson } from './request.ts';

export const setMiningMode = (mode: MiningModeRequest): Promise<MiningMode> =>
  requestJson('/v1/miner/mode', { method: 'PUT', body: mode });

export const blockTemplate = (address: string): Promise<BlockTemplateView> =>
  requestJson('/v1/blocks/template', { query: { address } });

/** What became of a block that was handed in; `height` is null while its parent is unknown. */
export interface SubmittedBlock {
  hash: string;
  height: number | null;
  onBestChain: boolean;
  waitsFor?: string;
}
export const submitBlock = (hex: string): Promise<SubmittedBlock> =>
  requestJson('/v1/blocks', { method: 'POST', body: { hex } });
