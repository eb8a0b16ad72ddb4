/**
 * Empty tables like a service's live ones, in a schema of their own, for a rebuild to fill: first in the fastest way, then
 * made into what the live ones are, down to the names of their indexes, which later migrations go by.
 */
import pg from 'pg';
import { CONNECT_WITHIN_MS, type LedgerService } from './services.ts';

/**
 * Makes the tables; what an interrupted rebuild has left there goes. Postgres does not note their rows in its journal
 * until `makeLasting`: if it ends before, so does the rebuild.
 */
export async function openShadow(databaseUrl: string, service: LedgerService, shadow: string): Promise<pg.Pool> {
  // The swap's commit, which waits for the disk, is behind all of these in Postgres' journal.
  const settings = `-c search_path=${shadow} -c TimeZone=UTC -c synchronous_commit=off`;
  const lasting = { max: 1, idleTimeoutMillis: 0, connectionTimeoutMillis: CONNECT_WITHIN_MS };
  const pool = new pg.Pool({ connectionString: databaseUrl, ...lasting, options: settings });
  pool.on('error', () => undefined);
  try {
    await pool.query(`DROP SCHEMA IF EXISTS "${shadow}" CASCADE; CREATE SCHEMA "${shadow}"`);
    for (const { name } of service.fold.tables) {
      const likeLive = `LIKE "${service.schema}"."${name}" INCLUDING ALL EXCLUDING INDEXES`;
      await pool.query(`CREATE UNLOGGED TABLE "${name}" (${likeLive})`);
    }
    await makeIndexes(pool, service, { unique: true });
    return pool;
  } catch (error) {
    await pool.end();
    throw error;
  }
}

/** From here on the tables outlive a crash, and have all of their indexes. */
export async function makeLasting(pool: pg.Pool, service: LedgerService): Promise<void> {
  for (const { name } of service.fold.tables) await pool.query(`ALTER TABLE "${name}" SET LOGGED`);
  await makeIndexes(pool, service, { unique: false });
}

/** Folds write by unique ones; the others are made faster over full tables than kept row by row. */
async function makeIndexes(pool: pg.Pool, { schema, fold }: LedgerService, { unique }: { unique: boolean }) {
  const { rows } = await pool.query<{ statement: string }>(
    `SELECT CASE WHEN k.oid IS NULL
                 THEN format('CREATE %s INDEX %I ON %I ', CASE WHEN indisunique THEN 'UNIQUE' END, i.relname, t.relname)
                        || substring(pg_get_indexdef(i.oid) FROM 'USING .*')
                 ELSE format('ALTER TABLE %I ADD CONSTRAINT %I ', t.relname, conname) || pg_get_constraintdef(k.oid)
            END AS statement
       FROM pg_index JOIN pg_class i ON i.oid = indexrelid JOIN pg_class t ON t.oid = indrelid
            LEFT JOIN pg_constraint k ON conindid = i.oid
      WHERE t.relnamespace = $1::regnamespace AND t.relname = ANY($2) AND indisunique = $3`,
    [schema, fold.tables.map(({ name }) => name), unique],
  );
  for (const { statement } of rows) await pool.query(statement);
}
