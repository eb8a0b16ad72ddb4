/**
 * An export as bytes: what is written is read again to the byte, and whatever is done to it afterwards, cut off, changed,
 * put in or taken out, is found and named.
 */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ArchiveError } from '../src/archive-error.ts';
import { readArchive, type ReadRecord } from '../src/archive-reader.ts';
import type { ArchiveRecord } from '../src/records.ts';
import { archiveLines, chunksOf, EVENTS, eventRecords, LOG_IDS, sampleRecords, SERVICES } from './sample.ts';

const SEED = 20_261_123;
const ALICE = { address: 'alice', privateKey: new Uint8Array(32).fill(1) };

let records: ArchiveRecord[];
let lines: string[];
let bytes: Buffer;

/** To seal keys takes its time. */
beforeAll(async () => {
  records = await sampleRecords({ keys: [ALICE, { ...ALICE, address: 'bob' }] });
  lines = archiveLines(records);
  bytes = Buffer.from(lines.join(''));
}, 60_000);

async function readAll(content: Uint8Array, chunkBytes?: number): Promise<ReadRecord[]> {
  const read: ReadRecord[] = [];
  for await (const record of readArchive(chunksOf(content, chunkBytes))) read.push(record);
  return read;
}

/** What is said of these bytes; fails where nothing is. */
async function refusalOf(content: Uint8Array | readonly ArchiveRecord[]): Promise<string> {
  const whole = content instanceof Uint8Array ? content : Buffer.from(archiveLines(content).join(''));
  const failure = await readAll(whole).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ArchiveError);
  return (failure as ArchiveError).message;
}

describe('a sound export', () => {
  it.each([1, 7, 1_000, 1_000_000])('is read again to the byte, in chunks of %d', async (chunkBytes) => {
    const read = await readAll(bytes, chunkBytes);
    expect(read.map(({ kind }) => kind)).toEqual([...records.map(({ kind }) => kind), 'end']);
    const texts = read.flatMap((record) => (record.kind === 'event' ? [record.event.data] : []));
    expect(texts).toEqual(SERVICES.flatMap((service) => eventRecords(service, EVENTS[service])).map(dataOf));
  });

  it('is lines of JSON, whose last tells the SHA-256 of all before it', () => {
    const parsed = lines.map((line) => JSON.parse(line) as [string, ArchiveRecord]);
    expect(parsed.slice(0, -1).map(([, record]) => record)).toEqual(records);
    const before = createHash('sha256').update(lines.slice(0, -1).join('')).digest('hex');
    expect(parsed.at(-1)?.[1]).toEqual({ kind: 'end', records: records.length, events: 7, sha256: before });
  });

  it('is the same bytes again', async () => {
    const [once, again] = await Promise.all([sampleRecords(), sampleRecords()]);
    expect(archiveLines(again).join('')).toBe(archiveLines(once).join(''));
  });
});

const dataOf = (record: ArchiveRecord): string => (record.kind === 'event' ? record.data : '');

describe('a truncated export', () => {
  it('is named at every record, with how many there are', async () => {
    for (let count = 1; count < lines.length; count++) {
      const message = await refusalOf(Buffer.from(lines.slice(0, count).join('')));
      expect(message).toMatch(
        new RegExp(`^The export was cut off: it ends after ${count} records, before .* complete\\.$`),
      );
    }
  });

  it('is named at any byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 40, max: bytes.length - 1 }), async (length) => {
        expect(await refusalOf(bytes.subarray(0, length))).toMatch(
          /^The export was cut off: it ends after \d+ records/,
        );
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('of nothing is empty', async () => {
    expect(await refusalOf(new Uint8Array())).toBe('The export is empty.');
  });
});

describe('a changed byte', () => {
  it('is found wherever it is and whatever it becomes, in the record where it stands', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        const place = bytes.subarray(0, at).toString('latin1').split('\n').length;
        const message = await refusalOf(changed);
        if (/^This is no export/.test(message)) expect(place).toBe(1);
        else if (at === bytes.length - 1) expect(message).toMatch(/cut off/);
        else expect(message).toContain(`record ${place} (`);
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });

  it.each([
    [1, 'its header'],
    [2, 'how its keys are sealed'],
    [4, 'key 2 of 2'],
    [5, 'the log of wallet'],
    [6, 'event 1 of the log of wallet'],
    [12, 'event 2 of the log of miner'],
    [16, 'its end'],
  ])('of record %d is named as %s', async (record, name) => {
    const changed = lines.map((line, index) => (index === record - 1 ? line.replace(/}\]\n$/, ' }]\n') : line));
    expect(await refusalOf(Buffer.from(changed.join('')))).toContain(`record ${record} (${name})`);
  });
});

describe('a line', () => {
  it('too many, too few or out of its order is found', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(lines.length - 2), fc.nat(lines.length - 2), async (at, other) => {
        const without = lines.filter((_, index) => index !== at);
        const twice = lines.flatMap((line, index) => (index === at ? [line, line] : [line]));
        expect(await refusalOf(Buffer.from(without.join('')))).not.toBe('');
        expect(await refusalOf(Buffer.from(twice.join('')))).not.toBe('');
        const swapped = [...lines];
        [swapped[at], swapped[other]] = [swapped[other] ?? '', swapped[at] ?? ''];
        if (at !== other) expect(await refusalOf(Buffer.from(swapped.join('')))).not.toBe('');
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  it('behind the end is found', async () => {
    expect(await refusalOf(Buffer.concat([bytes, Buffer.from('\n')]))).toMatch(/something behind its end/);
  });
});

describe('something else', () => {
  it.each([
    ['a text', 'hello\n'],
    ['a text without lines', 'x'.repeat(10_000)],
    ['JSON', '{"kind":"archive"}\n'],
    ['bytes', '\u0000\u0001\u0002'],
  ])('such as %s is no export', async (_, text) => {
    expect(await refusalOf(Buffer.from(text))).toMatch(/^This is no export of Pocket-Blockchain/);
  });

  it('without a line feed is not held in memory for ever', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield await Promise.resolve(new Uint8Array(8 * 1024 * 1024).fill(65));
    }
    await expect(readArchive(endless()).next()).rejects.toThrow('This is no export of Pocket-Blockchain.');
  });
});

describe('a newer version', () => {
  it('of the format is named', async () => {
    const newer = records.map((record) => (record.kind === 'archive' ? { ...record, format: 2 } : record));
    expect(await refusalOf(newer as ArchiveRecord[])).toBe(
      'The export has format 2, this version reads format 1: import it with the version that wrote it, or a newer one.',
    );
  });

  it.each([
    [
      'version',
      { type: 'WalletsForgotten', schemaVersion: 9, data: { addresses: [] } },
      'WalletsForgotten version 9 is newer',
    ],
    ['type', { type: 'WalletSold', data: {} }, 'wallet has no event type WalletSold'],
    ['shape', { type: 'WalletsForgotten', data: { addresses: 'all' } }, 'WalletsForgotten/addresses'],
    ['syntax', { type: 'WalletsForgotten', data: '{' }, 'JSON'],
  ])('of an event is named by its %s', async (_, event, reason) => {
    const message = await refusalOf(await sampleRecords({ events: { wallet: [...EVENTS.wallet, event] } }));
    expect(message).toMatch(/^Event 2 of the log of wallet cannot be read by this version: /);
    expect(message).toContain(reason);
  });
});

/** Written by somebody who makes every check fit. */
describe('a forged export', () => {
  const change = (kind: string, changes: object, nth = 0): ArchiveRecord[] => {
    const index = records.flatMap((record, at) => (record.kind === kind ? [at] : []))[nth] ?? -1;
    return records.map((record, at) => (at === index ? { ...record, ...changes } : record));
  };

  it.each([
    ['another time', { recordedAt: '2026-11-23T12:00:00.124Z' }, 'its content was changed'],
    ['another text', { data: '{"addresses": []}' }, 'its content was changed'],
    ['another hash', { hash: '00'.repeat(32) }, 'its hash was changed'],
    ['another place', { position: 2 }, 'events 1 to 1 are missing'],
    ['another version', { version: 2 }, 'it must be 1'],
  ])('with %s of an event does not prove itself', async (_, changes, reason) => {
    const message = await refusalOf(change('event', changes));
    expect(message).toMatch(/^The log of wallet does not prove itself: /);
    expect(message).toContain(reason);
  });

  it('with the log of another system does not prove itself', async () => {
    const logId = LOG_IDS.miner;
    const header = records[0]?.kind === 'archive' ? records[0].logs : [];
    const logs = header.map((log) => (log.service === 'wallet' ? { ...log, logId } : log));
    expect(await refusalOf(change('archive', { logs }))).toMatch(/^The log of wallet does not prove itself/);
  });

  it.each([
    ['a log that is not there', { source: 'bank', logId: LOG_IDS.chainstate, position: 0 }],
    ['another log', { source: 'chainstate', logId: LOG_IDS.miner, position: 1 }],
    ['further than there is', { source: 'chainstate', logId: LOG_IDS.chainstate, position: 2 }],
  ])('of a service that has followed %s is refused', async (_, checkpoint) => {
    expect(await refusalOf(await sampleRecords({ checkpoints: { wallet: [checkpoint] } }))).toMatch(
      /^The export says that wallet is at/,
    );
  });

  it('without one of the logs is refused', async () => {
    const logs = records[0]?.kind === 'archive' ? records[0].logs.slice(1) : [];
    expect(await refusalOf(change('archive', { logs }))).toMatch(
      /^The export has the logs of tx-pool, miner, chainstate;/,
    );
  });

  it.each([{ records: 3 }, { events: 3 }, { sha256: '00'.repeat(32) }])('whose end says %j is refused', async (end) => {
    const forged = archiveLines(records, end);
    expect(await refusalOf(Buffer.from(forged.join('')))).toMatch(/its end tells of other records/);
  });

  it.each([
    ['event', { extra: 1 }],
    ['log', { checkpoints: 'none' }],
    ['key', { sealed: 'short' }],
    ['secrets', { scrypt: { cost: 2, blockSize: 8, parallelization: 1 } }],
    ['archive', { format: '1' }],
  ])('with a strange record %s is refused', async (kind, changes) => {
    expect(await refusalOf(change(kind, changes))).toMatch(/is not what must stand there\.$/);
  });
});
