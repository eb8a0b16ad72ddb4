/** A known path with a method it does not have: 405 with the methods it has, not 404. */
import type { FastifyReply, HTTPMethods } from 'fastify';
import type { HttpServer } from '@pocket/service-kit';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const satisfies HTTPMethods[];

/** @param answer sends the refusal in the shape of the contract at hand. */
export function refuseOtherMethods(
  fastify: HttpServer,
  paths: string[],
  allowed: readonly string[],
  answer: (reply: FastifyReply, detail: string) => FastifyReply,
): void {
  const method = METHODS.filter((name) => !allowed.includes(name));
  for (const url of paths)
    fastify.route({
      method,
      url,
      handler: (request, reply) => {
        void reply.header('allow', allowed.join(', '));
        const path = request.routeOptions.url ?? url;
        return answer(reply, `${path} does not take ${request.method}, it takes ${allowed.join(', ')}`);
      },
    });
}
