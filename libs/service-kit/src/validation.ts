/**
 * The checks of bodies, paths and queries, and what is said of one that fails: which field, what was given (shortened), and
 * what would be right, in the words of the field's schema.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';

/** Our schemas are TypeBox's, so that they are schemas needs no check at every start; strict mode looks at the rest. */
const AJV_OPTIONS = {
  useDefaults: true,
  allErrors: false,
  strict: true,
  verbose: true,
  meta: false,
  validateSchema: false,
};
/** A body says what it means: nothing in it is turned into something else. */
const bodies = new Ajv({ ...AJV_OPTIONS, coerceTypes: false });
/** Paths and queries are text, in which numbers must be recognized. */
const texts = new Ajv({ ...AJV_OPTIONS, coerceTypes: true });

interface FieldSchema {
  type?: string;
  description?: string;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, FieldSchema>;
}

/** As Ajv reports it where it is told to be verbose. */
type Failure = FastifySchemaValidationError & { data?: unknown; parentSchema?: FieldSchema };

/** Compiled when first asked: most processes are asked few of their routes. */
export const compileValidator: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  const [ajv, refuseNumber] = httpPart === 'body' ? [bodies] : [texts, numberRefuser(schema)];
  let validate: ValidateFunction | undefined;
  const check = (data: unknown) => {
    const error = refuseNumber?.((data as Record<string, unknown> | null) ?? {});
    if (error !== undefined) return { error };
    validate ??= ajv.compile(schema);
    const isRight = validate(data);
    check.errors = validate.errors ?? null;
    return isRight;
  };
  check.errors = null as FastifySchemaValidationError[] | null;
  return check;
};

/** A whole number is written in digits: what else JavaScript takes for one (1e3, 0x5, a blank before it) is a mistake. */
function numberRefuser({ properties = {} }: FieldSchema) {
  const numbers = Object.entries(properties).filter(([, { type }]) => type === 'integer');
  return (data: Readonly<Record<string, unknown>>): Error | undefined => {
    const wrong = numbers.find(([name]) => typeof data[name] === 'string' && !/^-?\d{1,16}$/.test(data[name]));
    return (
      wrong && new Error(`${wrong[0]} must be ${numberOf(wrong[1])}, not ${shown(data[wrong[0]])}${said(wrong[1])}`)
    );
  };
}

const PLACES: Readonly<Record<string, string>> = { querystring: 'the query', params: 'the path', body: 'the body' };

/** What is wrong with a body, a path or a query, and what would be right, as one sentence. */
export function describeErrors(errors: FastifySchemaValidationError[], part: string): Error {
  const failures = (errors as Failure[]).filter(({ keyword }) => keyword !== 'anyOf');
  const [first] = failures;
  const whole = PLACES[part] ?? part;
  if (first === undefined) return new Error(`${whole} is not as it must be`);
  const { instancePath, keyword, params, data, parentSchema = {} } = first;
  const name = instancePath === '' ? whole : instancePath.slice(1);
  if (keyword === 'additionalProperties')
    return new Error(`${name} has "${text(params['additionalProperty'])}"; ${fieldsOf(parentSchema)}`);
  if (keyword === 'required') return new Error(describeMissing(name, text(params['missingProperty']), parentSchema));
  if (part === 'querystring' && Array.isArray(data))
    return new Error(`${name} is given ${data.length} times; give it once`);
  const wanted = alternatives(failures.filter((one) => one.instancePath === instancePath));
  return new Error(
    `${name} must ${wanted.startsWith('have ') ? '' : 'be '}${wanted}, not ${shown(data)}${said(parentSchema)}`,
  );
}

/** Where there are words to choose from, that each is a text goes without saying. */
function alternatives(failures: Failure[]): string {
  const words = failures.filter(({ keyword }) => keyword === 'const');
  const told = failures.filter(({ params }) => words.length === 0 || params['type'] !== 'string');
  return [...new Set(told.map(wantedOf))].join(' or ');
}

function describeMissing(place: string, name: string, { properties = {} }: FieldSchema): string {
  return `${place} must have "${name}"${said(properties[name] ?? {})}`;
}

function fieldsOf({ properties = {} }: FieldSchema): string {
  const names = Object.keys(properties);
  return names.length === 0 ? 'it takes nothing' : `it takes ${names.join(', ')}`;
}

const NAMES_OF_TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};

/** What would have passed, to stand behind "must be"; what begins with "have" stands behind "must". */
function wantedOf({ keyword, params, message = '', parentSchema = {} }: Failure): string {
  const limit = text(params['limit']);
  switch (keyword) {
    case 'const':
      return text(params['allowedValue']);
    case 'enum':
      return (params['allowedValues'] as unknown[]).map(text).join(' or ');
    case 'type':
      return params['type'] === 'integer' ? numberOf(parentSchema) : (NAMES_OF_TYPES[text(params['type'])] ?? message);
    case 'minimum':
    case 'maximum':
      return parentSchema.type === 'integer' ? numberOf(parentSchema) : message.replace(/^must be /, '');
    case 'minLength':
      return `have ${limit === '1' ? 'a character or more' : `${limit} characters or more`}`;
    case 'maxLength':
      return `have at most ${limit} characters`;
    case 'minItems':
    case 'maxItems':
      return `have ${keyword === 'minItems' ? 'at least' : 'at most'} ${limit} entries`;
    case 'uniqueItems':
      return `have no entry twice (${text(params['i'])} and ${text(params['j'])} are equal)`;
    case 'pattern':
      return patternOf(parentSchema) ?? message.replace(/^must /, 'something to ');
    default:
      return message.replace(/^must be /, '');
  }
}

/** A pattern says nothing to people; what it stands for is the field's description. */
function patternOf({ description }: FieldSchema): string | undefined {
  return description?.replace(/\.$/, '');
}

function numberOf({ minimum, maximum }: FieldSchema): string {
  const from = minimum === undefined ? '' : ` from ${minimum}`;
  const to = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum}`;
  return `a whole number${from}${to}`;
}

/** The description, where the sentence does not consist of it already. */
function said({ description, ...schema }: FieldSchema): string {
  return description === undefined || 'pattern' in schema ? '' : ` (${description.replace(/\.$/, '')})`;
}

const MOST_SHOWN = 60;

function shown(value: unknown): string {
  const json = jsonOf(value);
  return json.length <= MOST_SHOWN ? json : `${json.slice(0, MOST_SHOWN)}… (${json.length} characters)`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : jsonOf(value);
}

/** What is read level by level may be nested deeper than can be written again. */
function jsonOf(value: unknown): string {
  try {
    const json = JSON.stringify(value) as string | undefined;
    return json ?? 'nothing';
  } catch (error) {
    if (error instanceof RangeError) return 'something nested too deeply to be shown';
    throw error;
  }
}
