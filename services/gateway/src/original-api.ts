/** The original's eight calls, so that a client written for it works without a change. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { stringify } from 'lossless-json';
import type { BlockView, CoinView, PoolEntryView, WalletView } from '@pocket/contracts';
import { problemOfError, type HttpServer } from '@pocket/service-kit';
import { forOperators } from './administration.ts';
import { commandsOf, expectAnswer } from './commands.ts';
import type { Gate } from './gate.ts';
import { originalError, originalFailure } from './original-error.ts';
import { isJson, parseMine, parseSend } from './original-request.ts';
import { originalBlock, originalChainstate, originalPoolEntry, originalWallet } from './original-view.ts';
import { refuseOtherMethods } from './other-methods.ts';
import type { Services } from './services.ts';
import { makeTrainingData } from './training-data.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Registered under `/api`. */
export function originalApi(services: Services, gate: Gate) {
  return async (fastify: HttpServer): Promise<void> => {
    readAnyBody(fastify);
    addEnvelopeErrors(fastify);
    addReads(fastify, services);
    addWrites(fastify, services, gate);
    refuseOtherMethods(fastify, READS, ['GET', 'HEAD'], (reply, detail) => sendError(reply, 405, `Request: ${detail}`));
    refuseOtherMethods(fastify, WRITES, ['POST'], (reply, detail) => sendError(reply, 405, `Request: ${detail}`));
    await Promise.resolve();
  };
}

/** A path under `/api` that cannot even be decoded is unknown there like any other. */
export function originalUnreadablePath(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  return request.url.startsWith('/api/') ? sendError(reply, 404, `Request: there is no ${request.url}`) : undefined;
}

const READS = ['/get_wallets', '/get_blocks', '/get_chainstate', '/get_pool'];
const WRITES = ['/new_wallet', '/send', '/mine_block', '/reset_system'];

/**
 * Two calls take any body and two judge its type themselves, so every body arrives as text. A type that is not even
 * well-formed, which Fastify would answer with 415, is one of those that are not JSON.
 */
function readAnyBody(fastify: HttpServer): void {
  fastify.addHook('onRequest', ({ headers }, _reply, done) => {
    const type = headers['content-type'];
    if (type !== undefined && !isJson(type)) headers['content-type'] = 'text/plain';
    done();
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
}

function addEnvelopeErrors(fastify: HttpServer): void {
  fastify.setErrorHandler((error, request, reply) => {
    const problem = problemOfError(error, request.routeOptions.bodyLimit);
    if (problem.status >= 500)
      request.log.error({ err: error, correlationId: request.context.metadata.correlationId }, 'request failed');
    const kind = problem.status >= 500 ? 'Service' : 'Request';
    return sendError(reply, problem.status, `${kind}: ${problem.detail}`);
  });
  fastify.setNotFoundHandler((request, reply) =>
    sendError(reply, 404, `Request: there is no ${request.url.split('?')[0] ?? ''}`),
  );
}

function addReads(fastify: HttpServer, services: Services): void {
  fastify.get('/get_wallets', async (request, reply) => {
    const wallets = expectAnswer(await services.wallet.get<WalletView[]>(request.context, '/wallets'));
    return sendData(reply, wallets.map(originalWallet));
  });
  fastify.get('/get_blocks', async (request) =>
    expectAnswer(await services.chainstate.get<BlockView[]>(request.context, '/blocks')).map(originalBlock),
  );
  fastify.get('/get_chainstate', async (request) =>
    originalChainstate(expectAnswer(await services.chainstate.get<CoinView[]>(request.context, '/coins'))),
  );
  fastify.get('/get_pool', async (request) =>
    expectAnswer(await services['tx-pool'].get<PoolEntryView[]>(request.context, '/transactions')).map(
      originalPoolEntry,
    ),
  );
}

function addWrites(fastify: HttpServer, services: Services, gate: Gate): void {
  const commands = (request: FastifyRequest) => commandsOf(services, request.context);
  fastify.post('/new_wallet', async (request, reply) =>
    sendData(reply, await gate.shared(() => commands(request).newWallet())),
  );
  fastify.post('/send', async (request, reply) => {
    const parsed = parseSend(request.headers['content-type'], request.body);
    if (!parsed.ok) return sendError(reply, 200, parsed.error);
    const { from, to, amount } = parsed.value;
    const [outcome] = await gate.shared(() => commands(request).send([{ from, to, amount }]));
    if (outcome === undefined) throw new Error('the wallet has not said what became of the payment');
    return outcome.ok
      ? sendData(reply, 'Transaction is added to pool')
      : sendError(reply, 200, originalError(outcome, { from, to }));
  });
  fastify.post('/mine_block', async (request, reply) => {
    const parsed = parseMine(request.headers['content-type'], request.body);
    if (!parsed.ok) return sendError(reply, 200, parsed.error);
    const { address, txAmount } = parsed.value;
    const answer = await gate.shared(() => commands(request).mineForWallet({ address, maxTransactions: txAmount }));
    if (answer.ok) return sendData(reply, 'Block is mined');
    const { status, error } = originalFailure(answer.problem, address);
    return sendError(reply, status, error);
  });
  fastify.post('/reset_system', forOperators, async (request, reply) => {
    const refusal = await gate.exclusive(() => makeTrainingData(commands(request)));
    return refusal === undefined ? sendData(reply, 'System is reset') : sendError(reply, 200, refusal);
  });
}

function sendData(reply: FastifyReply, data: unknown): FastifyReply {
  return reply.type(JSON_TYPE).send(stringify({ data, error: null }));
}

function sendError(reply: FastifyReply, status: number, error: string): FastifyReply {
  if (status === 503) void reply.header('retry-after', '1');
  return reply
    .code(status)
    .type(JSON_TYPE)
    .send(stringify({ data: null, error }));
}
