/*
 * From 'nonce found' to 'block connected': from when a worker's find is heard, which is when the miner hears it, to when
 * the chainstate says that it has committed the block. Both are heard in this process, by one clock. The blocks are those
 * of a classroom, some tenths of a second of work for all threads that there are.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { BlockChain } from '@pocket/sdk';
import { listenForAppends } from '@pocket/eventstore';
import { createLogger } from '@pocket/service-kit';
import type { OpenServers } from '../contract/own-stack.ts';
import { openRedis } from '../../services/miner/src/redis.ts';
import { listenForWords } from '../../services/miner/src/search-words.ts';

const NAMESPACE = 'pocket';
const HEARD_WITHIN_MS = 1_000;
const NETWORK = 'classroom';

export async function measureConnected(servers: OpenServers, blocks: number): Promise<number[]> {
  const stack = await servers.startServices({ POCKET_NETWORK: NETWORK });
  const redis = await openRedis(servers.redisUrl, createLogger('bench', 'silent'));
  const heard = { found: Infinity, connected: Infinity };
  const stopWords = await listenForWords(redis, NAMESPACE, ({ ended, slice }) => {
    if (ended && slice !== undefined) heard.found = performance.now();
  });
  const notice = (log: string) => {
    if (log === 'chainstate') heard.connected = Math.min(heard.connected, performance.now());
  };
  const stopNotices = listenForAppends({ ...servers, namespace: NAMESPACE, clientName: 'bench', notice });
  const chain = new BlockChain({ url: stack.url });
  const delays: number[] = [];
  try {
    const miner = await chain.newWallet();
    await chain.initSystem(miner, { startOver: true });
    while (delays.length < blocks) {
      Object.assign(heard, { found: Infinity, connected: Infinity });
      await chain.mineBlock(miner);
      // Word of the commit may come behind the answer; where it was lost, the block is not counted.
      for (let waited = 0; heard.connected === Infinity && waited < HEARD_WITHIN_MS; waited++) await pause(1);
      if (heard.found < heard.connected && heard.connected < Infinity) delays.push(heard.connected - heard.found);
    }
    return delays;
  } finally {
    stopWords();
    redis.disconnect();
    await stopNotices();
  }
}
