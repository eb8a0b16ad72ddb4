/**
 * A thread of the bench: makes every search that loads here, says so, and measures a slice whenever it is asked. Plain
 * JavaScript, because a worker thread does not inherit what lets the main one import TypeScript.
 */
import { performance } from 'node:perf_hooks';
import { parentPort } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
const { searchesHere, searching } = await import('./contestant.ts');
const contestants = (await searchesHere()).map(({ nonceSearch }) => searching(nonceSearch));

parentPort.on('message', ({ name, sliceMs }) => {
  const contestant = contestants.find((known) => known.name === name);
  const start = performance.now();
  const rate = contestant.rate(sliceMs);
  parentPort.postMessage({ rate, elapsedMs: performance.now() - start });
});
parentPort.postMessage('ready');
