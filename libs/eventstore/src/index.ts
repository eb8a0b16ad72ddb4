/** The public face of the event store: a log in Postgres, carried by JetStream, applied exactly once. */
export { connectBus, REQUIRED_MAX_PAYLOAD_BYTES, type Bus } from './bus.ts';
export { describeObstacle, type DeadLetter } from './dead-letters.ts';
export type { CheckpointMove, Metadata, NewEvent, RecordedEvent } from './event.ts';
export { EventNode, type EventNodeOptions, type ReplayOutcome, type Source } from './event-node.ts';
export { classifyFailure, ConflictError, isTransient, UnavailableError } from './failure.ts';
export { instanceName, type Leader } from './leadership.ts';
export { EventLog, ForeignLogError, READ_LIMIT, type Guard, type Log, type LogHead } from './log.ts';
export { applyMigrations } from './migrations.ts';
export { readNewestVersions, type NewestVersion } from './newest-versions.ts';
export { postgresAdapter } from './postgres-adapter.ts';
export { columns, empty, join, raw, sql, type Sql, type SqlClient } from './sql.ts';
export { Writer, type Decided, type Decision } from './writer.ts';
