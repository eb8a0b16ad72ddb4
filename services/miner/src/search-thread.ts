/** A searching thread of a worker: an entry of its own. It says which search it has, then does task after task. */
import { parentPort } from 'node:worker_threads';
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
    return { nonce: null, hashes: 0, failure: String(error) };
  }
}

function work(task: SharedTask): ThreadResult {
  const shouldStop = () => isStopped(task);
  let hashes = 0;
  for (let chunk = takeChunk(task); chunk !== undefined; chunk = takeChunk(task)) {
    const nonce = search(task.header, task.target, chunk.from, chunk.to, shouldStop);
    if (nonce !== undefined) {
      stopTask(task);
      return { nonce, hashes: hashes + nonce - chunk.from + 1 };
    }
    if (shouldStop()) break;
    hashes += chunk.to - chunk.from;
  }
  return { nonce: null, hashes };
}
