/**
 * NATS as bad as it can be: JetStream that drops, repeats, reorders, delays and forgets, and core messages that get lost.
 * It offers what relay and subscription ask of a bus, and no more.
 */
import type { MsgHdrs } from 'nats';
import { UnavailableError, type Bus } from '@pocket/eventstore';
import type { Surroundings } from './database.ts';
import type { Life } from './life.ts';
import { pause } from './time.ts';

interface Message {
  seq: number;
  text: string;
}

/** One process that takes a durable consumer's messages. */
interface Consumption {
  life: Life;
  receive: (message: Message) => void;
  end: (reason: Error | undefined) => void;
}

interface Consumer {
  /** Everything up to it was acknowledged. */
  acknowledged: number;
  readonly active: Set<Consumption>;
}

interface Stream {
  readonly messages: Message[];
  readonly ids: Set<string>;
  readonly consumers: Map<string, Consumer>;
}

interface Listener {
  life: Life;
  hear: (text: string) => void;
}

const ONE_SERVER = 1;

/** One server, as ever: no stream has a copy. */
const infoOf = (stream: Stream) => ({ ...stream, config: { num_replicas: ONE_SERVER } });

export class Carrier {
  away = false;
  readonly #streams = new Map<string, Stream>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** What one program sees of it. */
  connect(life: Life): Bus {
    const bus = {
      namespace: 'simulation',
      streamReplicas: ONE_SERVER,
      connection: {
        publish: (subject: string, text = '') => this.#signal(life, subject, text),
        subscribe: (subject: string, options: { callback: SignalCallback }) => this.#listen(life, subject, options),
      },
      jetstream: {
        publish: (subject: string, text: string, { headers }: { headers: MsgHdrs }) =>
          this.#publish(life, subject, text, headers.get('Nats-Msg-Id')),
        consumers: { get: (stream: string, name: string) => this.#consumer(life, stream, name) },
      },
      manager: {
        streams: {
          info: (name: string) => this.#reach(life, () => infoOf(this.#stream(name))),
          add: ({ name }: { name: string }) => this.#reach(life, () => infoOf(this.#addStream(name))),
        },
        consumers: {
          add: (stream: string, { durable_name: name }: { durable_name: string }) =>
            this.#reach(life, () => this.#addConsumer(stream, name)),
          info: (stream: string, name: string) => this.#reach(life, () => this.#addConsumer(stream, name)),
        },
      },
    };
    // Relay and subscription use no more of NATS than stands here.
    return bus as unknown as Bus;
  }

  /** Everything that was stored is gone, and every consumer with it. */
  wipe(): void {
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    this.#endConsumers(streams, 'the stream was deleted');
  }

  leave(): void {
    this.away = true;
    this.#endConsumers([...this.#streams.values()], 'the server has gone');
  }

  #endConsumers(streams: Stream[], reason: string): void {
    for (const { active } of streams.flatMap(({ consumers }) => [...consumers.values()]))
      for (const { end } of [...active]) end(new Error(reason));
  }

  async #reach<T>(life: Life, work: () => T): Promise<T> {
    await pause(this.#surroundings.chance.between(1, 3));
    await life.goesOn();
    if (this.away) throw new UnavailableError('NATS: the connection is closed');
    return work();
  }

  #stream(name: string): Stream {
    const stream = this.#streams.get(name);
    if (stream === undefined) throw new Error(`there is no stream ${name}`);
    return stream;
  }

  #addStream(name: string): Stream {
    const stream = this.#streams.get(name) ?? { messages: [], ids: new Set(), consumers: new Map() };
    this.#streams.set(name, stream);
    return stream;
  }

  #addConsumer(streamName: string, name: string): Consumer {
    const { consumers } = this.#stream(streamName);
    const consumer = consumers.get(name) ?? { acknowledged: 0, active: new Set() };
    consumers.set(name, consumer);
    return consumer;
  }

  /** `simulation.events.<source>.<log>.<type>` belongs to the stream `simulation-<source>-<log>`. */
  async #publish(life: Life, subject: string, text: string, id: string): Promise<void> {
    const { faults } = this.#surroundings;
    const [namespace, , source, logId] = subject.split('.');
    await this.#reach(life, () => {
      if (faults.strikes('publish lost', life.name)) throw new UnavailableError('NATS: no answer in time');
      this.#store(this.#stream(`${namespace ?? ''}-${source ?? ''}-${logId ?? ''}`), text, id);
      if (faults.strikes('publish answer lost', life.name)) throw new UnavailableError('NATS: no answer in time');
    });
  }

  /** What has the id of another message is that message. */
  #store({ messages, ids, consumers }: Stream, text: string, id: string): void {
    if (ids.has(id)) return;
    ids.add(id);
    const message = { seq: messages.length + 1, text };
    messages.push(message);
    for (const { active } of consumers.values()) this.#deliver(message, [...active]);
  }

  /** Of several processes that share a consumer one gets the message. */
  #deliver(message: Message, active: Consumption[]): void {
    const { chance, faults } = this.#surroundings;
    const living = active.filter(({ life }) => life.alive);
    if (living.length === 0) return;
    const consumption = chance.pick(living);
    const to = consumption.life.name;
    if (faults.strikes('message dropped', to)) return;
    this.#bring(message, consumption);
    if (faults.strikes('message repeated', to)) this.#bring(message, consumption);
  }

  #bring(message: Message, { life, receive }: Consumption): void {
    const { chance, faults } = this.#surroundings;
    const delayMs = faults.strikes('message delayed', life.name) ? chance.between(20, 3_000) : chance.between(1, 4);
    setTimeout(() => {
      if (life.alive && !this.away) receive(message);
    }, delayMs);
  }

  #consumer(life: Life, streamName: string, name: string) {
    return this.#reach(life, () => {
      const stream = this.#stream(streamName);
      const consumer = this.#addConsumer(streamName, name);
      return {
        consume: ({ callback }: { callback: (message: unknown) => void }) =>
          this.#reach(life, () => this.#consume(life, stream, consumer, callback)),
      };
    });
  }

  /** Begins behind what was acknowledged. */
  #consume(life: Life, stream: Stream, consumer: Consumer, callback: (message: unknown) => void) {
    let end: Consumption['end'] = () => undefined;
    const closed = new Promise<Error | undefined>((resolve) => (end = resolve));
    const receive = ({ seq, text }: Message): void =>
      callback({ seq, json: () => JSON.parse(text) as unknown, ack: () => this.#acknowledge(life, consumer, seq) });
    const consumption: Consumption = {
      life,
      receive,
      end: (reason) => {
        consumer.active.delete(consumption);
        end(reason);
      },
    };
    consumer.active.add(consumption);
    for (const message of stream.messages.slice(consumer.acknowledged)) this.#deliver(message, [consumption]);
    return { closed: () => closed, stop: () => consumption.end(undefined) };
  }

  #acknowledge(life: Life, consumer: Consumer, seq: number): void {
    if (!life.alive || this.away || this.#surroundings.faults.strikes('acknowledgement lost', life.name)) return;
    consumer.acknowledged = Math.max(consumer.acknowledged, seq);
  }

  #listen(life: Life, subject: string, { callback }: { callback: SignalCallback }) {
    const listeners = this.#listeners.get(subject) ?? new Set();
    this.#listeners.set(subject, listeners);
    const listener = { life, hear: (text: string) => callback(null, { string: () => text }) };
    listeners.add(listener);
    return { unsubscribe: () => listeners.delete(listener) };
  }

  /** At most once, as core NATS does it. */
  #signal(from: Life, subject: string, text: string): void {
    const { chance, faults } = this.#surroundings;
    if (!from.alive || this.away) return;
    for (const { life, hear } of this.#listeners.get(subject) ?? []) {
      if (!life.alive || faults.strikes('signal lost', life.name)) continue;
      setTimeout(
        () => {
          if (life.alive) hear(text);
        },
        chance.between(1, 4),
      );
    }
  }
}

type SignalCallback = (error: null, message: { string: () => string }) => void;
