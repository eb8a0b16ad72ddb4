/**
 * A service's tables as they were at any moment, for its own queries: a few slots, each folded up to some moment by the
 * fold that the service writes by, so that the next moment of somebody who steps forward costs only what happened since.
 * It keeps nothing but these slots, and forgets those that nobody asks.
 */
import { Semaphore, withTimeout, type SemaphoreInterface } from 'async-mutex';
import { classifyFailure, isTransient, UnavailableError } from './failure.ts';
import type { FoldPositions } from './fold.ts';
import type { ReadLog } from './folded-tables.ts';
import { leadsTo, PastSlot, type PastClient, type PastSlotOptions } from './past-slot.ts';

/** So many connections, and moments at once. */
const MAX_SLOTS = 4;
/** So long a request waits for its turn. */
const WAIT_MS = 10_000;
/** After so long without a request a slot is closed. */
const IDLE_MS = 300_000;

export interface PastOptions<Client extends PastClient> extends PastSlotOptions<Client> {
  maxSlots?: number;
  waitMs?: number;
  idleMs?: number;
}

/** The moment asked for is beyond what a log has told so far. */
export class BeyondHeadError extends Error {
  override name = 'BeyondHeadError';

  constructor(source: string, head: number) {
    super(`the log of ${source} ends at ${head}`);
  }
}

export class Past<Client extends PastClient> {
  readonly #options: PastOptions<Client>;
  readonly #turns: SemaphoreInterface;
  readonly #maxSlots: number;
  readonly #timers = new Map<PastSlot<Client>, NodeJS.Timeout>();
  #slots: PastSlot<Client>[] = [];
  #requests = 0;

  constructor({ maxSlots = MAX_SLOTS, waitMs = WAIT_MS, ...options }: PastOptions<Client>) {
    const busy = new UnavailableError('too many moments of the past are being asked for at once');
    this.#options = { ...options, logs: untilHead(options.logs) };
    this.#maxSlots = maxSlots;
    this.#turns = withTimeout(new Semaphore(maxSlots), waitMs, busy);
  }

  /**
   * Asks the tables as they were when each log had come to its position in `to`. One more try where a connection ended.
   * @throws BeyondHeadError where a log does not reach so far, UnavailableError where a log, Postgres or a turn cannot be
   * had, and what `query` throws.
   */
  read<T>(to: FoldPositions, query: (client: Client) => Promise<T>): Promise<T> {
    const attempt = () => this.#attempt(to, query);
    return this.#turns.runExclusive(() =>
      attempt().catch((error: unknown) => {
        if (!isTransient(error)) throw error;
        return attempt();
      }),
    );
  }

  /** Requests under way fail. */
  async close(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => this.#drop(slot)));
  }

  async #attempt<T>(to: FoldPositions, query: (client: Client) => Promise<T>): Promise<T> {
    const slot = this.#slotFor(to);
    clearTimeout(this.#timers.get(slot));
    try {
      const answer = await slot.read(to, query);
      this.#timers.set(slot, setTimeout(() => this.#forget(slot), this.#options.idleMs ?? IDLE_MS).unref());
      return answer;
    } catch (error) {
      const failure = slot.lost ? new UnavailableError('Postgres: the connection ended', { cause: error }) : error;
      this.#forget(slot);
      throw classifyFailure(failure);
    } finally {
      slot.busy = false;
    }
  }

  /** There is one for everybody who has a turn. */
  #slotFor(to: FoldPositions): PastSlot<Client> {
    for (const slot of this.#slots.filter(({ busy, lost }) => lost && !busy)) this.#forget(slot);
    const chosen = chooseSlot(this.#slots, to, this.#maxSlots);
    if (chosen === undefined) throw new Error('there are more requests than slots');
    const slot = chosen === 'new' ? new PastSlot(this.#options) : chosen;
    if (chosen === 'new') this.#slots.push(slot);
    slot.busy = true;
    slot.lastUse = ++this.#requests;
    return slot;
  }

  /** Nobody waits for the end of a connection that is of no more use. */
  #forget(slot: PastSlot<Client>): void {
    this.#drop(slot).catch(() => undefined);
  }

  async #drop(slot: PastSlot<Client>): Promise<void> {
    clearTimeout(this.#timers.get(slot));
    this.#timers.delete(slot);
    this.#slots = this.#slots.filter((other) => other !== slot);
    await slot.close();
  }
}

interface SlotState {
  readonly positions: FoldPositions;
  readonly busy: boolean;
  readonly lastUse: number;
}

/**
 * The idle slot that is furthest on the way to `to`, else a new one, else the idle one that was not used for longest,
 * which has to begin again; undefined where all are busy.
 */
export function chooseSlot<S extends SlotState>(
  slots: readonly S[],
  to: FoldPositions,
  maxSlots: number,
): S | 'new' | undefined {
  const idle = slots.filter(({ busy }) => !busy);
  const onTheWay = idle.filter(({ positions }) => leadsTo(positions, to));
  const [furthest] = onTheWay.sort((left, right) => eventsIn(right) - eventsIn(left));
  if (furthest !== undefined) return furthest;
  if (slots.length < maxSlots) return 'new';
  return idle.sort((left, right) => left.lastUse - right.lastUse)[0];
}

function eventsIn({ positions }: SlotState): number {
  return Object.values(positions).reduce((total, position) => total + position, 0);
}

/** A log is only asked for what is wanted of it, so that nothing means that it ends there. */
function untilHead(logs: Readonly<Record<string, ReadLog>>): Record<string, ReadLog> {
  const asking = Object.entries(logs).map(([source, read]): [string, ReadLog] => [
    source,
    async (after, limit) => {
      const events = await read(after, limit);
      if (events.length === 0) throw new BeyondHeadError(source, after);
      return events;
    },
  ]);
  return Object.fromEntries(asking);
}
