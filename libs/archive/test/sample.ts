/** A small system as records, proved as a real one is: what tests of the archive take apart. */
import { digestOf, firstHash, nextHash } from '@pocket/eventstore';
import { RecordEncoder } from '../src/encoding.ts';
import { createKeySeal, secretsOf } from '../src/key-seal.ts';
import { FORMAT, type ArchiveRecord, type Checkpoint } from '../src/records.ts';

export const LOG_IDS = {
  wallet: '00000000-0000-4000-8000-000000000001',
  'tx-pool': '00000000-0000-4000-8000-000000000002',
  miner: '00000000-0000-4000-8000-000000000003',
  chainstate: '00000000-0000-4000-8000-000000000004',
} as const;

type Service = keyof typeof LOG_IDS;
export const SERVICES = Object.keys(LOG_IDS) as Service[];

export interface SampleEvent {
  type: string;
  schemaVersion?: number;
  data: object | string;
}

const HASH = 'ab'.repeat(32);
/** As a service would have written it, with what JSON and lines could stumble over. */
const REASON = { code: 'odd', message: 'line\nfeed, "quotes", \u2028, é, 🙂, \u007f' };
const stopped = (searchId: string): SampleEvent => ({ type: 'MiningStopped', data: { searchId, reason: REASON } });

export const EVENTS: Record<Service, SampleEvent[]> = {
  wallet: [{ type: 'WalletsForgotten', data: { addresses: [] } }],
  'tx-pool': [
    { type: 'PoolCleared', data: { chainId: 'first' } },
    { type: 'BlockFollowed', data: { blockHash: HASH, height: 0 } },
  ],
  // JSON with other spaces than ours stays the very text.
  miner: [
    stopped('one'),
    stopped('two'),
    { type: 'MiningStopped', data: ` ${JSON.stringify(stopped('three').data)}\n` },
  ],
  chainstate: [
    {
      type: 'ChainStarted',
      schemaVersion: 2,
      data: { chainId: 'first', network: 'pocket', parameters: { genesis: null } },
    },
  ],
};

/** The records of one log, each event's hash over the one before it. */
export function eventRecords(service: Service, events: readonly SampleEvent[]): ArchiveRecord[] {
  let previous = firstHash(LOG_IDS[service]);
  return events.map(({ type, schemaVersion = 1, data }, index) => {
    const position = index + 1;
    const stored = {
      eventId: `00000000-0000-4000-9000-${String(position).padStart(12, '0')}`,
      stream: `stream of ${service}`,
      version: position,
      type,
      schemaVersion,
      recordedAt: '2026-11-23T12:00:00.123Z',
      metadata: JSON.stringify({ correlationId: 'é', causationId: null, traceparent: null }),
      data: typeof data === 'string' ? data : JSON.stringify(data),
    };
    previous = nextHash(previous, position, digestOf(stored));
    return { kind: 'event', position, ...stored, hash: previous.toString('hex') };
  });
}

export interface SampleOptions {
  events?: Partial<Record<Service, SampleEvent[]>>;
  checkpoints?: Partial<Record<Service, Checkpoint[]>>;
  /** Addresses by key. */
  keys?: readonly { address: string; privateKey: Uint8Array }[];
  passphrase?: string;
}

/** All records of a sound export but its end. */
export async function sampleRecords(options: SampleOptions = {}): Promise<ArchiveRecord[]> {
  const all = { ...EVENTS, ...options.events };
  const logs = SERVICES.map((service) => ({ service, records: eventRecords(service, all[service]) }));
  const header: ArchiveRecord = {
    kind: 'archive',
    format: FORMAT,
    network: 'pocket',
    chainId: 'first',
    logs: logs.map(({ service, records }) => {
      const last = records.at(-1);
      const hash = last?.kind === 'event' ? last.hash : firstHash(LOG_IDS[service]).toString('hex');
      return { service, logId: LOG_IDS[service], events: records.length, hash };
    }),
    keys: options.keys?.length ?? null,
  };
  const end = (source: Service): Checkpoint => ({ source, logId: LOG_IDS[source], position: all[source].length });
  const followed: Partial<Record<Service, Checkpoint[]>> = {
    wallet: [end('tx-pool'), end('chainstate')],
    'tx-pool': [end('wallet'), end('chainstate')],
    ...options.checkpoints,
  };
  const bodies = logs.flatMap(({ service, records }): ArchiveRecord[] => [
    { kind: 'log', service, checkpoints: followed[service] ?? [] },
    ...records,
  ]);
  return [header, ...(await keyRecords(options)), ...bodies];
}

async function keyRecords({ keys, passphrase = 'open sesame' }: SampleOptions): Promise<ArchiveRecord[]> {
  if (keys === undefined) return [];
  const secrets = secretsOf(LOG_IDS.wallet);
  const seal = await createKeySeal(passphrase, secrets);
  const sealed = keys.map(({ address, privateKey }): ArchiveRecord => {
    return { kind: 'key', address, sealed: seal.seal(privateKey, address).toString('hex') };
  });
  return [secrets, ...sealed];
}

/** The lines of these records and of an end that fits them. */
export function archiveLines(records: readonly ArchiveRecord[], end: Partial<ArchiveRecord> = {}): string[] {
  const encoder = new RecordEncoder();
  const lines = records.map((record) => encoder.encode(record));
  const events = records.filter(({ kind }) => kind === 'event').length;
  const last = { kind: 'end', records: records.length, events, sha256: encoder.sha256, ...end } as ArchiveRecord;
  return [...lines, encoder.encode(last)];
}

/** Bytes in chunks of a size that no line knows. */
export async function* chunksOf(bytes: Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield await Promise.resolve(bytes.subarray(from, from + size));
}
