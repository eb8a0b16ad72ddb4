/** The writers of answers, one for each route and status, made from the answer's schema. */
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import type { FastifyServerOptions } from 'fastify';

type CompilersFactory = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;

/** Fastify's own, but made when first needed: a process has dozens, and most are never asked for. */
export const buildSerializer: NonNullable<CompilersFactory['buildSerializer']> = (externalSchemas, options) => {
  const compile = SerializerSelector()(externalSchemas, options);
  return (route) => {
    let serialize: ((answer: unknown) => string) | undefined;
    return (answer) => (serialize ??= compile(route))(answer);
  };
};
