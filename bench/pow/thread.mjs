/**
 * A thread of the bench: makes every search that loads here, says so, and measures a slice whenever it is asked. Plain
 * JavaScript, because a worker thread does not inherit what lets the main one import TypeScript.
 */
import { performance } from 'node:perf_hooks';
import { parentPort } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
const { attemptsOf, searchesHere } = await import('./contestant.ts');
const attempts = new Map((await searchesHere()).map(({ nonceSearch }) => [nonceSearch.name, attemptsOf(nonceSearch)]));

parentPort.on('message', ({ name, sliceMs }) => {
  const start = performance.now();
  const tried = attempts.get(name)(sliceMs);
  parentPort.postMessage({ tried, elapsedMs: performance.now() - start });
});
parentPort.postMessage('ready');
