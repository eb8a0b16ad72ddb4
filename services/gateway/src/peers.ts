/**
 * Several gateways as one: before one of them answers what has written, the others know how far it has brought the logs,
 * so that a client's next request sees it, whichever gateway takes that. They find each other by NATS; while that is away,
 * each knows of its own clients' writes only. A gateway alone waits for nobody.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { formatPositions, mergePositions, parsePositions, type Positions } from '@pocket/contracts';
import { inTurns } from '@pocket/service-kit';
import { createInbox, type Msg, type NatsConnection } from 'nats';

/** Whoever has not confirmed by then is not waited for again until it has said that it is there. */
const CONFIRMED_WITHIN_MS = 500;
const PRESENT_EVERY_MS = 1_000;
/** NATS may be away when a gateway ends. */
const SAID_WITHIN_MS = 200;

export interface PeersOptions {
  namespace: string;
  /** How the others call this gateway. */
  instance: string;
  /** How far this gateway knows the logs to be; raised in place by what the others say. */
  known: Positions;
}

/** What travels: `<kind> <instance> <round> <positions>`; a round is confirmed by its number. */
type Kind = 'here' | 'seen' | 'gone';

interface Round {
  /** Who has yet to confirm it. */
  waiting: Set<string>;
  settled: () => void;
}

export class Peers {
  readonly #options: PeersOptions;
  /** The instances of the others that are there. */
  readonly #present = new Set<string>();
  /** What the others know. */
  readonly #told: Positions = {};
  readonly #toTell: Positions = {};
  readonly #rounds = new Map<number, Round>();
  readonly #tell = inTurns(() => this.#nextRound());
  #connection: NatsConnection | undefined;
  #inbox = '';
  #round = 0;
  #presence: NodeJS.Timeout | undefined;

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  /** How many other gateways are waited for. */
  get size(): number {
    return this.#present.size;
  }

  /** Begins to hear and to be heard. */
  meet(connection: NatsConnection): void {
    this.#connection = connection;
    this.#inbox = createInbox();
    connection.subscribe(this.#inbox, { callback: (error, message) => error ?? this.#confirmed(message) });
    connection.subscribe(this.#subject, { callback: (error, message) => error ?? this.#hear(message) });
    const say = (): void => this.#publish('here', 0, this.#options.known);
    say();
    this.#presence = setInterval(say, PRESENT_EVERY_MS).unref();
  }

  /** Lets nobody wait for this gateway any more; the connection is its owner's to close. */
  async leave(): Promise<void> {
    clearInterval(this.#presence);
    this.#publish('gone', 0, {});
    const said = this.#connection?.flush().catch(() => undefined);
    this.#connection = undefined;
    await Promise.race([said, pause(SAID_WITHIN_MS)]);
  }

  /**
   * Resolves when all others that are there know of `positions`, or have been silent for half a second; at once, and to
   * undefined instead of a promise, where nobody has to be told.
   */
  tell(positions: Positions): Promise<void> | undefined {
    if (this.#present.size === 0 || includes(this.#told, positions)) return undefined;
    mergePositions(this.#toTell, positions);
    return this.#tell();
  }

  get #subject(): string {
    return `${this.#options.namespace}.gateways`;
  }

  #publish(kind: Kind, round: number, positions: Positions): void {
    const connection = this.#connection;
    if (connection === undefined || connection.isClosed() || connection.isDraining()) return;
    const text = `${kind} ${this.#options.instance} ${round} ${formatPositions(positions)}`;
    connection.publish(this.#subject, text, { reply: this.#inbox });
  }

  #hear(message: Msg): void {
    const [kind, instance = '', round, positions] = message.string().split(' ');
    if (instance === this.#options.instance) return;
    if (kind === 'gone') {
      this.#lose(instance);
      return;
    }
    if (!this.#present.has(instance)) {
      this.#present.add(instance);
      this.#publish('here', 0, this.#options.known); // Who comes new need not wait until it is known.
    }
    mergePositions(this.#options.known, parsePositions(positions) ?? {});
    if (kind === 'seen') message.respond(`${this.#options.instance} ${round}`);
  }

  #confirmed(message: Msg): void {
    const [instance = '', number] = message.string().split(' ');
    const round = this.#rounds.get(Number(number));
    round?.waiting.delete(instance);
    if (round?.waiting.size === 0) round.settled();
  }

  #lose(instance: string): void {
    this.#present.delete(instance);
    for (const round of this.#rounds.values()) {
      round.waiting.delete(instance);
      if (round.waiting.size === 0) round.settled();
    }
  }

  async #nextRound(): Promise<void> {
    const positions = { ...this.#toTell };
    const number = ++this.#round;
    const waiting = new Set(this.#present);
    const confirmed = new Promise<void>((settled) => this.#rounds.set(number, { waiting, settled }));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CONFIRMED_WITHIN_MS)));
    this.#publish('seen', number, positions);
    if (waiting.size > 0) await Promise.race([confirmed, late]);
    clearTimeout(timer);
    this.#rounds.delete(number);
    for (const silent of waiting) this.#present.delete(silent);
    mergePositions(this.#told, positions);
  }
}

function includes(known: Positions, asked: Positions): boolean {
  return Object.entries(asked).every(([source, position]) => (known[source as keyof Positions] ?? 0) >= position);
}
