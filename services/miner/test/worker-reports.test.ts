/** What is known of the workers where Redis takes the question and gives no answer, as one that is stopped does. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UnavailableError } from '@pocket/eventstore';
import { followWorkers } from '../src/worker-reports.ts';

let silent: Server;
let sockets: Socket[];
let redis: Redis;

beforeEach(async () => {
  sockets = [];
  silent = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  redis = new Redis({ port: (silent.address() as AddressInfo).port, maxRetriesPerRequest: null });
});
afterEach(() => {
  redis.disconnect();
  for (const socket of sockets) socket.destroy();
  silent.close();
});

it('is said to be unknown, in a time that somebody waits for', async () => {
  const answer = followWorkers(redis, 'nobody', 100);
  await expect(answer).rejects.toThrow(UnavailableError);
  await expect(answer).rejects.toThrow('Redis has not answered within 100 ms');
});
