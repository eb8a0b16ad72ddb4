/**
 * The test stand as files: what `web/` was built to, with what a browser must know of them. The pages' own addresses lead
 * to the one document, which finds its page by itself. Nothing is compressed here, the build has done that.
 */
import { statSync } from 'node:fs';
import { join, sep } from 'node:path';
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

/** What machines ask; no page of the stand and no file of it is there. */
const OF_MACHINES = /^\/(v1|api|admin|healthz|readyz)(\/|$)/;

/** For reading paths only. */
const BASE = 'http://stand';

/** Returns whether there is a stand to serve. */
export async function serveStand(fastify: HttpServer): Promise<boolean> {
  if (!isFile(DOCUMENT)) return false;
  await fastify.register(fastifyStatic, {
    root: FOLDER,
    // No route of its own: what no route takes is looked for here, so that a stand built anew is served at once.
    serve: false,
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

/** A file of the stand, or its document where a page is asked for; undefined for all else, and where none is served. */
export function standFile({ method, url, headers }: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  if (!URL.canParse(url, BASE)) return undefined;
  const { pathname } = new URL(url, BASE);
  if ((method !== 'GET' && method !== 'HEAD') || OF_MACHINES.test(pathname) || !('sendFile' in reply)) return undefined;
  const file = pathname.slice(1);
  if (isFile(file)) return reply.sendFile(file);
  const asksForPage = pathname === '/' || /\btext\/html\b/.test(headers.accept ?? '');
  return asksForPage && !pathname.startsWith('/assets/') ? reply.sendFile(DOCUMENT) : undefined;
}

/** @param path of a URL, in which no step leads up. */
function isFile(path: string): boolean {
  return statSync(join(FOLDER, path), { throwIfNoEntry: false })?.isFile() ?? false;
}
