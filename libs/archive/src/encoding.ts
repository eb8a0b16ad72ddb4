/**
 * Records as lines: `["<check>",<record as JSON>]`, each ended by a line feed, so that the file can be read with any JSON
 * tool. The check is the beginning of a SHA-256 over all bytes before the line and the record's: a changed byte is found
 * in the very record it stands in. Nothing here depends on time, chance, machine or the version of a compressor.
 */
import { createHash } from 'node:crypto';
import { Compile, type Validator } from 'typebox/compile';
import { ArchiveError } from './archive-error.ts';
import { FORMAT, recordSchemas, type ArchiveRecord, type RecordKind, type RecordOf } from './records.ts';

const CHECK_DIGITS = 16;
/** `["`, the check, `",`. */
const BODY_FROM = CHECK_DIGITS + 4;

/** What both sides know of the lines so far. */
class Checks {
  readonly #hash = createHash('sha256');

  /** Of a record behind the lines so far. */
  of(body: string | Uint8Array): string {
    return this.#hash.copy().update(body).digest('hex').slice(0, CHECK_DIGITS);
  }

  add(line: string | Uint8Array): void {
    this.#hash.update(line);
  }

  /** SHA-256 over all lines so far, hex. */
  sha256(): string {
    return this.#hash.copy().digest('hex');
  }
}

export class RecordEncoder {
  readonly #checks = new Checks();

  /** SHA-256 over all lines so far, hex. */
  get sha256(): string {
    return this.#checks.sha256();
  }

  /** The record's line, with its line feed. */
  encode(record: ArchiveRecord): string {
    const body = JSON.stringify(record);
    const line = `["${this.#checks.of(body)}",${body}]\n`;
    this.#checks.add(line);
    return line;
  }
}

export class RecordDecoder {
  readonly #checks = new Checks();
  #records = 0;

  /** How many records were decoded. */
  get records(): number {
    return this.#records;
  }

  /** SHA-256 over all lines so far, hex. */
  get sha256(): string {
    return this.#checks.sha256();
  }

  /**
   * @param line without its line feed.
   * @param place what stands there in a sound export, for messages.
   * @throws ArchiveError when the line is not the one that was written, or holds another kind of record.
   */
  decode<K extends RecordKind>(line: Buffer, kind: K, place: string): RecordOf<K> {
    const name = `record ${this.#records + 1} (${place})`;
    const body = line.subarray(BODY_FROM, -1);
    const written = Buffer.concat([Buffer.from(`["${this.#checks.of(body)}",`), body, Buffer.from(']')]);
    if (!line.equals(written)) {
      const other = this.#records === 0 && !isBeginning(line);
      throw new ArchiveError(other ? NO_ARCHIVE : `The export was changed in ${name}: its check does not fit.`);
    }
    this.#checks.add(line);
    this.#checks.add('\n');
    this.#records++;
    return this.#parse(body, kind, name);
  }

  #parse<K extends RecordKind>(body: Buffer, kind: K, name: string): RecordOf<K> {
    const record = parsed(body, name) as { kind?: unknown; format?: unknown } | null;
    if (record?.kind === 'archive' && typeof record.format === 'number' && record.format > FORMAT)
      throw new ArchiveError(
        `The export has format ${record.format}, this version reads format ${FORMAT}: import it with the version that wrote it, or a newer one.`,
      );
    if (!validatorOf(kind).Check(record)) throw new ArchiveError(notOurs(name));
    return record as RecordOf<K>;
  }
}

const validators = new Map<RecordKind, Validator>();

/** Each kind's check is compiled when it is first met. */
function validatorOf(kind: RecordKind): Validator {
  const validator = validators.get(kind) ?? Compile(recordSchemas[kind]);
  validators.set(kind, validator);
  return validator;
}

function parsed(body: Buffer, name: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ArchiveError(notOurs(name));
  }
}

const notOurs = (name: string): string => `The export is not one of ours: ${name} is not what must stand there.`;

export const NO_ARCHIVE = 'This is no export of Pocket-Blockchain, or its very beginning was changed.';

/** Whether a file that begins with these bytes may be an export of ours, of whichever format. */
export function isBeginning(line: Buffer): boolean {
  return /^\["[0-9a-f]{16}",\{"kind":"archive"/.test(line.toString('latin1', 0, 60));
}
