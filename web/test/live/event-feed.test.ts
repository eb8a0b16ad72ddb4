/** The event stream's place: kept through breaks and refusals, whoever of browser and page connects again. */
import { describe, expect, it } from 'vitest';
import type { WatchedEvent } from '@pocket/contracts';
import { followEvents, type FeedState, type Source } from '../../src/live/event-feed.ts';

class FakeSource implements Source {
  readyState = 1;
  onopen: ((event: Event) => unknown) | null = null;
  onerror: ((event: Event) => unknown) | null = null;
  closed = false;
  readonly address: string;
  readonly #listeners = new Map<string, (event: MessageEvent<string>) => unknown>();

  constructor(address: string) {
    this.address = address;
  }

  addEventListener(type: string, listener: (event: MessageEvent<string>) => unknown): void {
    this.#listeners.set(type, listener);
  }

  say(type: string, data: unknown, lastEventId = ''): void {
    this.#listeners.get(type)?.({ data: JSON.stringify(data), lastEventId } as MessageEvent<string>);
  }

  fail(readyState: number): void {
    this.readyState = readyState;
    this.onerror?.({} as Event);
  }

  close(): void {
    this.closed = true;
  }
}

function world() {
  const sources: FakeSource[] = [];
  const states: FeedState[] = [];
  const events: WatchedEvent[] = [];
  const progress: unknown[] = [];
  const waits: { callback: () => void; milliseconds: number }[] = [];
  const { pause, resume, end } = followEvents({
    open: (address) => {
      const source = new FakeSource(address);
      sources.push(source);
      return source;
    },
    onEvent: (event) => events.push(event),
    onProgress: (said) => progress.push(said),
    onState: (state) => states.push(state),
    wait: (callback, milliseconds) => waits.push({ callback, milliseconds }),
  });
  const last = (): FakeSource => sources.at(-1) as FakeSource;
  return { sources, states, events, progress, waits, pause, resume, end, last };
}

const CLOSED = 2;

describe('the feed', () => {
  it('tells events and progress as they come', () => {
    const { states, events, progress, last } = world();
    last().onopen?.({} as Event);
    last().say('BlockConnected', { service: 'chainstate', position: 7 }, 'chainstate=7');
    last().say('search-progress', { hashes: 5 });
    expect(last().address).toBe('/v1/events?progress=true');
    expect(states).toEqual(['connecting', 'connected']);
    expect(events).toMatchObject([{ position: 7 }]);
    expect(progress).toEqual([{ hashes: 5 }]);
  });

  it('leaves it to the browser to connect again after a break', () => {
    const { sources, states, waits, last } = world();
    last().onopen?.({} as Event);
    last().fail(0);
    last().onopen?.({} as Event);
    expect(states).toEqual(['connecting', 'connected', 'lost', 'connected']);
    expect(sources).toHaveLength(1);
    expect(waits).toEqual([]);
  });

  it('goes on from its place where the browser has given up, and waits longer each time', () => {
    const { sources, waits, last } = world();
    last().say('BlockConnected', { service: 'chainstate', position: 7 }, 'chainstate=7,wallet=2');
    for (const expected of [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
      last().fail(CLOSED);
      expect(waits.at(-1)?.milliseconds).toBe(expected);
      waits.at(-1)?.callback();
    }
    expect(sources.at(-1)?.address).toBe('/v1/events?progress=true&after=chainstate%3D7%2Cwallet%3D2');
    last().onopen?.({} as Event);
    last().fail(CLOSED);
    expect(waits.at(-1)?.milliseconds).toBe(500);
  });

  it('gives its connection up while it is paused, and goes on from its place', () => {
    const { sources, states, pause, resume, last } = world();
    resume();
    expect(sources).toHaveLength(1);
    last().onopen?.({} as Event);
    last().say('BlockConnected', {}, 'chainstate=7');
    pause();
    expect(last().closed).toBe(true);
    resume();
    last().onopen?.({} as Event);
    expect(last().address).toBe('/v1/events?progress=true&after=chainstate%3D7');
    expect(states).toEqual(['connecting', 'connected', 'connecting', 'connected']);
  });

  it('stays silent once it has ended', () => {
    const { sources, states, waits, end, last } = world();
    last().fail(CLOSED);
    end();
    waits.at(-1)?.callback();
    last().fail(CLOSED);
    expect(sources).toHaveLength(1);
    expect(last().closed).toBe(true);
    expect(states).toEqual(['connecting', 'lost']);
  });
});
