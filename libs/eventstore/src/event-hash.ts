/**
 * The hash chain of a log. An event's hash is SHA-256 over the hash before it, its position and its digest, so that a
 * changed, missing or moved event is found by whoever reads the log from its beginning. The chain is made by Postgres
 * while the positions are taken (function pocket_chain of the migrations); here it is proved.
 */
import { hash } from 'node:crypto';

/** An event as it is stored: JSON as the very text that was written. */
export interface EventText {
  eventId: string;
  stream: string;
  version: number;
  type: string;
  schemaVersion: number;
  data: string;
  metadata: string;
  /** ISO 8601, UTC, milliseconds. */
  recordedAt: string;
}

/** SHA-256 over all of the event but its place in the log; 32 bytes. */
export function digestOf({ eventId, stream, version, type, schemaVersion, ...texts }: EventText): Buffer {
  const { data, metadata, recordedAt } = texts;
  const lines = [eventId, stream, version, type, schemaVersion, Date.parse(recordedAt)];
  return sha256([...lines, sha256Hex(metadata), sha256Hex(data)].join('\n'));
}

/** What the chain of a log begins with. */
export function firstHash(logId: string): Buffer {
  return sha256(logId);
}

/** The hash of the event at `position` behind one that has the hash `previous`. */
export function nextHash(previous: Uint8Array, position: number, digest: Uint8Array): Buffer {
  const place = Buffer.alloc(8);
  place.writeBigInt64BE(BigInt(position));
  return sha256(Buffer.concat([previous, place, digest]));
}

function sha256(bytes: string | Uint8Array): Buffer {
  return Buffer.from(sha256Hex(bytes), 'hex');
}

/** In one call and as hex: twice as fast as an object that makes a Buffer. */
function sha256Hex(bytes: string | Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}
