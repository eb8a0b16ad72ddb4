/** A searching thread of a worker: an entry of its own. It says which search it has, then does task after task. */
import { parentPort } from 'node:worker_threads';
import { searchWithBest, type BestNonce } from '@pocket/pow';
import { isStopped, openSearch, stopTask, takeChunk, type SharedTask, type ThreadResult } from './search-task.ts';

const { name, search } = await openSearch();

parentPort?.on('message', (task: SharedTask) => parentPort?.postMessage(attempt(task)));
parentPort?.postMessage(name);

/** A task that cannot be done is no reason to end: the job behind it fails. */
function attempt(task: SharedTask): ThreadResult {
  try {
    return work(task);
  } catch (error) {
    stopTask(task);
    return { nonce: null, hashes: 0, bestHash: null, failure: String(error) };
  }
}

function work(task: SharedTask): ThreadResult {
  const shouldStop = () => isStopped(task);
  let hashes = 0;
  let best: BestNonce | undefined;
  for (let chunk = takeChunk(task); chunk !== undefined; chunk = takeChunk(task)) {
    const { header, target } = task;
    const searched = searchWithBest(search, [header, target, chunk.from, chunk.to, shouldStop], best);
    best = searched.best;
    if (searched.found !== undefined) {
      stopTask(task);
      return { nonce: searched.found, hashes: hashes + searched.found - chunk.from + 1, bestHash: hashText(best) };
    }
    if (shouldStop()) break;
    hashes += chunk.to - chunk.from;
  }
  return { nonce: null, hashes, bestHash: hashText(best) };
}

function hashText(best: BestNonce | undefined): string | null {
  return best === undefined ? null : best.hash.toString(16).padStart(64, '0');
}
