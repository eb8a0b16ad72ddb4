/** A log as libs/eventstore promises it (see log.ts there), kept in a simulated database instead of in Postgres. */
import { randomUUID } from 'node:crypto';
import {
  ForeignLogError,
  READ_LIMIT,
  type Log,
  type LogHead,
  type RecordedEvent,
  type WritableLog,
} from '@pocket/eventstore';
import type { Session, Statement } from './database.ts';

type Listener = (events: RecordedEvent[]) => void;
type Append<Tables> = Parameters<WritableLog<Statement<Tables>>['append']>[0];

export class MemoryLog<Tables> implements WritableLog<Statement<Tables>>, Omit<Log, 'append'> {
  readonly #session: Session<Tables>;
  readonly #listeners = new Set<Listener>();

  constructor(session: Session<Tables>) {
    this.#session = session;
  }

  async append({ events, recordedAt, ...rest }: Append<Tables>): Promise<RecordedEvent[]> {
    const identified = events.map((event) => ({ ...event, eventId: randomUUID(), recordedAt }));
    const { database } = this.#session;
    const recorded = await this.#session.write(() => database.commit({ events: identified, ...rest }));
    if (recorded.length > 0) for (const listener of this.#listeners) listener(recorded);
    return recorded;
  }

  read(after: number, limit = READ_LIMIT): Promise<RecordedEvent[]> {
    return this.#session.read(() => this.#session.database.read(after, Math.min(limit, READ_LIMIT)));
  }

  head(): Promise<LogHead> {
    const { database } = this.#session;
    return this.#session.read(() => ({ logId: database.logId, position: database.head, rebuilds: 0 }));
  }

  checkpoint(consumer: string, source: string): Promise<number> {
    return this.#session.read(() => this.#session.database.checkpoint(consumer, source));
  }

  createCheckpoint(consumer: string, source: string, logId: string): Promise<number> {
    const { checkpoints } = this.#session.database;
    const key = `${consumer}/${source}`;
    return this.#session.write(() => {
      const checkpoint = checkpoints.get(key) ?? { logId, position: 0 };
      checkpoints.set(key, checkpoint);
      if (checkpoint.logId !== logId) throw new ForeignLogError(source, logId, checkpoint.logId);
      return checkpoint.position;
    });
  }

  async raiseCheckpoint(consumer: string, source: string, position: number): Promise<void> {
    const { checkpoints } = this.#session.database;
    await this.#session.write(() => {
      const checkpoint = checkpoints.get(`${consumer}/${source}`);
      if (checkpoint !== undefined) checkpoint.position = Math.max(checkpoint.position, position);
    });
  }

  onAppended(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
