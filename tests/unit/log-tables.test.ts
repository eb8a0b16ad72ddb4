/** The event store works on the tables of whichever service uses it, so these are the same in every schema. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventSources } from '@pocket/contracts';
import { root } from './sources.ts';

const MODELS = ['Event', 'LogHead', 'Checkpoint', 'DeadLetter'];

const schemaOf = (service: string): string =>
  readFileSync(join(root, 'services', service, 'prisma/schema.prisma'), 'utf8');

/** A model as it is written, comments included. */
function modelOf(schema: string, name: string): string | undefined {
  return new RegExp(`^model ${name} \\{\n[^]*?^\\}`, 'm').exec(schema)?.[0];
}

describe('the log’s tables', () => {
  it.each(MODELS)('%s is the same in every service', (name) => {
    const [first, ...others] = eventSources.map((service) => modelOf(schemaOf(service), name));
    expect(first).toContain(`model ${name}`);
    for (const other of others) expect(other).toBe(first);
  });

  it('are made by SQL that is the same in every first migration', () => {
    const parts = eventSources.map((service) => {
      const folder = join(root, 'services', service, 'prisma/migrations/20261123000000_initial/migration.sql');
      const sql = readFileSync(folder, 'utf8');
      return sql.slice(sql.indexOf('-- The one row from which positions are taken'));
    });
    expect(new Set(parts).size).toBe(1);
    expect(parts[0]).toContain('CREATE FUNCTION pocket_require');
  });

  it('get their hashes by SQL that is the same in every service', () => {
    const parts = eventSources.map((service) => {
      const folder = join(root, 'services', service, 'prisma/migrations/20261123195000_prove_the_log/migration.sql');
      const [hashes = ''] = readFileSync(folder, 'utf8').split('-- Which coins are mined');
      return hashes.trim();
    });
    expect(new Set(parts).size).toBe(1);
    expect(parts[0]).toContain('CREATE FUNCTION pocket_chain');
  });
});
