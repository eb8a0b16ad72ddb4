/**
 * The launcher's own settings and its view of everybody's: what a process may see of the environment, and that no
 * `POCKET_*` variable is misspelt. The services' schemas come in as arguments; this library knows no service's code.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { Type, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { StackError } from './stack-error.ts';

/** A TypeBox schema as services describe their settings with. */
export type SettingSchema = TSchema & { description?: string };
export type SettingSchemas = Readonly<Record<string, SettingSchema>>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the launcher reads itself; the rest it hands on to the processes whose schemas list it. */
export const settings = Type.Object({
  DATABASE_URL: Type.Optional(
    Type.String({
      description: 'a running Postgres, postgresql://user:password@host:port/database',
      pattern: '^postgres(ql)?://',
    }),
  ),
  NATS_URL: Type.Optional(
    Type.String({ description: 'a running NATS with JetStream, nats://host:port', pattern: '^(nats|tls|wss?)://' }),
  ),
  REDIS_URL: Type.Optional(Type.String({ description: 'a running Redis, redis://host:port', pattern: '^rediss?://' })),
  POCKET_HOST: Type.Optional(Type.String({ description: 'the address the gateway listens on', minLength: 1 })),
  POCKET_PORT: Type.Optional(
    Type.String({ description: "the gateway's port, a whole number from 1 to 65535", pattern: portPattern() }),
  ),
  POCKET_MINER_WORKERS: Type.Optional(
    Type.String({
      description: 'how many miner workers run, a whole number from 1 to 64',
      pattern: '^([1-9]|[1-5][0-9]|6[0-4])$',
    }),
  ),
  POCKET_REPLICAS: Type.Optional(
    Type.String({
      description: 'how many processes of every service run, a whole number from 1 to 8',
      pattern: '^[1-8]$',
    }),
  ),
  POCKET_PASSPHRASE_FILE: Type.Optional(
    Type.String({
      description: 'a file with the passphrase of an export with secrets, for where no terminal can ask for it',
      minLength: 1,
    }),
  ),
  POCKET_URL: Type.Optional(
    Type.String({
      description:
        'the gateway that examples and `npm run bench -- contract` ask, http://host:port; not read from .env',
      pattern: '^https?://',
    }),
  ),
  POCKET_DATA_DIR: Type.Optional(Type.String({ description: 'the folder for data and logs', minLength: 1 })),
});

function portPattern(): string {
  return '^([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$';
}

const prefix = 'POCKET_';
const passedOn = /^(PATH|HOME|USER|SHELL|LANG|LC_[A-Z]+|TZ|TERM|TMPDIR|NODE_[A-Z_]+|SSL_CERT_FILE|SSL_CERT_DIR)$/;

/** The process's environment over the `.env` file of the folder, if there is one; empty values count as unset. */
export function readEnvironment(folder: string, own: Environment = process.env): Environment {
  const file = join(folder, '.env');
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return Object.fromEntries(Object.entries({ ...fromFile, ...own }).filter(([, value]) => value !== ''));
}

/**
 * Checks all settings before anything starts. `schemas` are those of the processes, by variable.
 * Throws {@link StackError} naming the setting and what it must be, and for an unknown one the nearest known name.
 */
export function checkEnvironment(environment: Environment, schemas: SettingSchemas): void {
  const all: SettingSchemas = { ...schemas, ...settings.properties };
  const names = Object.keys(all);
  const unknown = Object.keys(environment).find((name) => name.startsWith(prefix) && !names.includes(name));
  if (unknown) {
    throw new StackError(
      `There is no setting ${unknown}: did you mean ${nearest(unknown, names)}? .env.example lists them all.`,
    );
  }
  for (const [name, schema] of Object.entries(all)) checkSetting(name, environment[name], schema);
}

function checkSetting(name: string, value: string | undefined, schema: SettingSchema): void {
  if (value === undefined || Value.Check(schema, Value.Convert(schema, value))) return;
  // A URL may hold a password.
  const given = name.endsWith('_URL') ? 'has a wrong value' : `has the wrong value "${value}"`;
  const wanted = (schema.description ?? 'something else').replace(/\.$/, '');
  throw new StackError(
    `The setting ${name} ${given}; it is for: ${wanted}${rangeOf(schema)}. Correct it, or unset it.`,
  );
}

/** Where the description does not say it: which numbers, which words. */
function rangeOf(schema: SettingSchema): string {
  const { type, minimum, maximum, anyOf } = schema as SettingRange;
  if (type === 'integer' || type === 'number') {
    const from = minimum === undefined ? '' : ` from ${minimum}`;
    const to = maximum === undefined ? '' : ` to ${maximum}`;
    return ` (a${type === 'integer' ? ' whole' : ''} number${from}${to})`;
  }
  if (type === 'boolean') return ' (true or false)';
  const words = anyOf?.flatMap((one) => (one.const === undefined ? [] : [String(one.const)])) ?? [];
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

interface SettingRange {
  type?: string;
  minimum?: number;
  maximum?: number;
  anyOf?: { const?: string | number }[];
}

/** The variables that one process gets: those its schema lists, and the system's that every program needs. */
export function environmentFor(listed: readonly string[], values: Environment): Record<string, string> {
  const system = Object.entries(process.env).filter(([name]) => passedOn.test(name));
  const chosen = listed.map((name) => [name, values[name]] as const);
  const defined = [...system, ...chosen].filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(defined);
}

function nearest(name: string, known: readonly string[]): string {
  const sorted = known
    .filter((candidate) => candidate.startsWith(prefix))
    .sort((a, b) => editDistance(name, a) - editDistance(name, b));
  return sorted[0] ?? prefix;
}

/** Levenshtein's distance, row by row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of a.split('').entries()) {
    const next = [i + 1];
    for (const [j, other] of b.split('').entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
