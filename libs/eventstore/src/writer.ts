/**
 * The one road into a service's log: command → load → decide → append, with group commit. Commands that arrive while
 * a commit is under way wait in a queue and are then decided one after another against the same, evolving state and
 * written in one transaction. Inside a process nothing conflicts; between replicas the stream versions decide, and
 * this is the only place where a conflict is retried.
 */
import { classifyFailure, ConflictError, isTransient } from './failure.ts';
import type { CheckpointMove, Metadata, NewEvent, RecordedEvent, VersionedEvent } from './event.ts';
import { STATE_HASHED } from './fold.ts';
import type { Sql } from './sql.ts';

/** What a command leads to. A refusal is a reply like any other, usually without events. */
export interface Decision<Reply> {
  events: NewEvent[];
  reply: Reply;
}

export interface Decided<Command> {
  command: Command;
  events: NewEvent[];
}

/** What a writer asks of a log. What a statement is, is between the projections and the log: SQL, unless said otherwise. */
export interface WritableLog<Statement> {
  head(): Promise<{ position: number; rebuilds?: number }>;
  read(after: number, limit: number): Promise<RecordedEvent[]>;
  append(append: {
    events: VersionedEvent[];
    recordedAt: string;
    rebuilds?: number | undefined;
    checkpoints: CheckpointMove[];
    guards?: Condition<Statement>[];
    projections: Statement[];
  }): Promise<RecordedEvent[]>;
}

/** What must still be true of the tables, and what to say where it is not. */
export interface Condition<Statement> {
  condition: Statement;
  message: string;
}

export interface WriterOptions<Command, State, Reply, Statement = Sql> {
  log: WritableLog<Statement>;
  /** Fetches what deciding these commands needs. `fresh` forbids answers from memory: somebody else has written. */
  load: (commands: Command[], fresh: boolean) => Promise<State>;
  /** The last written version of a stream, from the loaded state; asked once per stream and batch. */
  versionOf: (state: State, stream: string) => number;
  /** Decides and evolves `state` in place, so that the next command of the batch sees the outcome. */
  decide: (command: Command, state: State) => Decision<Reply>;
  /** The read models' statements for a whole batch. `recordedAt` is when: ISO 8601, UTC. */
  project: (decided: Decided<Command>[], recordedAt: string) => Statement[];
  /** What must still be true of the tables when the batch is committed; a conflict where it is not. */
  guards?: (decided: Decided<Command>[], state: State) => Condition<Statement>[];
  /** Told after the commit, before anybody gets a reply; also when there was nothing to write. */
  committed?: (state: State, events: RecordedEvent[]) => void;
  /**
   * Whether `other` may be decided and committed together with `first`. Not so where it needs what `first` changes in
   * the read models, or replaces it. Always, by default.
   */
  mayShare?: (first: Command, other: Command) => boolean;
  maxBatch?: number;
  maxConflictRetries?: number;
}

export interface Written<Reply> {
  reply: Reply;
  /** The log's position after the commit; undefined where nothing was written. */
  position: number | undefined;
  /** Of the events that the command has led to, in their order: what happens because of them names them. */
  eventIds: string[];
}

interface Pending<Command, Reply> {
  command: Command;
  metadata: Metadata;
  checkpoint: CheckpointMove | undefined;
  conflicts: number;
  /** A batch with this command has failed, and it is not known at whose fault. */
  suspected: boolean;
  resolve: (written: Written<Reply>) => void;
  reject: (error: unknown) => void;
}

interface Outcome<Command, Reply> {
  pending: Pending<Command, Reply>;
  decision: Decision<Reply>;
}

const DEFAULT_MAX_BATCH = 64;
const DEFAULT_MAX_CONFLICT_RETRIES = 20;
/** So many events that only say something of the log are looked at between two decisions. */
const MAX_STATES = 10;

export class Writer<Command, State, Reply, Statement = Sql> {
  readonly #options: WriterOptions<Command, State, Reply, Statement>;
  #queue: Pending<Command, Reply>[] = [];
  #working = false;
  #fresh = true;
  /** The log's position that what `load` keeps in memory stands for. */
  #known = 0;
  /** How often the tables had been rebuilt when they were read last. */
  #rebuilds: number | undefined;

  constructor(options: WriterOptions<Command, State, Reply, Statement>) {
    this.#options = options;
  }

  /**
   * Decides and commits one command.
   * @throws ConflictError after a bounded number of retries, UnavailableError when Postgres is away, and whatever
   * `load` and `decide` throw; nothing is written then.
   */
  execute(command: Command, metadata: Metadata, checkpoint?: CheckpointMove): Promise<Written<Reply>> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ command, metadata, checkpoint, conflicts: 0, suspected: false, resolve, reject });
      if (!this.#working) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#working = true;
    // What is asked for in the same turn belongs into the same batch.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      await this.#write(this.#queue.splice(0, this.#batchSize()));
    }
    this.#working = false;
  }

  /** As many of the queue's first commands as may share a commit. */
  #batchSize(): number {
    const { maxBatch = DEFAULT_MAX_BATCH } = this.#options;
    const [first, ...others] = this.#queue.slice(0, maxBatch);
    const stranger = others.findIndex((other) => first !== undefined && !this.#mayShare(first, other));
    return 1 + (stranger === -1 ? others.length : stranger);
  }

  #mayShare(first: Pending<Command, Reply>, other: Pending<Command, Reply>): boolean {
    if (first.suspected || other.suspected) return false;
    return this.#options.mayShare?.(first.command, other.command) ?? true;
  }

  async #write(batch: Pending<Command, Reply>[]): Promise<void> {
    try {
      const state = await this.#load(batch);
      const outcomes = this.#decideAll(batch, state);
      if (await this.#isOutdated(outcomes)) {
        if (this.#fresh) throw new ConflictError('the log was written while it was read');
        this.#fresh = true;
        this.#queue.unshift(...batch);
        return;
      }
      if (outcomes instanceof DecisionFailure) throw outcomes;
      const recorded = await this.#commit(outcomes, state);
      this.#fresh = false;
      this.#known = recorded.at(-1)?.position ?? this.#known;
      answer(outcomes, recorded);
    } catch (error) {
      this.#fresh = true;
      this.#recover(batch, classifyFailure(error));
    }
  }

  async #load(batch: Pending<Command, Reply>[]): Promise<State> {
    const { log, load } = this.#options;
    if (this.#fresh) ({ position: this.#known, rebuilds: this.#rebuilds } = await log.head());
    return load(
      batch.map(({ command }) => command),
      this.#fresh,
    );
  }

  /**
   * What writes an event is guarded by its version. A no is not, nor is a decision that throws: they count only if nobody
   * has written since, so that all that was remembered and read is of one moment; but what the log says of itself changes
   * nothing.
   */
  async #isOutdated(outcomes: Outcome<Command, Reply>[] | DecisionFailure): Promise<boolean> {
    const { log, committed } = this.#options;
    if (committed === undefined) return false;
    if (Array.isArray(outcomes) && outcomes.some(({ decision }) => decision.events.length > 0)) return false;
    const { position, rebuilds } = await log.head();
    if (rebuilds !== this.#rebuilds) return true;
    if (position === this.#known) return false;
    const since = await log.read(this.#known, MAX_STATES);
    if (since.length < position - this.#known || since.some(({ type }) => type !== STATE_HASHED)) return true;
    this.#known = position;
    return false;
  }

  /** The outcomes, or the first decision that throws. */
  #decideAll(batch: Pending<Command, Reply>[], state: State): Outcome<Command, Reply>[] | DecisionFailure {
    const outcomes: Outcome<Command, Reply>[] = [];
    for (const pending of batch) {
      try {
        outcomes.push({ pending, decision: this.#options.decide(pending.command, state) });
      } catch (error) {
        return new DecisionFailure(pending, error);
      }
    }
    return outcomes;
  }

  async #commit(outcomes: Outcome<Command, Reply>[], state: State): Promise<RecordedEvent[]> {
    const decided = outcomes.map(({ pending, decision }) => ({ command: pending.command, events: decision.events }));
    const events = this.#versioned(outcomes, state);
    const checkpoints = mergedCheckpoints(outcomes.map(({ pending }) => pending.checkpoint));
    const recordedAt = new Date().toISOString();
    const projections = this.#options.project(decided, recordedAt);
    const guards = this.#options.guards?.(decided, state) ?? [];
    const nothing = events.length + checkpoints.length + projections.length === 0;
    const append = { events, recordedAt, rebuilds: this.#rebuilds, checkpoints, guards, projections };
    const recorded = nothing ? [] : await this.#options.log.append(append);
    this.#options.committed?.(state, recorded);
    return recorded;
  }

  #versioned(outcomes: Outcome<Command, Reply>[], state: State) {
    const versions = new Map<string, number>();
    return outcomes.flatMap(({ pending, decision }) =>
      decision.events.map((event) => {
        const version = (versions.get(event.stream) ?? this.#options.versionOf(state, event.stream)) + 1;
        versions.set(event.stream, version);
        return { ...event, version, metadata: pending.metadata };
      }),
    );
  }

  /** A conflict: all again, from fresh state. A failure in company: one by one, so that only the culprit fails. */
  #recover(batch: Pending<Command, Reply>[], error: unknown): void {
    if (error instanceof DecisionFailure) {
      (error.pending as Pending<Command, Reply>).reject(error.cause);
      this.#queue.unshift(...batch.filter((pending) => pending !== error.pending));
    } else if (error instanceof ConflictError) {
      this.#retryConflict(batch, error);
    } else if (batch.length > 1 && !isTransient(error)) {
      this.#queue.unshift(...batch.map((pending) => ({ ...pending, suspected: true })));
    } else {
      for (const pending of batch) pending.reject(error);
    }
  }

  #retryConflict(batch: Pending<Command, Reply>[], error: ConflictError): void {
    const bound = this.#options.maxConflictRetries ?? DEFAULT_MAX_CONFLICT_RETRIES;
    const [again, spent] = [[], []] as [Pending<Command, Reply>[], Pending<Command, Reply>[]];
    for (const pending of batch)
      (++pending.conflicts > bound || pending.checkpoint !== undefined ? spent : again).push(pending);
    for (const pending of spent) pending.reject(error);
    this.#queue.unshift(...again);
  }
}

/** Tells every command what has become of it; its events stand in the commit in its turn. */
function answer<Command, Reply>(outcomes: Outcome<Command, Reply>[], recorded: RecordedEvent[]): void {
  const position = recorded.at(-1)?.position;
  let first = 0;
  for (const { pending, decision } of outcomes) {
    const eventIds = recorded.slice(first, (first += decision.events.length)).map(({ eventId }) => eventId);
    pending.resolve({ reply: decision.reply, position: eventIds.length > 0 ? position : undefined, eventIds });
  }
}

/** Carries which command's decision threw. */
class DecisionFailure extends Error {
  readonly pending: unknown;

  constructor(pending: unknown, cause: unknown) {
    super('decide threw', { cause });
    this.pending = pending;
  }
}

/**
 * Consecutive moves of one checkpoint become one move.
 * @throws ConflictError where one is missing in between: its command has failed, so those behind it must not commit.
 */
function mergedCheckpoints(moves: (CheckpointMove | undefined)[]): CheckpointMove[] {
  const merged = new Map<string, CheckpointMove>();
  for (const move of moves) {
    if (move === undefined) continue;
    const key = `${move.consumer}/${move.source}`;
    const earlier = merged.get(key);
    if (earlier !== undefined && earlier.to !== move.from)
      throw new ConflictError(`the checkpoint of ${move.source} would skip from ${earlier.to} to ${move.from}`);
    merged.set(key, earlier === undefined ? move : { ...earlier, to: move.to });
  }
  return [...merged.values()];
}
