/**
 * The gateway without sockets: its memory of positions, its gate, and the calls that make up what a client can wish. The
 * translation of the outer contracts is not simulated.
 */
import { mergePositions, type EventSource, type Positions } from '@pocket/contracts';
import { UnavailableError } from '@pocket/eventstore';
import { contextOfOwn, RequestContext } from '@pocket/service-kit';
import { commandsOf, type Commands } from '../../services/gateway/src/commands.ts';
import { createGate, type Gate } from '../../services/gateway/src/gate.ts';
import type { ReachableServices } from '../../services/gateway/src/services.ts';
import type { Surroundings } from '../world/database.ts';
import { Life } from '../world/life.ts';
import { pause } from '../world/time.ts';
import type { Wire } from '../world/wire.ts';

export interface Wish {
  commands: Commands;
  services: ReachableServices;
  context: RequestContext;
  gate: Gate;
}

const SOURCES: readonly EventSource[] = ['wallet', 'tx-pool', 'miner', 'chainstate'];

export class Gateway {
  readonly name: string;
  readonly #wire: Wire;
  readonly #surroundings: Surroundings;
  #starts = 0;
  #life: Life | undefined;
  #highest: Positions = {};
  #gate: Gate = createGate();

  constructor(name: string, wire: Wire, surroundings: Surroundings) {
    this.name = name;
    this.#wire = wire;
    this.#surroundings = surroundings;
    this.start();
  }

  start(): void {
    this.#life = new Life(`${this.name}.${++this.#starts}`);
    this.#highest = {};
    this.#gate = createGate();
  }

  crash(againAfterMs: number): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#surroundings.trace.note(() => `${life.name} dies`);
    this.#life = undefined;
    life.end();
    setTimeout(() => this.start(), againAfterMs);
  }

  /** Serves one request of a client. @throws UnavailableError where the client gets no answer. */
  async serve<T>(work: (wish: Wish) => Promise<T>): Promise<T> {
    const { faults } = this.#surroundings;
    const life = this.#life;
    if (life === undefined || faults.strikes('call lost', this.name))
      throw new UnavailableError('the gateway does not answer');
    const context = new RequestContext(contextOfOwn().metadata, { ...this.#highest });
    const clients = SOURCES.map((name) => [name, this.#wire.client(life, name)] as const);
    const services = Object.fromEntries(clients) as ReachableServices;
    const wish = { commands: commandsOf(services, context), services, context, gate: this.#gate };
    const answer = await life.answering(
      work(wish).finally(() => {
        if (life === this.#life) mergePositions(this.#highest, context.seen);
      }),
    );
    await pause(1);
    if (faults.strikes('answer lost', this.name)) throw new UnavailableError('the gateway does not answer');
    return answer;
  }
}
