/** What a NATS server must offer, before anything else is asked of it. The servers are played by a few lines of its protocol. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connectBus } from '../src/index.ts';

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that greets with these limits and answers nothing else than a ping. */
async function serverWith(info: object): Promise<string> {
  const greeting = { server_id: 'x', version: '2.9.0', headers: true, proto: 1, jetstream: true, ...info };
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      if (data.toString().includes('PING')) socket.write('PONG\r\n');
    });
    socket.write(`INFO ${JSON.stringify(greeting)}\r\n`);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `nats://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('connectBus', () => {
  it('refuses a server that allows less than 4 MB, in a sentence with the remedy', async () => {
    const url = await serverWith({ max_payload: 1_048_576 });
    await expect(connectBus(url, 'test', 'test')).rejects.toMatchObject({
      name: 'UnavailableError',
      message: `NATS at ${url} allows messages of 1048576 bytes; blocks need 4194304. Set max_payload: 4MB in its configuration.`,
    });
  });

  it('refuses a server alone where streams are to be kept three times, in a sentence with the remedy', async () => {
    const url = await serverWith({ max_payload: 4_194_304 });
    await expect(connectBus(url, 'test', 'test', 3)).rejects.toMatchObject({
      name: 'UnavailableError',
      message: `NATS at ${url} is a server alone, whose JetStream cannot keep a stream 3 times. Set POCKET_STREAM_REPLICAS to 1, or name a cluster by NATS_URL.`,
    });
  });

  it('refuses an address where nobody is, in a sentence with the remedy', async () => {
    await expect(connectBus('nats://127.0.0.1:1', 'test', 'test')).rejects.toMatchObject({
      name: 'UnavailableError',
      message: expect.stringMatching(
        /^NATS at nats:\/\/127\.0\.0\.1:1 cannot be reached \(.*\)\. Start it, or correct NATS_URL\.$/s,
      ) as string,
    });
  });
});
