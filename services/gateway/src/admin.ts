/** What operators look at in a browser, handed through from where it is: the miner's queue of slices. */
import type { FastifyReply } from 'fastify';
import httpProxy from '@fastify/http-proxy';
import { UnavailableError } from '@pocket/eventstore';
import type { HttpServer } from '@pocket/service-kit';
import { forOperators } from './administration.ts';

const QUEUES = '/admin/queues';
/** A miner that takes longer hangs, and another one is asked. */
const ANSWER_WITHIN_MS = 5_000;

/** @param minerUrls separated by commas: all of them see the same queue, so whichever answers is asked. */
export async function addAdmin(fastify: HttpServer, minerUrls: string): Promise<void> {
  const miners = new Miners(minerUrls.split(',').map((url) => url.trim()));
  await fastify.register(httpProxy, {
    // Each request names its own: with one for all of them undici would ask no other.
    upstream: '',
    replyOptions: { getUpstream: () => miners.inOrder()[0] ?? '' },
    prefix: QUEUES,
    rewritePrefix: QUEUES,
    httpMethods: ['GET', 'HEAD'],
    ...forOperators,
    undici: { headersTimeout: ANSWER_WITHIN_MS },
    handler: (_request, reply, path, options) => ask(reply, path, options, miners, miners.inOrder()),
  });
}

type ProxyOptions = NonNullable<Parameters<FastifyReply['from']>[1]>;

/** Asks one miner after the other: to look at something twice does no harm. */
function ask(
  reply: FastifyReply,
  path: string,
  options: ProxyOptions,
  miners: Miners,
  [miner = '', ...others]: string[],
): FastifyReply {
  return reply.from(path, {
    ...options,
    getUpstream: () => miner,
    onError(_reply, { error }) {
      miners.rest(miner);
      if (others.length > 0) ask(reply, path, options, miners, others);
      else reply.send(new UnavailableError(`no miner shows its queue: ${error.message}`, { cause: error }));
    },
  });
}

/** The miners' addresses; one that has failed is asked last from then on. */
class Miners {
  readonly #urls: string[];

  constructor(urls: string[]) {
    this.#urls = urls;
  }

  inOrder(): string[] {
    return [...this.#urls];
  }

  rest(url: string): void {
    this.#urls.push(...this.#urls.splice(this.#urls.indexOf(url), 1));
  }
}
