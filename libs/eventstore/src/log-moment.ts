/**
 * A log at the moment of an event that may be another log's: how far it had come by then, and where an event is that is
 * known by its id. Reads only.
 */
import { classifyFailure } from './failure.ts';
import { sql, type Sql, type SqlClient } from './sql.ts';

/** What a cut through the logs needs to know of an event. */
export interface EventPoint {
  position: number;
  eventId: string;
  /** ISO 8601, UTC. */
  recordedAt: string;
  causationId: string | null;
}

interface PointRow extends Omit<EventPoint, 'position' | 'recordedAt'> {
  position: bigint;
  recordedAt: Date;
}

/** undefined where this log has no event of that id. */
export function pointOfEvent(client: SqlClient, eventId: string): Promise<EventPoint | undefined> {
  return readPoint(client, sql`event_id = ${eventId}::uuid`);
}

/** undefined where the log does not reach so far. */
export function pointAt(client: SqlClient, position: number): Promise<EventPoint | undefined> {
  return readPoint(client, sql`position = ${position}`);
}

async function readPoint(client: SqlClient, condition: Sql): Promise<EventPoint | undefined> {
  const [row] = await ask<PointRow>(
    client,
    sql`SELECT position, event_id::text AS "eventId", recorded_at AS "recordedAt", metadata->>'causationId' AS "causationId"
          FROM events WHERE ${condition}`,
  );
  if (row === undefined) return undefined;
  return { ...row, position: Number(row.position), recordedAt: row.recordedAt.toISOString() };
}

/**
 * How far the log had come when an event was recorded, with what that event itself has brought about here. Replicas'
 * clocks differ, so that it ends with the last event of no later time, whatever lies before it.
 * @param recordedAt of the event, ISO 8601, UTC; @param eventId by which its effects name it.
 */
export async function positionAtMoment(client: SqlClient, recordedAt: string, eventId: string): Promise<number> {
  const [row] = await ask<{ position: bigint }>(
    client,
    sql`SELECT greatest(
          (SELECT position FROM events WHERE recorded_at <= ${recordedAt}::timestamptz ORDER BY position DESC LIMIT 1),
          (SELECT max(position) FROM events WHERE metadata->>'causationId' = ${eventId}), 0) AS position`,
  );
  return Number(row?.position ?? 0);
}

async function ask<T>(client: SqlClient, query: Sql): Promise<T[]> {
  return client.$queryRaw<T[]>(query).catch((error: unknown) => {
    throw classifyFailure(error);
  });
}
