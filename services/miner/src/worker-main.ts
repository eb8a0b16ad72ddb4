/** Runs a miner worker as a process; it may be started any number of times, on any machine that reaches Redis. */
import { runProgram } from '@pocket/service-kit';
import { readWorkerConfig } from './config.ts';
import { startWorker } from './worker.ts';

void runProgram('miner-worker', () => startWorker(readWorkerConfig(process.env)));
