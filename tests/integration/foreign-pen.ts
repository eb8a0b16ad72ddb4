/** Somebody who writes into a service's log past the service: events of a version that this code does not know yet. */
import { EventLog, postgresAdapter, sql, type NewEvent } from '@pocket/eventstore';
import type { TestStack } from '@pocket/testkit';
import { PrismaClient } from '../../services/miner/src/generated/client.ts';

const metadata = { correlationId: 'a-newer-version', causationId: null, traceparent: null };

type Schema = 'wallet' | 'tx_pool' | 'miner' | 'chainstate';

/** Does something with the tables of a service; any service's client serves, as the log's tables are the same. */
export async function withTables<T>(
  stack: TestStack,
  schema: Schema,
  work: (client: PrismaClient) => Promise<T>,
): Promise<T> {
  const client = new PrismaClient({ adapter: postgresAdapter(stack.databaseUrl, schema) });
  try {
    return await work(client);
  } finally {
    await client.$disconnect();
  }
}

/** Appends one event behind all others of its stream. Returns its position; the relay carries it within a second. */
export function appendForeign(stack: TestStack, schema: Schema, event: NewEvent): Promise<number> {
  return withTables(stack, schema, async (client) => {
    const [last] = await client.$queryRaw<{ version: number }[]>(
      sql`SELECT version FROM events WHERE stream = ${event.stream} ORDER BY version DESC LIMIT 1`,
    );
    const written = { ...event, version: (last?.version ?? 0) + 1, metadata };
    const [recorded] = await new EventLog(client).append({ events: [written], recordedAt: new Date().toISOString(), checkpoints: [], projections: [] });
    if (recorded === undefined) throw new Error('the event was not written');
    return recorded.position;
  });
}

/** Says of an event that it is of another version than it was written in. */
export async function setVersion(
  stack: TestStack,
  schema: Schema,
  position: number,
  schemaVersion: number,
): Promise<void> {
  await withTables(stack, schema, (client) =>
    client.$executeRaw(sql`UPDATE events SET schema_version = ${schemaVersion} WHERE position = ${position}`),
  );
}
