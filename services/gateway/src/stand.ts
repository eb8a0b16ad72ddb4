/**
 * The test stand as files: what `web/` was built to, with what a browser must know of them. The pages' own addresses lead
 * to the one document, which finds its page by itself. Nothing is compressed here, the build has done that.
 */
import { existsSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpServer } from '@pocket/service-kit';

const FOLDER = fileURLToPath(new URL('../../../web/dist/', import.meta.url));
const DOCUMENT = 'index.html';
/** Named by the hash of their content: what is there under a name stays there. */
const HASHED = `${sep}assets${sep}`;
const FOR_EVER = 'public, max-age=31536000, immutable';
const ASK_EACH_TIME = 'no-cache';

/** Only what comes from here; the mining kernel is WebAssembly, which needs a word of its own. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** What machines ask; a page of the stand is never there. */
const OF_MACHINES = /^\/(v1|api|admin|assets|healthz|readyz)(\/|$|\?)/;

/** Returns whether there is a stand to serve. */
export async function serveStand(fastify: HttpServer): Promise<boolean> {
  if (!existsSync(`${FOLDER}${DOCUMENT}`)) return false;
  await fastify.register(fastifyStatic, {
    root: FOLDER,
    // A route for each file: with one for all, no path under an API would be unknown any more.
    wildcard: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply, path) => {
      void reply.headers({
        'cache-control': path.includes(HASHED) ? FOR_EVER : ASK_EACH_TIME,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        ...(/\.html(\.\w+)?$/.test(path) ? { 'content-security-policy': CONTENT_SECURITY_POLICY } : {}),
      });
    },
  });
  return true;
}

/** The document, where a browser asks for a page; undefined for everything else, and where no stand is served. */
export function standPage({ method, url, headers }: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const asksForPage = (method === 'GET' || method === 'HEAD') && /\btext\/html\b/.test(headers.accept ?? '');
  if (!asksForPage || OF_MACHINES.test(url) || !('sendFile' in reply)) return undefined;
  return reply.sendFile(DOCUMENT);
}
