/** The last event of each type, or of streams: enough to tell whether a newer version has written there. */
import { sql, type SqlClient } from './sql.ts';

export interface NewestVersion {
  type: string;
  schemaVersion: number;
  position: number;
}

/** Goes from type to type over the index on (type, position): the cost grows with the types, not with the log. */
export async function readNewestVersions(client: SqlClient): Promise<NewestVersion[]> {
  const rows = await client.$queryRaw<(Omit<NewestVersion, 'position'> & { position: bigint })[]>(
    sql`WITH RECURSIVE kinds AS (
          (SELECT type FROM events ORDER BY type LIMIT 1)
          UNION ALL
          SELECT (SELECT e.type FROM events e WHERE e.type > kinds.type ORDER BY e.type LIMIT 1)
            FROM kinds WHERE kinds.type IS NOT NULL)
        SELECT newest.type, newest.schema_version AS "schemaVersion", newest.position
          FROM kinds CROSS JOIN LATERAL (
            SELECT e.type, e.schema_version, e.position FROM events e
             WHERE e.type = kinds.type ORDER BY e.position DESC LIMIT 1) newest
         ORDER BY newest.position`,
  );
  return rows.map((row) => ({ ...row, position: Number(row.position) }));
}

/** The last event of each of these streams. */
export async function readLastOfStreams(client: SqlClient, streams: readonly string[]): Promise<NewestVersion[]> {
  const rows = await client.$queryRaw<(Omit<NewestVersion, 'position'> & { position: bigint })[]>(
    sql`SELECT last.type, last.schema_version AS "schemaVersion", last.position
          FROM unnest(${[...streams]}::text[]) AS wanted(stream) CROSS JOIN LATERAL (
            SELECT type, schema_version, position FROM events e
             WHERE e.stream = wanted.stream ORDER BY version DESC LIMIT 1) last
         ORDER BY last.position`,
  );
  return rows.map((row) => ({ ...row, position: Number(row.position) }));
}
