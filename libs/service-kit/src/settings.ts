/**
 * Settings come from the environment, are read once through a TypeBox schema and frozen. A wrong value and an unknown
 * `POCKET_` variable are refused with a sentence that says what would be right.
 */
import { readFileSync } from 'node:fs';
import Type, { type Static, type TObject } from 'typebox';
import { Value } from 'typebox/value';

/** A setting is missing, unknown or has a value that does not fit. The message is for a person. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

export const commonSettings = {
  POCKET_HOST: Type.String({ default: '127.0.0.1', description: 'Address the service listens on.' }),
  POCKET_LOG_LEVEL: Type.Union(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'Least severe log lines written: fatal, error, warn, info, debug, trace, silent.' },
  ),
};

export const eventSettings = {
  DATABASE_URL: Type.String({
    pattern: '^postgres(ql)?://',
    description: 'Postgres database; every service keeps its own schema in it. Or DATABASE_URL_FILE, a file with it.',
  }),
  NATS_URL: Type.String({
    pattern: '^(nats|tls|ws|wss)://',
    description:
      'NATS server with JetStream and max_payload of 4 MB or more, several of a cluster separated by commas. Or NATS_URL_FILE, a file with it.',
  }),
  POCKET_NAMESPACE: Type.String({
    default: 'pocket',
    pattern: '^[a-z0-9_-]{1,40}$',
    description:
      'Prefix of NATS streams and Redis keys, so that several chains can share the servers: 1 to 40 of a-z, 0-9, _ and -.',
  }),
  POCKET_STREAM_REPLICAS: Type.Integer({
    default: 1,
    minimum: 1,
    maximum: 5,
    description: 'On how many servers of a NATS cluster every stream is kept.',
  }),
  POCKET_STATE_HASH_EVERY: Type.Integer({
    default: 1_000,
    minimum: 0,
    description: 'After how many events a service records the hashes of its tables in its log; 0 for never.',
  }),
};

export const portSetting = (port: number) =>
  Type.Integer({ default: port, minimum: 0, maximum: 65_535, description: 'Port the service listens on.' });

/** `http://name:port`; what stands behind it would not be used. */
const ADDRESS = 'https?://[^\\s,/?#]+/?';

/** The addresses of a service's replicas, separated by commas. */
export const urlSetting = (service: string, port: number) =>
  Type.String({
    default: `http://127.0.0.1:${port}`,
    pattern: `^ *${ADDRESS} *(, *${ADDRESS} *)*$`,
    description: `Where the ${service} service is; several replicas are separated by commas.`,
    isAddressList: true,
  });

type Environment = Readonly<Record<string, string | undefined>>;

/** They hold passwords, which are better in a file than in an environment that everybody may inspect. */
const ALSO_FROM_FILES = ['DATABASE_URL', 'NATS_URL', 'REDIS_URL'];

/**
 * The environment with each server's URL that is given as a file, like `DATABASE_URL_FILE`, read from there.
 * @throws SettingsError naming the file that cannot be read, or the URL that is given twice.
 */
export function withUrlsFromFiles<T extends Environment>(environment: T): T {
  const given = ALSO_FROM_FILES.filter((name) => environment[`${name}_FILE`]);
  return { ...environment, ...Object.fromEntries(given.map((name) => [name, urlFromFile(name, environment)])) };
}

function urlFromFile(name: string, environment: Environment): string {
  const file = environment[`${name}_FILE`] ?? '';
  if (environment[name]) throw new SettingsError(`${name} and ${name}_FILE are both set: take one of them away.`);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SettingsError(`${name}_FILE: ${file} cannot be read (${String(code)}). It must hold what ${name} would.`);
  }
}

/**
 * Reads the settings named by `schema` from `ownEnvironment`.
 * @throws SettingsError naming the variable, its value (unless it may be secret) and what would be right.
 */
export function readSettings<T extends TObject>(schema: T, ownEnvironment: Environment): Readonly<Static<T>> {
  const environment = withUrlsFromFiles(ownEnvironment);
  const known = Object.keys(schema.properties);
  refuseUnknown(known, environment);
  const given: Record<string, string> = {};
  for (const name of known) {
    const value = environment[name];
    if (value !== undefined && value !== '') given[name] = value;
  }
  const settings: unknown = Value.Default(schema, { ...given, ...converted(schema, given) });
  const error = Value.Errors(schema, settings)[0];
  if (error !== undefined) throw new SettingsError(describeError(error, schema, environment));
  return Object.freeze(settings as Static<T>);
}

/** Text as what its schema says; a number only where nothing of it is lost, so that 80.5 is no port. */
function converted(schema: TObject, given: Record<string, string>): Record<string, unknown> {
  const values = Object.entries(Value.Convert(schema, { ...given }) as Record<string, unknown>);
  const kept = values.filter(([name, value]) => typeof value !== 'number' || Number(given[name]) === value);
  return Object.fromEntries(kept);
}

function refuseUnknown(known: string[], environment: Environment): void {
  for (const name of Object.keys(environment))
    if (name.startsWith('POCKET_') && !known.includes(name))
      throw new SettingsError(`${name} is not a setting of this service. Its settings are ${known.join(', ')}.`);
}

interface SchemaError {
  instancePath: string;
  message: string;
  keyword: string;
  params: object;
}

function describeError(error: SchemaError, { properties }: TObject, environment: Environment): string {
  if (error.keyword === 'required') {
    const { requiredProperties } = error.params as { requiredProperties?: string[] };
    return `${(requiredProperties ?? []).join(', ')} must be set.`;
  }
  const name = error.instancePath.slice(1).split('/')[0] ?? '';
  const wrongAddress = describeAddress(properties[name], environment[name]);
  if (wrongAddress !== undefined) return `${name}: ${wrongAddress}`;
  const shown = name.endsWith('_URL') ? 'its value' : `"${environment[name] ?? ''}"`;
  const { anyOf, description = '' } = properties[name] as { anyOf?: { const: string }[]; description?: string };
  const wanted = anyOf === undefined ? error.message : `must be one of ${anyOf.map((one) => one.const).join(', ')}`;
  return `${name}: ${shown} ${wanted}. ${description}`.trimEnd();
}

/** Which address of a list is wrong, by its number: it may hold a password. undefined where the setting is no list. */
function describeAddress(schema: object | undefined, value = ''): string | undefined {
  const { isAddressList, description = '' } = (schema ?? {}) as { isAddressList?: true; description?: string };
  if (isAddressList === undefined) return undefined;
  const addresses = value.split(',').map((address) => address.trim());
  const wrong = addresses.findIndex((address) => !new RegExp(`^${ADDRESS}$`).test(address));
  const which = addresses.length === 1 ? 'its value' : `address ${wrong + 1} of ${addresses.length}`;
  const what = addresses[wrong] === '' ? 'is empty' : 'is not of the form http://name:port';
  return `${which} ${what}. ${description}`;
}
