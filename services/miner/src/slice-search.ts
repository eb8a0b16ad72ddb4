/**
 * One running search: which slices are out, what came of them, and which come next. It knows no queue but by three
 * calls, and takes every result from wherever it is heard first. A slice that was not searched to its end goes out again.
 */
import { bytesToHex, displayHash, doubleSha256 } from '@pocket/crypto';
import { expectedHashes, lowestHash, sliceBehind, sliceNonces, slicesWanted, type Slice } from './domain/slices.ts';
import type { WorkerReport } from './worker-reports.ts';

export interface SearchRequest {
  readonly searchId: string;
  /** 256 bits. */
  readonly target: bigint;
  /** The header's 80 bytes when the extra nonce has been rolled on so often. The nonce in it does not matter. */
  headerOf(roll: number): Uint8Array;
}

export interface FoundNonce {
  readonly roll: number;
  readonly nonce: number;
}

/** What a search has done so far. */
export interface SearchProgress {
  readonly hashes: number;
  /** How many it was likely to take. */
  readonly expectedHashes: number;
  /** Hashes a second since it began. */
  readonly rate: number;
  /** The lowest hash so far, of slices that came back; null before the first. */
  readonly bestHash: string | null;
}

/** How a slice has spent its time: on the way to a worker and back, and with it. */
export interface SliceTimes {
  readonly waitedMs: number;
  readonly workedMs: number;
}

export interface SliceListeners {
  onProgress?: ((progress: SearchProgress) => void) | undefined;
  onSlice?: ((times: SliceTimes) => void) | undefined;
}

/** A slice on its way to a worker. */
export interface SliceJob {
  searchId: string;
  /** 80 bytes, hex. */
  header: string;
  /** 256 bits, hex. */
  target: string;
  from: number;
  to: number;
}

/** What a worker says of a slice; `hashes` is less than its nonces when it was stopped, or found one before the end. */
export interface SliceResult {
  nonce: number | null;
  hashes: number;
  ms: number;
  /** The lowest hash it met, 64 hex digits as people see it; null where none was looked for. */
  bestHash: string | null;
  workerId: string;
}

export interface SliceQueue {
  put(slices: readonly { id: string; job: SliceJob }[]): Promise<void>;
  /** What has become of a slice of which nothing was heard. */
  lookUp(id: string): Promise<SliceResult | 'under way' | 'lost'>;
}

interface SliceOut {
  readonly slice: Slice;
  readonly put: number;
  /** When it was put or last looked for. */
  since: number;
}

/** Longer than a slice takes anywhere; word of a result may have been lost. */
const LOOK_UP_AFTER_MS = 5_000;
const NONCE_OFFSET = 76;

export class SliceSearch {
  readonly #request: SearchRequest;
  readonly #queue: SliceQueue;
  readonly #workers: () => readonly WorkerReport[];
  readonly #onProgress: (progress: SearchProgress) => void;
  readonly #onSlice: (times: SliceTimes) => void;
  readonly outcome: Promise<FoundNonce>;
  #resolve: (found: FoundNonce) => void = () => undefined;
  #reject: (reason: unknown) => void = () => undefined;
  readonly #out = new Map<string, SliceOut>();
  readonly #again: Slice[] = [];
  readonly #began = performance.now();
  #last: Slice | undefined;
  #header = { roll: -1, hex: '' };
  #count = 0;
  #hashes = 0;
  #bestHash: string | null = null;
  #ended = false;

  constructor(
    request: SearchRequest,
    queue: SliceQueue,
    workers: () => readonly WorkerReport[],
    { onProgress = () => undefined, onSlice = () => undefined }: SliceListeners = {},
  ) {
    this.#request = request;
    this.#queue = queue;
    this.#workers = workers;
    this.#onProgress = onProgress;
    this.#onSlice = onSlice;
    this.outcome = new Promise((resolve, reject) => {
      [this.#resolve, this.#reject] = [resolve, reject];
    });
    this.outcome.catch(() => undefined);
  }

  /** The ids of what is out. */
  get out(): string[] {
    return [...this.#out.keys()];
  }

  /** Puts as many slices on the queue as are wanted and not out yet. */
  async refill(): Promise<void> {
    const workers = this.#workers();
    const nonces = sliceNonces(workers.map(({ rate }) => rate));
    const wanted = slicesWanted(this.#request.target, nonces, workers.length);
    const slices: { id: string; job: SliceJob }[] = [];
    while (!this.#ended && this.#out.size < wanted) slices.push(this.#send(this.#nextSlice(nonces)));
    if (slices.length > 0) await this.#queue.put(slices);
  }

  /** A result of a slice that is not out is of no interest: it was known, or the search is over. */
  take(id: string, { nonce, hashes, ms, bestHash }: SliceResult): void {
    const out = this.#out.get(id);
    if (out === undefined || this.#ended) return;
    this.#onSlice({ waitedMs: Math.max(performance.now() - out.put - ms, 0), workedMs: ms });
    this.#out.delete(id);
    this.#hashes += hashes;
    this.#bestHash = lowestHash([this.#bestHash, bestHash]);
    const { slice } = out;
    if (nonce !== null) {
      this.#found({ roll: slice.roll, nonce });
      return;
    }
    if (hashes < slice.to - slice.from) this.#again.push(slice);
    this.#onProgress(this.#progress());
    this.refill().catch((error: unknown) => this.end(error));
  }

  /** Looks for slices of which nothing was heard for long, and sends those again that are nowhere. */
  async lookUp(now: number): Promise<void> {
    const overdue = [...this.#out].filter(([, { since }]) => now - since > LOOK_UP_AFTER_MS);
    for (const [id, out] of overdue) {
      out.since = now;
      const fate = await this.#queue.lookUp(id);
      if (fate === 'lost') this.#sendAgain(id);
      else if (fate !== 'under way') this.take(id, fate);
    }
    await this.refill();
  }

  /** Ends it without a nonce. */
  end(reason: unknown): void {
    this.#ended = true;
    this.#reject(reason);
  }

  #found(found: FoundNonce): void {
    const isTrue = meetsTarget(this.#request.headerOf(found.roll), found.nonce, this.#request.target);
    if (!isTrue) this.#reject(new Error(`a worker named the nonce ${found.nonce}, which does not meet the target`));
    this.#ended = true;
    this.#resolve(found);
  }

  #sendAgain(id: string): void {
    const out = this.#out.get(id);
    if (out === undefined) return;
    this.#out.delete(id);
    this.#again.push(out.slice);
  }

  #nextSlice(nonces: number): Slice {
    return this.#again.shift() ?? (this.#last = sliceBehind(this.#last, nonces));
  }

  #send(slice: Slice): { id: string; job: SliceJob } {
    const { searchId, target } = this.#request;
    const id = `${searchId}.${this.#count++}`;
    const now = performance.now();
    this.#out.set(id, { slice, put: now, since: now });
    const { from, to } = slice;
    return { id, job: { searchId, header: this.#headerHex(slice.roll), target: target.toString(16), from, to } };
  }

  #headerHex(roll: number): string {
    if (this.#header.roll !== roll) this.#header = { roll, hex: bytesToHex(this.#request.headerOf(roll)) };
    return this.#header.hex;
  }

  #progress(): SearchProgress {
    const seconds = Math.max(performance.now() - this.#began, 1) / 1_000;
    const expected = expectedHashes(this.#request.target);
    const [hashes, bestHash] = [this.#hashes, this.#bestHash];
    return { hashes, expectedHashes: expected, rate: hashes / seconds, bestHash };
  }
}

function meetsTarget(header: Uint8Array, nonce: number, target: bigint): boolean {
  const bytes = header.slice();
  new DataView(bytes.buffer).setUint32(NONCE_OFFSET, nonce, true);
  return BigInt(`0x${displayHash(doubleSha256(bytes))}`) <= target;
}
