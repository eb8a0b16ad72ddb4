/** The page's own search: asks for a template, has a thread search it, and says how far that is. It ends with the page. */
import { onScopeDispose, ref, shallowRef } from 'vue';
import type { Block } from '@pocket/chain';
import type { BlockTemplateView, WatchedEvent } from '@pocket/contracts';
import { blockTemplate } from '../../api/mining.ts';
import { useLive } from '../../live/live-store.ts';
import { harder } from './hash-scale.ts';
import type { HashRecord } from './own-search.ts';
import type { SearchOrder, SearchWord } from './search-worker.ts';
import { blockOfTemplate, headerBytes } from './template-block.ts';

export interface OwnTemplate {
  template: BlockTemplateView;
  block: Block;
  /** What is searched for: the template's target, or a harder one. */
  target: string;
}

/** `stale`: another block has become the tip, so that what is found leads nowhere. */
export type OwnState = 'idle' | 'searching' | 'found' | 'stopped' | 'stale' | 'exhausted';

export function useOwnSearch() {
  const state = ref<OwnState>('idle');
  const searched = shallowRef<OwnTemplate>();
  const word = shallowRef<SearchWord>();
  const records = shallowRef<readonly HashRecord[]>([]);
  let thread: Worker | undefined;
  let left = false;

  function end(next: OwnState): void {
    thread?.terminate();
    thread = undefined;
    state.value = next;
  }

  function hear(said: SearchWord): void {
    word.value = said;
    if (said.records.length > 0) records.value = [...records.value, ...said.records];
    if (said.found !== undefined) end('found');
    else if (said.exhausted) end('exhausted');
  }

  /** @param bits so many zero bits more than the network asks for. @param pace hashes a second, null for all there can be. */
  async function begin(address: string, bits: number, pace: number | null): Promise<void> {
    end('idle');
    const template = await currentTemplate(address);
    if (left) return;
    const block = blockOfTemplate(template);
    searched.value = { template, block, target: harder(template.target, bits) };
    word.value = undefined;
    records.value = [];
    const order = { header: headerBytes(block), target: searched.value.target, pace };
    thread = openThread(order, hear, () => end('stopped'));
    state.value = 'searching';
  }

  const currentTemplate = useTemplates((tip) => {
    const builtOn = searched.value?.template.previousblockhash;
    if (tip !== builtOn && (state.value === 'searching' || state.value === 'found')) end('stale');
  });
  onScopeDispose(() => {
    left = true;
    end('idle');
  });
  return { state, searched, word, records, begin, stop: () => end('stopped') };
}

function openThread(order: SearchOrder, hear: (said: SearchWord) => void, fail: () => void): Worker {
  const thread = new Worker(new URL('./search-worker.ts', import.meta.url), { type: 'module' });
  thread.onmessage = ({ data }: MessageEvent<SearchWord>) => hear(data);
  thread.onerror = fail;
  thread.postMessage(order);
  return thread;
}

/**
 * Templates on the chain's tip: one that the chain went past while it was on its way is asked for again.
 * @param moved is told each block that has become the tip, and no hash where a tip was taken away.
 */
function useTemplates(moved: (tip: string | undefined) => void): (address: string) => Promise<BlockTemplateView> {
  let moves = 0;
  let tip: string | undefined;
  const hear = ({ type, data }: WatchedEvent): void => {
    moves += 1;
    tip = type === 'BlockConnected' ? (data as { blockHash: string }).blockHash : undefined;
    moved(tip);
  };
  onScopeDispose(useLive().listen(hear, ['BlockConnected', 'BlockDisconnected', 'ChainStarted']));
  return async (address) => {
    for (;;) {
      const before = moves;
      const template = await blockTemplate(address);
      if (moves === before || tip === template.previousblockhash) return template;
    }
  };
}
