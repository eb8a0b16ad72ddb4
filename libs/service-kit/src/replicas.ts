/**
 * The addresses of one service and which of them to ask first. Reads go round, so that replicas share the work; writes
 * all begin at the first one, because two replicas that write one log at the same time decide again and again. One that
 * has failed is asked last for a while. A name that stands for several machines is looked up again and again, so that
 * replicas that come and go are noticed. (undici's BalancedPool gives no say in who comes next, its retry handler none in
 * whether a request may have been received.)
 */
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Pool } from 'undici';

const CONNECTIONS = 64;
const ANSWER_WITHIN_MS = 60_000;
/** A machine that is there answers in much less; one that went without a word does not answer at all. */
const CONNECT_WITHIN_MS = 2_000;
const REST_MS = 1_000;
const LOOK_UP_AGAIN_MS = 1_000;

export interface Replica {
  /** The base address as it was given: of all machines, where it is a name for several. */
  readonly url: string;
  readonly pool: Pick<Pool, 'request' | 'close' | 'destroy'>;
}

export interface Replicas {
  /** All of them, in the order in which to ask. @throws what the lookup said where no address is known. */
  inOrder(reads: boolean): Promise<Replica[]>;
  /** It has failed: the others are asked before it for a while. */
  rest(replica: Replica): void;
  /** Breaks off what is under way: whoever it was asked of may have gone without a word. */
  close(): Promise<void>;
}

/** What stands behind a name: IP addresses, in any order. @throws with a code like ENOTFOUND where it is not known. */
export type LookUp = (name: string) => Promise<string[]>;

const askDns: LookUp = async (name) => (await lookup(name, { all: true })).map(({ address }) => address);

/** @param urls base addresses, separated by commas. */
export function openReplicas(urls: string, lookUp: LookUp = askDns): Replicas {
  const entries = urls.split(',').map((entry) => new Entry(entry.trim().replace(/\/$/, ''), lookUp));
  const resting = new Map<Replica, number>();
  let turn = 0;
  return {
    async inOrder(reads) {
      const replicas = await addressesOf(entries);
      const first = reads ? turn++ % replicas.length : 0;
      const rotated = [...replicas.slice(first), ...replicas.slice(0, first)];
      const now = performance.now();
      const isResting = (replica: Replica): boolean => (resting.get(replica) ?? 0) > now;
      return [...rotated.filter((one) => !isResting(one)), ...rotated.filter(isResting)];
    },
    rest(replica) {
      for (const [rested, until] of resting) if (until < performance.now()) resting.delete(rested);
      resting.set(replica, performance.now() + REST_MS);
    },
    close: async () => {
      await Promise.all(entries.map((entry) => entry.close()));
    },
  };
}

/** One that cannot be found does not keep the others from being asked. */
async function addressesOf(entries: Entry[]): Promise<Replica[]> {
  const found = await Promise.allSettled(entries.map((entry) => entry.replicas()));
  const replicas = found.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  const [failed] = found.filter((result) => result.status === 'rejected');
  if (replicas.length === 0 && failed !== undefined) throw failed.reason;
  return replicas;
}

/** One address as it was given, and the machines that it stands for. */
class Entry {
  readonly #url: string;
  readonly #name: string | undefined;
  readonly #lookUp: LookUp;
  #replicas: (Replica & { address: string })[];
  #lookedUpAt = -Infinity;
  #looking: Promise<void> | undefined;
  #closed = false;

  constructor(url: string, lookUp: LookUp) {
    const { hostname } = new URL(url);
    this.#url = url;
    this.#name = isIP(hostname) !== 0 || hostname.startsWith('[') || hostname === 'localhost' ? undefined : hostname;
    this.#lookUp = lookUp;
    this.#replicas = this.#name === undefined ? [{ url, address: hostname, pool: poolOf(url) }] : [];
  }

  /** What is known; looked up beside the request, unless nothing is known. */
  async replicas(): Promise<readonly Replica[]> {
    if (this.#name !== undefined && !this.#closed && performance.now() - this.#lookedUpAt > LOOK_UP_AGAIN_MS) {
      this.#looking ??= this.#look(this.#name).finally(() => (this.#looking = undefined));
      if (this.#replicas.length === 0) await this.#looking;
      else this.#looking.catch(() => undefined);
    }
    return this.#replicas;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#looking?.catch(() => undefined);
    await Promise.all(this.#replicas.map(({ pool }) => pool.destroy()));
  }

  /** Sorted, so that everybody's writes begin at the same one. */
  async #look(name: string): Promise<void> {
    const addresses = [...new Set(await this.#lookUp(name))].sort();
    if (this.#closed) return;
    this.#lookedUpAt = performance.now();
    const gone = this.#replicas.filter(({ address }) => !addresses.includes(address));
    this.#replicas = addresses.map(
      (address) =>
        this.#replicas.find((one) => one.address === address) ?? {
          ...{ url: this.#url, address },
          pool: poolOf(this.#url, address),
        },
    );
    for (const { pool } of gone) void pool.close();
  }
}

/** @param address the machine behind the URL's name, whatever the name may stand for by now. */
function poolOf(url: string, address?: string): Pool {
  const timeouts = { headersTimeout: ANSWER_WITHIN_MS, bodyTimeout: ANSWER_WITHIN_MS };
  const lookup = address === undefined ? {} : { lookup: always(address) };
  return new Pool(url, { connections: CONNECTIONS, ...timeouts, connect: { timeout: CONNECT_WITHIN_MS, ...lookup } });
}

/** Node's lookup with one answer; the name stays the one that TLS and the Host header speak of. */
const always =
  (address: string): LookupFunction =>
  (_name, options, done) => {
    const family = isIP(address);
    if (options.all === true) done(null, [{ address, family }]);
    else done(null, address, family);
  };
