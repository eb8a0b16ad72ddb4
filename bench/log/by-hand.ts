/*
 * What somebody in a hurry would write instead of an event store: one connection, one insert of many rows a commit,
 * positions and versions counted in memory. Nobody else may write, no hash is chained, no version is judged but by the index.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Metadata, NewEvent } from '@pocket/eventstore';

export interface HandWrittenTable {
  /** Events with the next positions, in one commit. */
  insert(events: readonly NewEvent[], metadata: Metadata): Promise<void>;
  close: () => Promise<void>;
}

const INSERT = `INSERT INTO events
    (position, event_id, stream, version, type, schema_version, data, metadata, recorded_at, hash)
  SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::int[], $7::json[], $8::json[],
                       $9::timestamptz[], $10::bytea[])`;
const SOME_HASH = Buffer.alloc(32, 7);

/** @param schema that has an empty table `events`. */
export async function openByHand(databaseUrl: string, schema: string): Promise<HandWrittenTable> {
  const client = new pg.Client({ connectionString: databaseUrl, options: `-c search_path=${schema}` });
  await client.connect();
  const versions = new Map<string, number>();
  let position = 0;
  const next = (stream: string): number => {
    const version = (versions.get(stream) ?? 0) + 1;
    versions.set(stream, version);
    return version;
  };
  return {
    async insert(events, metadata) {
      const recordedAt = new Date().toISOString();
      const of = <T>(value: (event: NewEvent) => T): T[] => events.map(value);
      const written = JSON.stringify(metadata);
      const values = [
        of(() => ++position),
        of(() => randomUUID()),
        of(({ stream }) => stream),
        of(({ stream }) => next(stream)),
        of(({ type }) => type),
        of(({ schemaVersion }) => schemaVersion),
        of(({ data }) => JSON.stringify(data)),
        of(() => written),
        of(() => recordedAt),
        of(() => SOME_HASH),
      ];
      await client.query({ name: 'insert', text: INSERT, values });
    },
    close: () => client.end(),
  };
}
