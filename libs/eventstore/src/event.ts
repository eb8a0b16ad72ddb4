/**
 * The shapes of an event log. A log belongs to one service; its positions count 1, 2, 3, … without holes in commit
 * order. Streams are the consistency boundaries inside it: `version` counts per stream.
 */

/** Where a change came from: who asked (correlation), what caused it directly, and the W3C trace it belongs to. */
export interface Metadata {
  correlationId: string;
  causationId: string | null;
  traceparent: string | null;
}

/** A decided event that is not written yet. */
export interface NewEvent {
  stream: string;
  type: string;
  schemaVersion: number;
  data: unknown;
}

/** An event with the version it must get in its stream; the append fails if somebody else took that version. */
export interface VersionedEvent extends NewEvent {
  version: number;
  metadata: Metadata;
}

export interface RecordedEvent extends VersionedEvent {
  position: number;
  eventId: string;
  /** ISO 8601, UTC. */
  recordedAt: string;
}

/** A consumer's step along a foreign log; it commits only if the checkpoint still stands at `from`. */
export interface CheckpointMove {
  consumer: string;
  source: string;
  from: number;
  to: number;
}
