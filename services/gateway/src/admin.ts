/** What operators look at in a browser, handed through from where it is: the miner's queue of slices. */
import httpProxy from '@fastify/http-proxy';
import type { HttpServer } from '@pocket/service-kit';

const QUEUES = '/admin/queues';

/** @param minerUrls separated by commas; the first is asked, since all of them see the same queue. */
export async function addAdmin(fastify: HttpServer, minerUrls: string): Promise<void> {
  const [upstream = ''] = minerUrls.split(',').map((url) => url.trim());
  await fastify.register(httpProxy, { upstream, prefix: QUEUES, rewritePrefix: QUEUES, httpMethods: ['GET', 'HEAD'] });
}
