/**
 * How every service's Prisma client reaches Postgres: its own schema first on the search path, so that raw statements
 * and typed calls mean the same tables, and statements prepared and planned once per connection, because planning the
 * log's append costs as much as running it. Times are UTC, so that the text of a row, which is hashed, is the same everywhere.
 */
import { PrismaPg } from '@prisma/adapter-pg';

/** Statements beyond this many different texts are planned each time; a bound on Postgres' memory per connection. */
const MAX_PREPARED = 400;

/**
 * A plan is made before its parameters are known, and often while a table is still small: with the cost of a disk's
 * arm (the default, 4) it would read the whole table for a few rows, and go on so while the table grows. Compiling a plan
 * costs more than any of these statements.
 */
const PLANNING = '-c plan_cache_mode=force_generic_plan -c random_page_cost=1.1 -c jit=off';

/**
 * A connection costs Postgres a process, and every statement a plan on it: few that are kept, also through a pause, serve
 * more than many that come and go.
 */
const CONNECTIONS = { max: 6, idleTimeoutMillis: 60_000 };

/** @param schema the service's Postgres schema. */
export function postgresAdapter(databaseUrl: string, schema: string): PrismaPg {
  const names = new Map<string, string>();
  return new PrismaPg(
    { connectionString: databaseUrl, ...CONNECTIONS, options: `-c search_path=${schema} -c TimeZone=UTC ${PLANNING}` },
    { schema, statementNameGenerator: ({ sql }) => nameOf(names, sql) as string },
  );
}

/** The same name for the same text; undefined, which means not prepared, when there are too many texts. */
function nameOf(names: Map<string, string>, text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MAX_PREPARED) return known;
  const name = `pocket_${names.size}`;
  names.set(text, name);
  return name;
}
