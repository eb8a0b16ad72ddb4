/**
 * What stands in an export, record after record: a header, the private keys where they were asked for, each service's log
 * with how far the service had followed the others, and an end that counts and proves everything before it. What logs
 * tell is not in it: it is folded from them again.
 */
import Type, { type Static } from 'typebox';

/** Of the whole file. A change that older code cannot read gets a new number; the first record's frame stays. */
export const FORMAT = 1;

const Count = Type.Integer({ minimum: 0 });
const LogId = Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' });
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const closed = { additionalProperties: false };

export const Header = Type.Object(
  {
    kind: Type.Literal('archive'),
    format: Type.Literal(FORMAT),
    network: Type.String(),
    chainId: Type.String(),
    /** In the order in which they follow; `hash` is that of the last event. */
    logs: Type.Array(Type.Object({ service: Type.String(), logId: LogId, events: Count, hash: Sha256 }, closed)),
    /** How many private keys there are; null in an export without secrets. */
    keys: Type.Union([Count, Type.Null()]),
  },
  closed,
);

/** How the passphrase becomes the key that the private keys are sealed with; see key-seal.ts. */
export const Secrets = Type.Object(
  {
    kind: Type.Literal('secrets'),
    scrypt: Type.Object(
      { cost: Type.Literal(131_072), blockSize: Type.Literal(8), parallelization: Type.Literal(1) },
      closed,
    ),
    /** 16 bytes, hex. */
    salt: Type.String({ pattern: '^[0-9a-f]{32}$' }),
  },
  closed,
);

export const Key = Type.Object(
  {
    kind: Type.Literal('key'),
    address: Type.String(),
    /** Nonce (12 bytes), ciphertext (32), tag (16), hex. */
    sealed: Type.String({ pattern: '^[0-9a-f]{120}$' }),
  },
  closed,
);

export const Log = Type.Object(
  {
    kind: Type.Literal('log'),
    service: Type.String(),
    /** How far the service has followed others; what means nothing to it is passed over. */
    checkpoints: Type.Array(Type.Object({ source: Type.String(), logId: LogId, position: Count }, closed)),
  },
  closed,
);

/** An event exactly as it is stored; `data` and `metadata` are JSON as the very text that was written. */
export const Event = Type.Object(
  {
    kind: Type.Literal('event'),
    position: Type.Integer({ minimum: 1 }),
    eventId: Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }),
    stream: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    type: Type.String(),
    schemaVersion: Type.Integer({ minimum: 1 }),
    recordedAt: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' }),
    metadata: Type.String(),
    data: Type.String(),
    hash: Sha256,
  },
  closed,
);

export const End = Type.Object(
  {
    kind: Type.Literal('end'),
    /** All before this one. */
    records: Count,
    events: Count,
    /** Over all bytes before this record's line. */
    sha256: Sha256,
  },
  closed,
);

export const recordSchemas = { archive: Header, secrets: Secrets, key: Key, log: Log, event: Event, end: End } as const;

export type RecordKind = keyof typeof recordSchemas;
export type RecordOf<K extends RecordKind> = Static<(typeof recordSchemas)[K]>;
export type ArchiveRecord = { [K in RecordKind]: RecordOf<K> }[RecordKind];
export type Header = RecordOf<'archive'>;
export type Checkpoint = RecordOf<'log'>['checkpoints'][number];
