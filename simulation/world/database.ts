/**
 * What Postgres keeps for one service: its log, its checkpoints and its read models. One call is one statement: it
 * happens as a whole at one moment, or not at all. What is kept here survives every death.
 */
import { randomUUID } from 'node:crypto';
import { ConflictError, UnavailableError, type CheckpointMove, type RecordedEvent } from '@pocket/eventstore';
import type { EventSource } from '@pocket/contracts';
import type { Break } from './breaks.ts';
import type { Chance } from './chance.ts';
import type { Faults } from './faults.ts';
import type { Life } from './life.ts';
import { pause } from './time.ts';
import type { Trace } from './trace.ts';

/** What a commit says of the tables, or a condition on them; `base` is the position before its first event. */
export type Statement<Tables> = (tables: Tables, base: number) => unknown;

export interface Commit<Tables> {
  events: Omit<RecordedEvent, 'position'>[];
  checkpoints: CheckpointMove[];
  guards?: { condition: Statement<Tables>; message: string }[];
  projections: Statement<Tables>[];
}

export interface Checkpoint {
  logId: string;
  position: number;
}

export interface Surroundings {
  readonly chance: Chance;
  readonly faults: Faults;
  readonly trace: Trace;
  /** The promise that is not kept in this run. */
  readonly broken: Break | undefined;
  /** Says that a promise was not kept. */
  readonly accuse: (what: string) => void;
}

const TORN_COMMIT_MS = 5;
const BROKEN_PER_MILLE = 50;

export class Database<Tables> {
  readonly service: EventSource;
  readonly tables: Tables;
  readonly logId = randomUUID();
  readonly events: RecordedEvent[] = [];
  readonly checkpoints = new Map<string, Checkpoint>();
  readonly letters = new Map<string, string>();
  /** The last version of each stream. */
  readonly versions = new Map<string, number>();
  away = false;
  /** Told after every commit, when no other has happened since. */
  onCommitted: () => void = () => undefined;
  readonly #surroundings: Surroundings;
  readonly #texts: string[] = [];

  constructor(service: EventSource, tables: Tables, surroundings: Surroundings) {
    this.service = service;
    this.tables = tables;
    this.#surroundings = surroundings;
  }

  get head(): number {
    return this.events.length;
  }

  /** Whoever reads an event gets a copy of its own. */
  read(after: number, limit: number): RecordedEvent[] {
    return this.#texts.slice(after, after + limit).map((text) => JSON.parse(text) as RecordedEvent);
  }

  checkpoint(consumer: string, source: string): number {
    return this.checkpoints.get(`${consumer}/${source}`)?.position ?? 0;
  }

  /**
   * Does all of it or nothing, and returns the events with their positions.
   * @throws ConflictError as the SQL does it.
   */
  commit(commit: Commit<Tables>): RecordedEvent[] {
    this.#check(commit);
    const base = this.head;
    const recorded = commit.events.map((event, index) => ({ ...event, position: base + index + 1 }));
    for (const event of recorded) this.#store(event);
    for (const { consumer, source, to } of commit.checkpoints) this.#move(`${consumer}/${source}`, to);
    if (!this.#breaks('lost-change')) for (const change of commit.projections) change(this.tables, base);
    this.#note(commit, recorded);
    this.onCommitted();
    return recorded;
  }

  #check({ events, checkpoints, guards = [] }: Commit<Tables>): void {
    const { broken } = this.#surroundings;
    for (const { condition, message } of broken === 'unguarded-memory' ? [] : guards)
      if (condition(this.tables, this.head) !== true) throw new ConflictError(message);
    for (const { consumer, source, from } of broken === 'unguarded-checkpoint' ? [] : checkpoints)
      if (this.checkpoints.get(`${consumer}/${source}`)?.position !== from)
        throw new ConflictError(`checkpoint ${source} is not at ${from}`);
    for (const { stream, version } of broken === 'unguarded-version' ? [] : events)
      if (version <= (this.versions.get(stream) ?? 0)) throw new ConflictError(`${stream} has version ${version}`);
  }

  #store(event: RecordedEvent): void {
    this.versions.set(event.stream, event.version);
    if (this.#breaks('lost-event')) return;
    this.events.push(event);
    this.#texts.push(JSON.stringify(event));
  }

  #move(key: string, to: number): void {
    const move = (): void => {
      const checkpoint = this.checkpoints.get(key);
      if (checkpoint !== undefined) checkpoint.position = to;
    };
    if (this.#surroundings.broken === 'torn-commit') setTimeout(move, TORN_COMMIT_MS);
    else move();
  }

  #breaks(name: Break): boolean {
    const { broken, chance } = this.#surroundings;
    return broken === name && chance.perMille(BROKEN_PER_MILLE);
  }

  #note({ checkpoints }: Commit<Tables>, recorded: RecordedEvent[]): void {
    const said = (): string => recorded.map((event) => ` ${event.position}:${event.type}${subjectOf(event)}`).join('');
    const moved = (): string => checkpoints.map(({ source, from, to }) => ` ${source} ${from}->${to}`).join('');
    this.#surroundings.trace.note(() => `${this.service}:${said()}${moved()}`);
  }
}

/** A program's connection to its database, on which everything may get lost. */
export class Session<Tables> {
  readonly database: Database<Tables>;
  readonly #life: Life;
  readonly #surroundings: Surroundings;

  constructor(database: Database<Tables>, life: Life, surroundings: Surroundings) {
    this.database = database;
    this.#life = life;
    this.#surroundings = surroundings;
  }

  /** One statement that changes nothing. @throws UnavailableError */
  read<T>(statement: (tables: Tables) => T): Promise<T> {
    return this.#ask(() => statement(this.database.tables), false);
  }

  /** One statement that changes something; that it fails does not mean that it was not done. @throws UnavailableError */
  write<T>(statement: (tables: Tables) => T): Promise<T> {
    return this.#ask(() => statement(this.database.tables), true);
  }

  async #ask<T>(statement: () => T, writes: boolean): Promise<T> {
    const { faults, chance } = this.#surroundings;
    const name = this.#life.name;
    await this.#life.goesOn();
    await pause(faults.strikes('statement delayed', name) ? chance.between(20, 400) : chance.between(1, 3));
    // The statement of one who has died may have been on its way.
    if (!this.#life.alive && chance.perMille(500)) await this.#life.goesOn();
    if (this.database.away || faults.strikes('statement lost', name)) throw await this.#lost();
    const answer = statement();
    if (writes && faults.strikes('commit answer lost', name)) throw await this.#lost();
    if (chance.perMille(250)) await pause(1);
    await this.#life.goesOn();
    return answer;
  }

  async #lost(): Promise<UnavailableError> {
    await pause(1);
    await this.#life.goesOn();
    return new UnavailableError('Postgres: the connection was terminated');
  }
}

const SHOWN_DIGITS = 8;

/** The transaction or block that an event is about, as much of its name as tells it apart. */
function subjectOf({ data }: RecordedEvent): string {
  const { txid, blockHash } = data as { txid?: string | null; blockHash?: string };
  const subject = txid ?? blockHash;
  return subject === undefined ? '' : `(${subject.slice(0, SHOWN_DIGITS)})`;
}
