/** The writers of answers, one for each route and status, made from the answer's schema. */
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import type { FastifyServerOptions } from 'fastify';

type CompilersFactory = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;

/** Fastify's own, but made when first needed: a process has dozens, and most are never asked for. */
export const buildSerializer: NonNullable<CompilersFactory['buildSerializer']> = (externalSchemas, options) => {
  const compile = SerializerSelector()(externalSchemas, options);
  return (route) => {
    let serialize: ((answer: unknown) => string) | undefined;
    return (answer) => (serialize ??= compile({ ...route, schema: written(route.schema) }))(answer);
  };
};

/**
 * The schema for who writes what is known to be right: what may be null, and one of several words, are told apart without
 * a validator for the choice, which takes longer to make than the writer itself.
 */
function written(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(written);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { anyOf, ...rest } = schema as { anyOf?: unknown };
  if (Array.isArray(anyOf)) {
    const choices = anyOf as { type?: unknown; const?: unknown }[];
    const values = choices.filter(({ type }) => type !== 'null');
    const [only] = values;
    if (values.length === 1 && choices.length === 2) return { ...(written(only) as object), nullable: true };
    if (values.every((value) => typeof value.const === 'string'))
      return { ...rest, type: 'string', nullable: values.length < choices.length };
  }
  return Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, written(value)]));
}
