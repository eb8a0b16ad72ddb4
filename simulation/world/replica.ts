/**
 * One replica of a service with a log: it starts, dies, starts again, and now and then it leads. What event-node.ts and
 * leadership.ts do with Postgres and NATS is done here with their simulations; relay, subscriptions and progress are real.
 */
import pino from 'pino';
import type { EventSource } from '@pocket/contracts';
import { Progress, Relay, Subscription, type Bus, type Source } from '@pocket/eventstore';
import type { Carrier } from './carrier.ts';
import { Session, type Database, type Surroundings } from './database.ts';
import { Life } from './life.ts';
import { MemoryLog } from './memory-log.ts';
import { keepRecording } from './recorder.ts';
import { pause } from './time.ts';
import type { Route, Wire } from './wire.ts';

/** What a running program has of its surroundings. */
export interface ProgramParts<Tables> {
  life: Life;
  session: Session<Tables>;
  log: MemoryLog<Tables>;
  progress: Progress;
  wire: Wire;
}

/** A program that has been put together and may be asked. */
export interface Program {
  routes: readonly Route[];
  sources?: Source[];
  /** What only a leader does; returns how to end it. */
  duty?: () => () => void;
}

/** Puts a program together; throws where it cannot start. */
export type Build<Tables> = (parts: ProgramParts<Tables>) => Promise<Program>;

export interface ReplicaOptions<Tables> extends Surroundings {
  name: string;
  database: Database<Tables>;
  carrier: Carrier;
  wire: Wire;
  build: Build<Tables>;
  /** Told when it may lead from now on. */
  ready: () => void;
  /** Told before an answer is given that needs `source` up to `position`. */
  waited: (source: EventSource, position: number) => void;
}

const WAIT_MS = 5_000;
const LEAD_AGAIN_MS = 500;
/** Events in one answer of /log. */
const PAGE = 200;
export const logger = pino({ level: 'silent' });

interface Running<Tables> extends ProgramParts<Tables> {
  program: Program;
  bus: Bus;
}

export class Replica<Tables> {
  readonly name: string;
  readonly #options: ReplicaOptions<Tables>;
  #starts = 0;
  #life: Life | undefined;
  #running: Running<Tables> | undefined;
  #relay: Relay | undefined;
  #subscriptions: Subscription[] = [];
  #stopDuty: (() => void) | undefined;
  #leads = false;
  /** Gaining and losing the leadership come one after another. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: ReplicaOptions<Tables>) {
    this.name = options.name;
    this.#options = options;
  }

  get isReady(): boolean {
    return this.#running !== undefined;
  }

  /** The program that runs, for whoever looks into its memory. */
  get program(): Program | undefined {
    return this.#running?.program;
  }

  get obstacles(): string[] {
    return this.#subscriptions.flatMap(({ obstacle }) => obstacle ?? []);
  }

  /** Starts, and starts again where that fails. */
  start(): void {
    const life = new Life(`${this.name}.${++this.#starts}`);
    this.#life = life;
    this.#startAs(life).catch((error: unknown) => {
      this.#options.trace.note(() => `${life.name} could not start: ${String(error)}`);
      if (life === this.#life) this.crash(this.#options.chance.between(200, 1_000));
    });
  }

  /** Everything that is not in its database is gone. @param againAfterMs when somebody starts it again. */
  crash(againAfterMs: number): void {
    const { wire, database, trace } = this.#options;
    const life = this.#life;
    if (life === undefined) return;
    trace.note(() => `${life.name} dies`);
    this.#life = undefined;
    this.#running = undefined;
    wire.hangUp(database.service, life);
    life.end();
    this.#turn = Promise.resolve();
    this.#leads = false;
    this.#stopWork();
    setTimeout(() => this.start(), againAfterMs);
  }

  lead(): void {
    const life = this.#life;
    this.#leads = true;
    this.#turn = this.#turn.then(() => (life === this.#life && life !== undefined ? this.#lead(life) : undefined));
  }

  stopLeading(): void {
    this.#leads = false;
    this.#turn = this.#turn.then(() => {
      if (!this.#leads) this.#stopWork();
    });
  }

  async #startAs(life: Life): Promise<void> {
    const { database, carrier, wire, build } = this.#options;
    const session = new Session(database, life, this.#options);
    const log = new MemoryLog(session);
    const progress = new Progress(log, database.service);
    const parts = { life, session, log, progress, wire };
    const program = await build(parts);
    await life.goesOn();
    this.#running = { ...parts, program, bus: carrier.connect(life) };
    this.#listen(this.#running);
    this.#options.trace.note(() => `${life.name} serves`);
    this.#options.ready();
  }

  #listen({ life, log, progress, program, bus }: Running<Tables>): void {
    const { wire, database, broken, waited } = this.#options;
    const routes: Route[] = [
      { method: 'GET', path: '/log/head', handle: async () => ({ ok: true, value: await log.head() }) },
      {
        method: 'GET',
        path: '/log',
        handle: async ({ query }) => ({ ok: true, value: await this.#page(log, Number(query.get('after'))) }),
      },
      ...program.routes,
    ];
    wire.listen(database.service, {
      life,
      routes,
      waitFor: (source, position) =>
        broken === 'no-waiting' ? Promise.resolve(true) : progress.waitFor(source, position, WAIT_MS),
      waited,
    });
    log.onAppended(() => {
      if (!this.#leads) bus.connection.publish(`simulation.wake.${database.service}`);
    });
  }

  #page(log: MemoryLog<Tables>, after: number) {
    return this.#options.broken === 'no-gap-filling' ? Promise.resolve([]) : log.read(after, PAGE);
  }

  async #lead(life: Life): Promise<void> {
    const running = this.#running;
    if (!this.#leads || running === undefined) return;
    const { database, trace } = this.#options;
    const { log, bus, program } = running;
    trace.note(() => `${life.name} leads`);
    this.#stopWork();
    try {
      this.#relay = new Relay({ source: database.service, log, bus, logger });
      await this.#relay.start();
    } catch {
      await pause(LEAD_AGAIN_MS);
      if (life === this.#life) this.lead();
      return;
    }
    if (!life.alive) return;
    this.#subscriptions = (program.sources ?? []).map((source) => this.#subscribe(source, running));
    for (const subscription of this.#subscriptions) subscription.start();
    const ends = [program.duty?.(), keepRecording(running.session, log)];
    this.#stopDuty = () => {
      for (const end of ends) end?.();
    };
  }

  #subscribe(source: Source, { log, progress, bus }: Running<Tables>): Subscription {
    const { database } = this.#options;
    const deadLetters = lettersIn(database.letters);
    return new Subscription({ ...source, consumer: database.service, bus, log, progress, deadLetters, logger });
  }

  /** Ends what a leader does; of one who has died nothing is left to wait for. */
  #stopWork(): void {
    this.#stopDuty?.();
    this.#stopDuty = undefined;
    const parts = [...this.#subscriptions, ...(this.#relay === undefined ? [] : [this.#relay])];
    this.#subscriptions = [];
    this.#relay = undefined;
    for (const part of parts) part.close().catch(() => undefined);
  }
}

/** The table of dead letters, by `source/position`. */
function lettersIn(letters: Map<string, string>) {
  const behind = (key: string, source: string, position: number): boolean =>
    key.startsWith(`${source}/`) && Number(key.slice(source.length + 1)) > position;
  return {
    add: (source: string, { position }: { position: number }, error: unknown): Promise<void> => {
      letters.set(`${source}/${position}`, String(error));
      return Promise.resolve();
    },
    settle: (source: string, upTo: number): Promise<boolean> => {
      for (const key of letters.keys())
        if (key.startsWith(`${source}/`) && !behind(key, source, upTo)) letters.delete(key);
      return Promise.resolve([...letters.keys()].some((key) => behind(key, source, upTo)));
    },
  };
}
