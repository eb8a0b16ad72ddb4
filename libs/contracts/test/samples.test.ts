/**
 * Every version of every event that was ever written can be read for ever: samples/ holds a real one of each, taken
 * from the log of a running service. A sample is never changed or deleted.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Compile } from 'typebox/compile';
import { eventCatalog, eventSources, isEventSource, LogEventView, readEvent } from '../src/index.ts';

const folder = new URL('../samples/', import.meta.url);
const files = readdirSync(folder);
const logEvent = Compile(LogEventView);
const versions = eventSources.flatMap((source) =>
  Object.entries(eventCatalog[source]).flatMap(([type, { schemaVersion }]) =>
    Array.from({ length: schemaVersion }, (_, index) => `${source}.${type}.v${index + 1}`),
  ),
);

describe('samples', () => {
  it.each(files)('%s can be read', (file) => {
    const [source = '', type, version] = file.split('.');
    const sample = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Parameters<typeof readEvent>[1];
    expect(logEvent.Check(sample)).toBe(true);
    expect(`v${sample.schemaVersion}`).toBe(version);
    if (!isEventSource(source)) throw new Error(`${file} names no source`);
    expect(readEvent(source, sample).type).toBe(type);
  });

  it('are there for every version of every event type', () => {
    const names = files.map((file) => file.split('.').slice(0, 3).join('.'));
    expect([...new Set(names)].sort()).toEqual([...versions].sort());
  });

  it('hold no private key', () => {
    for (const file of files) expect(readFileSync(new URL(file, folder), 'utf8')).not.toMatch(/private|encrypted/i);
  });
});
