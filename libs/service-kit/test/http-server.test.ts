/** The server every service is built on: one shape for every error, context and positions, alive and ready. */
import Type from 'typebox';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { problem, PROBLEM_CONTENT_TYPE, UnreadableEventError } from '@pocket/contracts';
import { ConflictError, UnavailableError } from '@pocket/eventstore';
import { buildHttpServer, refuse, type HttpServer } from '../src/index.ts';

let server: HttpServer | undefined;
afterEach(() => server?.close());

type Options = Partial<Parameters<typeof buildHttpServer>[0]>;

/** A server whose routes show what reaches a handler. */
function serve(options: Options = {}): HttpServer {
  const built = buildHttpServer({
    logger: pino({ level: 'silent' }),
    readiness: () => ({ missing: [] }),
    bodyLimitBytes: 300_000,
    waitFor: () => Promise.resolve(true),
    ...options,
  });
  const body = Type.Object({ amount: Type.Integer(), yes: Type.Optional(Type.Boolean()) });
  built.post('/bodies', { schema: { body } }, (request) => request.body);
  built.post('/large-bodies', { schema: { body }, bodyLimit: 400_000 }, (request) => request.body);
  built.get('/things/:id', (request) => request.params);
  const order = Type.Optional(Type.Union([Type.Literal('up'), Type.Literal('down')]));
  const limit = Type.Integer({ minimum: 0, maximum: 9, description: 'How many.' });
  const txid = Type.Optional(Type.String({ pattern: '^[0-9a-f]{4}$', description: '4 hex digits' }));
  const name = Type.Optional(Type.String({ minLength: 1 }));
  const querystring = Type.Object({ limit, order, txid, name }, { additionalProperties: false });
  built.get('/queries', { schema: { querystring } }, (request) => request.query);
  built.get('/context', { config: { awaits: ['chainstate', 'wallet'] } }, (request) => {
    request.context.wrote('miner', 3);
    return { ...request.context.metadata, headers: request.context.headers() };
  });
  built.get('/throws/:what', (request) => {
    throw errors[(request.params as { what: string }).what] ?? new Error('none');
  });
  built.get('/refuses', (_request, reply) => refuse(reply, 'block-refused', 'too much', 'bad-cb-amount'));
  built.get('/explains', (_request, reply) =>
    refuse(reply, 'block-refused', 'too much', 'bad-cb-amount', { claimed: '11', allowed: '10' }),
  );
  server = built;
  return built;
}

const errors: Record<string, Error> = {
  bug: new TypeError('a secret detail'),
  conflict: new ConflictError('version 3 was taken'),
  newer: new UnreadableEventError('ChainStarted version 9 is newer than this code'),
  away: new UnavailableError('the wallet service cannot be reached'),
  postgres: Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' }),
};

function post(payload: string, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  return serve().inject({ method: 'POST', url: '/bodies', payload, headers });
}

describe('bodies', () => {
  it.each([
    ['{"amount":"1"}', 'amount must be a whole number, not "1"'],
    ['{"amount":1.5}', 'amount must be a whole number, not 1.5'],
    ['{"amount":true}', 'amount must be a whole number, not true'],
    ['{"amount":null}', 'amount must be a whole number, not null'],
    ['{"amount":[1]}', 'amount must be a whole number, not [1]'],
    ['{"amount":1,"yes":"true"}', 'yes must be true or false, not "true"'],
    ['{"amount":1,"yes":null}', 'yes must be true or false, not null'],
    ['{}', 'the body must have "amount"'],
    ['[]', 'the body must be an object, not []'],
    ['null', 'the body must be an object, not null'],
    ['{"amount":', expect.any(String)],
    ['', expect.any(String)],
    ['{"__proto__":{"amount":1}}', expect.any(String)],
    [
      `{"amount":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      'amount must be a whole number, not something nested too deeply to be shown',
    ],
  ])('%.60s is refused as it is, nothing is turned into something else', async (payload, detail: unknown) => {
    const response = await post(payload);
    expect(response.headers['content-type']).toBe(PROBLEM_CONTENT_TYPE);
    expect(response.json()).toMatchObject({ status: 400, code: 'invalid-request', detail });
    expect(response.statusCode).toBe(400);
  });

  it('that fit arrive unchanged', async () => {
    expect((await post('{"amount":1}')).json()).toEqual({ amount: 1 });
  });

  it.each([
    ['/bodies', 300_000],
    ['/large-bodies', 400_000],
  ])('above the limit of their route: 413 with the limit (%s)', async (url, limit) => {
    const headers = { 'content-type': 'application/json' };
    const bodyOf = (bytes: number) => '{"amount":1}'.padEnd(bytes);
    const request = (bytes: number) => serve().inject({ method: 'POST', url, headers, payload: bodyOf(bytes) });
    expect((await request(limit)).statusCode).toBe(200);
    const response = await request(limit + 1);
    expect(response.json()).toMatchObject({
      status: 413,
      code: 'payload-too-large',
      detail: `the body has more than the ${limit} bytes that this path takes`,
      details: { limitBytes: limit },
    });
    expect(response.headers['content-type']).toBe(PROBLEM_CONTENT_TYPE);
    expect(response.statusCode).toBe(413);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])('of type %s: 415', async (type) => {
    const response = await post('amount=1', { 'content-type': type });
    expect(response.json()).toMatchObject({
      code: 'unsupported-media-type',
    });
  });
});

describe('paths and queries', () => {
  it('turn text into numbers, as they must', async () => {
    expect((await serve().inject('/queries?limit=5')).json()).toEqual({ limit: 5 });
    expect((await serve().inject('/queries?limit=x')).json()).toMatchObject({ status: 400, code: 'invalid-request' });
  });

  it.each([
    ['limit=5&order=left', 'order must be up or down, not "left"'],
    ['limit=5&ordr=up', 'the query has "ordr"; it takes limit, order, txid, name'],
    ['limit=-1', 'limit must be a whole number from 0 to 9, not -1 (How many)'],
    ['limit=10', 'limit must be a whole number from 0 to 9, not 10 (How many)'],
    ['limit=1e0', 'limit must be a whole number from 0 to 9, not "1e0" (How many)'],
    ['limit=0x5', 'limit must be a whole number from 0 to 9, not "0x5" (How many)'],
    ['limit=%205', 'limit must be a whole number from 0 to 9, not " 5" (How many)'],
    ['limit=', 'limit must be a whole number from 0 to 9, not "" (How many)'],
    ['limit=1&limit=2', 'limit is given 2 times; give it once'],
    ['limit=1&txid=zz', 'txid must be 4 hex digits, not "zz"'],
    ['limit=1&txid=', 'txid must be 4 hex digits, not ""'],
    [`limit=1&txid=${'z'.repeat(80)}`, `txid must be 4 hex digits, not "${'z'.repeat(59)}… (82 characters)`],
    ['limit=1&name=', 'name must have a character or more, not ""'],
    ['', 'the query must have "limit" (How many)'],
  ])('that do not fit are told what would: %s', async (query, detail) => {
    const response = await serve().inject(`/queries?${query}`);
    expect(response.json()).toMatchObject({ status: 400, code: 'invalid-request', detail });
  });

  it.each(['/nowhere', '/things', '/bodies'])('that are not there: 404 with the path (%s)', async (url) => {
    const response = await serve().inject(url);
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ code: 'not-found', detail: `There is no GET ${url} here.` });
  });

  it.each(['/things/%zz', `/things/${'x'.repeat(300)}`])(
    'that cannot be read are refused in the same shape (%s)',
    async (url) => {
      const response = await serve().inject(url);
      expect(response.statusCode).toBeGreaterThanOrEqual(400);
      expect(response.statusCode).toBeLessThan(500);
      expect(response.headers['content-type']).toBe(PROBLEM_CONTENT_TYPE);
    },
  );
});

describe('errors', () => {
  it('of ours are 500 and say nothing of their inside', async () => {
    const response = await serve().inject('/throws/bug');
    expect(response.statusCode).toBe(500);
    expect(response.json()).toMatchObject({ code: 'internal-error' });
    expect(response.body).not.toContain('secret');
  });

  it.each(['conflict', 'away', 'postgres'])('of the world (%s) are 503 with Retry-After', async (what) => {
    const response = await serve().inject(`/throws/${what}`);
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('1');
    expect(response.json()).toMatchObject({ code: 'service-unavailable' });
  });

  it('of a log that a newer version has written name what cannot be read', async () => {
    const response = await serve().inject('/throws/newer');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({
      code: 'newer-log',
      detail: 'ChainStarted version 9 is newer than this code',
    });
  });

  it('of a conflict say what it stems from, where that is no crowd', async () => {
    const unreadable = new UnreadableEventError(
      'event 7 of the log of wallet cannot be read by this version: it is new',
    );
    const asked: ConflictError[] = [];
    const causeOfConflict = (conflict: ConflictError) =>
      Promise.resolve(asked.push(conflict) > 1 ? undefined : unreadable);
    const serving = serve({ causeOfConflict });
    expect((await serving.inject('/throws/conflict')).json()).toMatchObject({
      code: 'newer-log',
      detail: unreadable.message,
    });
    expect((await serving.inject('/throws/conflict')).json()).toMatchObject({ code: 'service-unavailable' });
    expect(asked).toEqual([errors['conflict'], errors['conflict']]);
  });

  it('of a rule carry the more exact word', async () => {
    const response = await serve().inject('/refuses');
    expect(response.statusCode).toBe(422);
    expect(response.json()).toMatchObject({ type: 'urn:pocket:error:block-refused', code: 'bad-cb-amount' });
    expect(response.json()).not.toHaveProperty('details');
  });

  it('of a rule carry the values behind them', async () => {
    const response = await serve().inject('/explains');
    expect(response.json()).toMatchObject({ code: 'bad-cb-amount', details: { claimed: '11', allowed: '10' } });
  });
});

describe('the context', () => {
  it('hands on who asked, what caused it and the trace', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const headers = { 'x-correlation-id': 'me.1', 'x-causation-id': 'cause', traceparent };
    const response = await serve().inject({ url: '/context', headers });
    expect(response.headers['x-correlation-id']).toBe('me.1');
    expect(response.json()).toMatchObject({ correlationId: 'me.1', causationId: 'cause', traceparent, headers });
  });

  it('makes a correlation id where none came, or one that nobody should log', async () => {
    for (const headers of [{}, { 'x-correlation-id': 'a b' }, { 'x-correlation-id': 'x'.repeat(200) }]) {
      const response = await serve().inject({ url: '/context', headers });
      expect(response.headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('takes a request that names no cause for the cause of what it leads to', async () => {
    const named = await serve().inject({ url: '/context', headers: { 'x-correlation-id': 'me.1' } });
    expect(named.json()).toMatchObject({ correlationId: 'me.1', causationId: 'me.1' });
    const unnamed = (await serve().inject('/context')).json<{ correlationId: string; causationId: string }>();
    expect(unnamed.causationId).toBe(unnamed.correlationId);
  });

  it('answers with the positions that were written, errors included', async () => {
    expect((await serve().inject('/context')).headers['x-pocket-position']).toBe('miner=3');
    expect((await serve().inject('/things/1')).headers['x-pocket-position']).toBeUndefined();
  });

  it('hands on the positions to be awaited, raised by those written', async () => {
    const response = await serve().inject({ url: '/context', headers: { 'x-pocket-after': 'miner=2,wallet=7' } });
    expect(response.json<{ headers: object }>().headers).toMatchObject({ 'x-pocket-after': 'miner=3,wallet=7' });
  });
});

describe('x-pocket-after', () => {
  it.each(['nonsense', 'chainstate=x', 'nobody=1'])('%j is malformed: 400', async (after) => {
    const response = await serve().inject({ url: '/things/1', headers: { 'x-pocket-after': after } });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({
      code: 'invalid-request',
      detail: 'x-pocket-after must read like chainstate=42,wallet=7',
    });
  });

  it('is waited for only in the logs that the route depends on', async () => {
    const awaited: [string, number][] = [];
    const waitFor = (source: string, position: number) => Promise.resolve(awaited.push([source, position]) > 0);
    const headers = { 'x-pocket-after': 'chainstate=5,miner=9' };
    const waiting = serve({ waitFor });
    await waiting.inject({ url: '/context', headers });
    await waiting.inject({ url: '/things/1', headers });
    expect(awaited).toEqual([['chainstate', 5]]);
  });

  it('past the bound: 503 with Retry-After', async () => {
    const headers = { 'x-pocket-after': 'wallet=7' };
    const response = await serve({ waitFor: () => Promise.resolve(false) }).inject({ url: '/context', headers });
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('1');
    expect(response.json()).toMatchObject({ code: 'behind', detail: 'event 7 of wallet is not applied here yet' });
  });

  it('past the bound: with what the service knows of the reason', async () => {
    const headers = { 'x-pocket-after': 'wallet=7' };
    const stopped = problem('stopped', 'mint has not applied event 7 of wallet: event 6 stops it');
    const waiting = serve({ waitFor: () => Promise.resolve(false), behind: () => Promise.resolve(stopped) });
    const response = await waiting.inject({ url: '/context', headers });
    expect([response.statusCode, response.json()]).toEqual([503, stopped]);
  });
});

describe('health', () => {
  it('is alive while it answers', async () => {
    expect((await serve({ readiness: () => ({ missing: ['Postgres'] }) }).inject('/healthz')).json()).toEqual({
      alive: true,
    });
  });

  it('is ready when nothing is missing, and names what is', async () => {
    const instance = expect.stringMatching(new RegExp(`:${process.pid}$`)) as string;
    expect((await serve().inject('/readyz')).json()).toEqual({ ready: true, missing: [], instance });
    const response = await serve({ readiness: () => ({ missing: ['Postgres', 'NATS'] }) }).inject('/readyz');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toEqual({ ready: false, missing: ['Postgres', 'NATS'], instance });
  });

  it('says besides what the service says of itself', async () => {
    const leader = { instance: 'there:7', since: '2026-11-23T10:00:00Z' };
    const readiness = () => ({ missing: [], instance: 'here:8', leads: false, leader });
    const response = await serve({ readiness }).inject('/readyz');
    expect(response.json()).toEqual({ ready: true, missing: [], instance: 'here:8', leads: false, leader });
  });
});
