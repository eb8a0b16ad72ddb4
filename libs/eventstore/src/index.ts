/** The public face of the event store: a log in Postgres, carried by JetStream, applied exactly once. */
export { announceAppends, announceProgress, hearProgress, listenForAppends } from './append-notice.ts';
export { connectBus, REQUIRED_MAX_PAYLOAD_BYTES, type Bus } from './bus.ts';
export { describeObstacle, type DeadLetter } from './dead-letters.ts';
export type { CheckpointMove, Metadata, NewEvent, RecordedEvent } from './event.ts';
export { digestOf, firstHash, nextHash, type EventText } from './event-hash.ts';
export {
  findPlaces,
  searchEvents,
  type EventFilter,
  type EventPlace,
  type EventSearch,
  type FoundEvents,
  type PlaceQuestion,
} from './event-search.ts';
export { STATE_HASHED, type Fold, type FoldedTable, type Folding, type FoldPositions, type ReadRows } from './fold.ts';
export { FoldedTables, openTemporaryTables, type FoldStep, type ReadLog } from './folded-tables.ts';
export { EventNode, type EventNodeOptions, type ReplayOutcome, type Source } from './event-node.ts';
export { classifyFailure, ConflictError, isTransient, UnavailableError } from './failure.ts';
export { instanceName, SOMEBODY_LEADS, type Leader } from './leadership.ts';
export { EventLog, ForeignLogError, READ_LIMIT, type Guard, type Log, type LogHead } from './log.ts';
export { pointAt, pointOfEvent, positionAtMoment, type EventPoint } from './log-moment.ts';
export { LogProof, type LogFault } from './log-proof.ts';
export { applyMigrations } from './migrations.ts';
export { readLastOfStreams, readNewestVersions, type NewestVersion } from './newest-versions.ts';
export { BeyondHeadError, Past } from './past.ts';
export { postgresAdapter } from './postgres-adapter.ts';
export { withDirectStatements, type SqlDriverAdapterFactory } from './raw-statements.ts';
export { Progress } from './progress.ts';
export { Relay } from './relay.ts';
export { columns, empty, join, raw, sql, type Sql, type SqlClient } from './sql.ts';
export {
  readStored,
  readStoredHead,
  recordedEvent,
  type Queryable,
  type StoredEvent,
  type StoredHead,
} from './stored-log.ts';
export { Subscription } from './subscription.ts';
export { hashOfTable, keepRecording, positionsOf, recordState, STATE_STREAM, type StateHashes } from './state-hash.ts';
export { Writer, type Condition, type Decided, type Decision, type WritableLog } from './writer.ts';
