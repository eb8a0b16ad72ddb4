/** A worker of the page that searches with libs/pow's kernel, the same WebAssembly that the server's workers have in them. */
import { createSearch } from '@pocket/pow';
import type { SearchRun, SearchWord } from './search-crew.ts';
import { searchRun } from './search-run.ts';

const say = (word: SearchWord): void => self.postMessage(word);
const searching = createSearch();

async function answer(run: SearchRun): Promise<void> {
  const { search } = await searching;
  say(searchRun(search, run, () => performance.now()));
}

self.onmessage = ({ data }: MessageEvent<SearchRun>) => void answer(data);
void searching.then(({ name }) => say({ kernel: name }));
