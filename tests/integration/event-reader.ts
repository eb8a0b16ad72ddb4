/**
 * A reader of server-sent events, as a browser's EventSource is one: it keeps the last id, sends it when it connects
 * again, and takes a block without data for no event.
 */
import { eventually } from '@pocket/testkit';

export interface SeenEvent {
  service: string;
  position: number;
  eventId: string;
  stream: string;
  type: string;
  data: Record<string, unknown>;
  metadata: { correlationId: string; causationId: string | null };
  recordedAt: string;
}

export interface ReadBlock {
  id: string | undefined;
  event: SeenEvent;
}

export class EventReader {
  readonly blocks: ReadBlock[] = [];
  lastEventId: string | undefined;
  #connection: AbortController | undefined;
  #reading: Promise<'in order' | 'broken off'> | undefined;

  get events(): SeenEvent[] {
    return this.blocks.map(({ event }) => event);
  }

  /** Connects, with the last id where there is one; resolves once the stream has begun. */
  async connect(url: string, query = ''): Promise<void> {
    const connection = new AbortController();
    const last = this.lastEventId === undefined ? {} : { 'last-event-id': this.lastEventId };
    const headers = { accept: 'text/event-stream', ...last };
    const response = await fetch(`${url}/v1/events${query}`, { headers, signal: connection.signal });
    if (response.status !== 200 || response.body === null)
      throw new Error(`${response.status} ${await response.text()}`);
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) throw new Error('this is no stream');
    this.#connection = connection;
    const begun = this.lastEventId;
    this.#reading = this.#read(response.body).then(
      () => 'in order',
      () => 'broken off',
    );
    if (begun === undefined)
      await eventually(
        () => {
          if (this.lastEventId === undefined) throw new Error('the stream has not said where it stands');
        },
        { withinMs: 5_000 },
      );
  }

  /** Breaks the connection off, wherever it is. */
  async cut(): Promise<void> {
    this.#connection?.abort();
    await this.#reading;
  }

  /** How the stream has ended, when it has. */
  async ended(): Promise<'in order' | 'broken off' | undefined> {
    return this.#reading;
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const bytes of body) {
      text += decoder.decode(bytes, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    }
  }

  #take(block: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
    this.lastEventId = field('id') ?? this.lastEventId;
    const data = field('data');
    if (data === undefined) return;
    const event = JSON.parse(data) as SeenEvent;
    if (field('event') !== event.type) throw new Error(`${block} does not name its type`);
    this.blocks.push({ id: this.lastEventId, event });
  }
}
