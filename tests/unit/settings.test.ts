/**
 * `.env.example` lists every setting of the launcher and of every service with what the schemas say of it, no more and
 * no less. Everything in it is a comment, so that a copy of it changes nothing until somebody does.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { settings as launcher } from '../../libs/stack/src/environment.ts';
import { settings as chainstate } from '../../services/chainstate/src/config.ts';
import { settings as gateway } from '../../services/gateway/src/config.ts';
import { settings as miner, workerSettings as worker } from '../../services/miner/src/config.ts';
import { settings as pool } from '../../services/tx-pool/src/config.ts';
import { settings as wallet } from '../../services/wallet/src/config.ts';
import { root } from './sources.ts';

interface Said {
  description?: string;
  default?: string | number | boolean;
}
/** What a schema says of its setting; nothing where there is no schema. */
const said = (schema: object | undefined): Said => schema ?? {};

const launcherSettings: Record<string, object> = launcher.properties;
/** The gateway first: it is the one whose address is the user's choice. */
const programs: [string, Record<string, object>][] = [
  ['gateway', gateway.properties],
  ['wallet', wallet.properties],
  ['tx-pool', pool.properties],
  ['miner', miner.properties],
  ['chainstate', chainstate.properties],
  ['miner worker', worker.properties],
];

interface Example {
  name: string;
  value: string;
  comment: string;
}

/** Every `# NAME=value` with the comment lines directly above it. */
function readExamples(text: string): Example[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const [, name, value] = /^# ?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    const above = lines.slice(0, index);
    const first = above.findLastIndex((earlier) => !/^# /.test(earlier)) + 1;
    return [
      {
        name,
        value,
        comment: above
          .slice(first)
          .map((earlier) => earlier.slice(2))
          .join(' '),
      },
    ];
  });
}

const text = readFileSync(join(root, '.env.example'), 'utf8');
const examples = readExamples(text);
const readersOf = (name: string) => programs.filter(([, schemas]) => name in schemas);
const names = [
  ...new Set([...Object.keys(launcherSettings), ...programs.flatMap(([, schemas]) => Object.keys(schemas))]),
];

describe('.env.example', () => {
  it('lists every setting once, and no other', () => {
    expect(examples.map(({ name }) => name).sort()).toEqual([...names].sort());
  });

  it.each(names)('%s is described as its schemas describe it', (name) => {
    const comment = examples.find((example) => example.name === name)?.comment ?? '';
    const schemas = [launcherSettings[name], ...readersOf(name).map(([, all]) => all[name])];
    const descriptions = new Set(schemas.flatMap((schema) => said(schema).description ?? []));
    expect(descriptions.size).toBeGreaterThan(0);
    for (const description of descriptions) expect(comment).toContain(description);
  });

  it.each(names)('%s stands there with its default', (name) => {
    const value = examples.find((example) => example.name === name)?.value;
    const [first] = readersOf(name).flatMap(([, schemas]) => said(schemas[name]).default ?? []);
    if (first !== undefined) expect(value).toBe(String(first));
  });

  it.each(names)('%s names who reads it', (name) => {
    const comment = examples.find((example) => example.name === name)?.comment ?? '';
    const readers = [...(name in launcherSettings ? ['launcher'] : []), ...readersOf(name).map(([program]) => program)];
    expect(comment).toContain(`Read by: ${readers.join(', ')}.`);
  });

  it('changes nothing when it is copied as it is', () => {
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });
});
