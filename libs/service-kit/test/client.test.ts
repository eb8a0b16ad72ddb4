/** The client between services: what it sends, what it makes of answers, and when it tries again. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { problem, PROBLEM_CONTENT_TYPE } from '@pocket/contracts';
import { UnavailableError } from '@pocket/eventstore';
import { contextOfOwn, createServiceClient, RequestContext, type ServiceClient } from '../src/index.ts';

let server: Server | undefined;
let others: Server[] = [];
let client: ServiceClient | undefined;
let requests: {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}[];
afterEach(async () => {
  await client?.close();
  for (const one of [server, ...others]) {
    one?.closeAllConnections();
    one?.close();
  }
  others = [];
});

async function listen(answer: (response: ServerResponse, request: IncomingMessage) => void, port = 0): Promise<string> {
  requests = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const { method, url, headers } = request;
      requests.push({ method, url, headers, body });
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function clientOf(answer: (response: ServerResponse) => void): Promise<ServiceClient> {
  client = createServiceClient('wallet', await listen(answer));
  return client;
}

/** What a library tells of itself next on this channel. */
function nextMessage(channel: string): Promise<void> {
  return new Promise((resolve) => {
    const told = (): void => {
      unsubscribe(channel, told);
      resolve();
    };
    subscribe(channel, told);
  });
}

describe('a request', () => {
  it('carries the context and JSON', async () => {
    const calling = await clientOf((response) => response.end('{"ok":1}'));
    const metadata = { correlationId: 'me', causationId: 'cause', traceparent: null };
    const context = new RequestContext(metadata, { wallet: 7 });
    expect(await calling.post(context, '/payments', { amount: '1' })).toEqual({ ok: true, value: { ok: 1 } });
    expect(requests[0]).toMatchObject({ method: 'POST', url: '/payments', body: '{"amount":"1"}' });
    expect(requests[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-correlation-id': 'me',
      'x-causation-id': 'cause',
      'x-pocket-after': 'wallet=7',
    });
  });

  it('that an event causes names it, and shares the positions', async () => {
    const calling = await clientOf((response) => response.setHeader('x-pocket-position', 'wallet=9').end());
    const context = contextOfOwn();
    await calling.delete(context.causedBy('event-1'), '/wallets');
    expect(requests[0]?.headers).toMatchObject({
      'x-correlation-id': context.metadata.correlationId,
      'x-causation-id': 'event-1',
    });
    expect(context.seen).toEqual({ wallet: 9 });
    expect(context.causedBy(undefined)).toBe(context);
  });

  it('waits for what earlier ones of the same context have written', async () => {
    const calling = await clientOf((response) => response.setHeader('x-pocket-position', 'wallet=9').end());
    const context = contextOfOwn();
    await calling.delete(context, '/wallets');
    await calling.get(context, '/wallets');
    expect(context.seen).toEqual({ wallet: 9 });
    expect(requests.map(({ headers }) => headers['x-pocket-after'])).toEqual([undefined, 'wallet=9']);
  });
});

describe('an answer', () => {
  it('that refuses is a value, its positions included', async () => {
    const refusal = problem('block-refused', 'too much', 'bad-cb-amount', { claimed: '11', allowed: '10' });
    const calling = await clientOf((response) =>
      response.writeHead(422, { 'x-pocket-position': 'wallet=3' }).end(JSON.stringify(refusal)),
    );
    const context = contextOfOwn();
    expect(await calling.get(context, '/x')).toEqual({ ok: false, problem: refusal });
    expect(context.seen).toEqual({ wallet: 3 });
  });

  it('without a readable reason is a fault, not an exception', async () => {
    const calling = await clientOf((response) => response.writeHead(502).end('<html>'));
    expect(await calling.get(contextOfOwn(), '/x')).toMatchObject({
      ok: false,
      problem: { code: 'internal-error', detail: 'the service answered 502 without a readable reason' },
    });
  });

  it('that is empty is a yes', async () => {
    const calling = await clientOf((response) => response.writeHead(204).end());
    expect(await calling.delete(contextOfOwn(), '/x')).toEqual({ ok: true, value: undefined });
  });
});

describe('a service that does not answer', () => {
  /** Resolves when a request has come, which is never answered. */
  async function silence(): Promise<{ calling: ServiceClient; arrived: Promise<void> }> {
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    return { calling: await clientOf(() => arrive()), arrived };
  }

  it('is not waited for when the client ends', async () => {
    const { calling, arrived } = await silence();
    const answer = expect(calling.post(contextOfOwn(), '/x')).rejects.toThrow(UnavailableError);
    await arrived;
    await calling.close();
    await answer;
  });

  it('is not waited for by who gives the request up, for the reason he gives', async () => {
    const { calling, arrived } = await silence();
    const leaving = new AbortController();
    const answer = expect(calling.post(contextOfOwn(), '/x', {}, leaving.signal)).rejects.toThrow('no more wanted');
    await arrived;
    leaving.abort(new Error('no more wanted'));
    await answer;
  });
});

describe('a service that cannot be reached', () => {
  it('is tried again until it is there', async () => {
    const url = await listen((response) => response.end('1'));
    const { port } = server?.address() as AddressInfo;
    await new Promise((resolve) => server?.close(resolve));
    client = createServiceClient('wallet', url);
    const refused = nextMessage('undici:client:connectError');
    const answer = client.get(contextOfOwn(), '/x');
    await refused;
    await listen((response) => response.end('1'), port);
    expect(await answer).toEqual({ ok: true, value: 1 });
    expect(requests).toHaveLength(1);
  });

  it('is named, with the reason, after a bounded number of tries', async () => {
    client = createServiceClient('wallet', 'http://127.0.0.1:1');
    const begun = performance.now();
    const answer = client.get(contextOfOwn(), '/x');
    await expect(answer).rejects.toThrow(UnavailableError);
    await expect(answer).rejects.toThrow('the wallet service at http://127.0.0.1:1 cannot be reached (ECONNREFUSED)');
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it('is not tried again once it may have understood: the connection dies behind the request', async () => {
    const calling = await clientOf((response) => response.destroy());
    const answer = calling.post(contextOfOwn(), '/payments');
    await expect(answer).rejects.toThrow(UnavailableError);
    await expect(answer).rejects.toThrow(
      /^the connection to the wallet service broke before it answered \(.*\); whether it was done is not known: look /,
    );
    expect(requests).toHaveLength(1);
  });

  it('is not said to be when it only breaks: a read has no effect', async () => {
    const calling = await clientOf((response) => response.destroy());
    await expect(calling.get(contextOfOwn(), '/x')).rejects.toThrow(
      /^the connection to the wallet service broke before it answered \([A-Z_]+\)$/,
    );
  });
});

/** Where nobody listens. */
const NOBODY = 'http://127.0.0.1:1';

/** Replicas that answer with their place, 0, 1, …, unless they are told to do something else. */
async function replicasOf(count: number, ...answers: ((response: ServerResponse) => void)[]): Promise<string[]> {
  const urls: string[] = [];
  for (let place = 0; place < count; place++) {
    const answer = answers[place] ?? ((response: ServerResponse) => response.end(String(place)));
    urls.push(await listen((response) => answer(response)));
    if (server !== undefined) others.push(server);
  }
  requests = [];
  return urls;
}

const get = async (times: number): Promise<unknown[]> => {
  const answers: unknown[] = [];
  for (let time = 0; time < times; time++) {
    const answer = await client?.get(contextOfOwn(), '/x');
    answers.push(answer?.ok === true ? answer.value : answer);
  }
  return answers;
};

describe('several replicas', () => {
  it('share the reads', async () => {
    client = createServiceClient('wallet', (await replicasOf(3)).join(','));
    expect(await get(6)).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('are written to at the first one, so that they need not agree', async () => {
    client = createServiceClient('wallet', (await replicasOf(2)).join(' , '));
    expect(await client.post(contextOfOwn(), '/x')).toEqual({ ok: true, value: 0 });
    expect(await client.post(contextOfOwn(), '/x')).toEqual({ ok: true, value: 0 });
    expect(await client.delete(contextOfOwn(), '/x')).toEqual({ ok: true, value: 0 });
  });

  it('stand in for one that is not there: at reads and at writes', async () => {
    const [living = ''] = await replicasOf(1);
    client = createServiceClient('wallet', [NOBODY, living].join(','));
    expect(await get(4)).toEqual([0, 0, 0, 0]);
    expect(await client.post(contextOfOwn(), '/x')).toEqual({ ok: true, value: 0 });
    expect(await client.post(contextOfOwn(), '/x')).toEqual({ ok: true, value: 0 });
    expect(requests).toHaveLength(6);
  });

  it('stand in for one that dies behind a read, which has no effect', async () => {
    const urls = await replicasOf(2, (response) => response.destroy());
    client = createServiceClient('wallet', urls.join(','));
    expect(await get(3)).toEqual([1, 1, 1]);
    // It was asked once, and rests.
    expect(requests).toHaveLength(4);
  });

  it('do not stand in for one that dies behind a write: it may have had its effect', async () => {
    const urls = await replicasOf(2, (response) => response.destroy());
    client = createServiceClient('wallet', urls.join(','));
    await expect(client.post(contextOfOwn(), '/x')).rejects.toThrow(UnavailableError);
    expect(requests).toHaveLength(1);
    expect(await client.post(contextOfOwn(), '/x')).toEqual({ ok: true, value: 1 });
  });

  it('stand in for one that is ending and turns a write away at its door', async () => {
    const closing = (response: ServerResponse) =>
      response.writeHead(503, { 'content-type': 'application/json' }).end('{"statusCode":503}');
    client = createServiceClient('wallet', (await replicasOf(2, closing)).join(','));
    expect(await client.post(contextOfOwn(), '/x')).toEqual({ ok: true, value: 1 });
    expect(requests).toHaveLength(2);
  });

  it('do not stand in for one that has refused: that is its answer', async () => {
    const refusal = problem('behind', 'wallet is not applied up to 7 yet');
    const refusing = (response: ServerResponse) =>
      response.writeHead(503, { 'content-type': PROBLEM_CONTENT_TYPE }).end(JSON.stringify(refusal));
    client = createServiceClient('wallet', (await replicasOf(2, refusing)).join(','));
    expect(await client.get(contextOfOwn(), '/x')).toEqual({ ok: false, problem: refusal });
    expect(requests).toHaveLength(1);
  });

  it('stand in for one that hangs at a read', async () => {
    client = createServiceClient('wallet', (await replicasOf(2, () => undefined)).join(','), 100);
    expect(await get(2)).toEqual([1, 1]);
  });

  it('are all named when none is there', async () => {
    client = createServiceClient('wallet', [NOBODY, 'http://127.0.0.1:2'].join(','));
    await expect(client.get(contextOfOwn(), '/x')).rejects.toThrow(
      'the wallet service at http://127.0.0.1:1,http://127.0.0.1:2 cannot be reached (ECONNREFUSED)',
    );
  });
});

describe('readiness', () => {
  it('is asked of every replica, without a context', async () => {
    const urls = await replicasOf(1, (response) => response.writeHead(503).end('{"ready":false,"missing":["NATS"]}'));
    client = createServiceClient('wallet', [...urls, NOBODY].join(','));
    expect(await client.readiness()).toEqual([{ ready: false, missing: ['NATS'] }, undefined]);
  });
});
