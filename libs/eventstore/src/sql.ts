/**
 * SQL fragments with parameters, and the part of a Prisma client that the event store needs. Each service has a
 * client of its own, so the store takes whichever it is given.
 */
import { sqltag, type Sql } from '@prisma/client/runtime/client';

export { empty, join, raw, sqltag as sql, type Sql } from '@prisma/client/runtime/client';

export interface SqlClient {
  $queryRaw<T>(query: Sql): Promise<T>;
  $executeRaw(query: Sql): Promise<number>;
}

/** `unnest` of several equally long columns, to write many rows in one round trip. */
export function columns(...arrays: Sql[]): Sql {
  return arrays.reduce((left, right) => sqltag`${left}, ${right}`);
}
