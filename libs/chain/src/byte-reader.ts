// Reads Bitcoin's little-endian primitives from bytes that anybody may have sent.
// It never throws: the first thing that is wrong is kept in `failure`, and every later read gives zero or nothing.
// Counts are checked against the bytes that are left, so that no claim of a length makes us allocate it.
import { displayHash } from '@pocket/crypto';
import { type RejectCode, type Rejection, reject } from './rejection.ts';

const NO_BYTES = new Uint8Array(0);
const HASH_LENGTH = 32;

/** What is wrong with some bytes, in words. */
export interface ReadFailure {
  readonly found: string;
  readonly expected: string;
}

/** A position in some bytes. `failure` says why the bytes are not what they should be. */
export class ByteReader {
  failure: ReadFailure | undefined;
  private offset = 0;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  /** How many bytes have been read. */
  get position(): number {
    return this.offset;
  }

  /** What was read since that position: a view into the bytes, not a copy. */
  since(position: number): Uint8Array {
    return this.bytes.subarray(position, this.offset);
  }

  uint8(): number {
    const offset = this.claim(1);
    return offset === undefined ? 0 : this.view.getUint8(offset);
  }

  uint16(): number {
    const offset = this.claim(2);
    return offset === undefined ? 0 : this.view.getUint16(offset, true);
  }

  uint32(): number {
    const offset = this.claim(4);
    return offset === undefined ? 0 : this.view.getUint32(offset, true);
  }

  int32(): number {
    return this.uint32() | 0;
  }

  int64(): bigint {
    const offset = this.claim(8);
    return offset === undefined ? 0n : this.view.getBigInt64(offset, true);
  }

  /** Bitcoin's variable-length integer, refused unless in its shortest form and below 2^53. */
  compactSize(): number {
    const first = this.uint8();
    if (first < 0xfd) return first;
    if (first === 0xfd) return this.atLeast(0xfd, this.uint16());
    if (first === 0xfe) return this.atLeast(0x10000, this.uint32());
    return this.atLeast(0x100000000, Number(BigInt.asUintN(64, this.int64())));
  }

  /** The count of a list whose elements take at least `minElementBytes` each; refused when they cannot all be there. */
  count(minElementBytes: number): number {
    const count = this.compactSize();
    const most = Math.floor(this.remaining / minElementBytes);
    if (count > most) this.fail(`a count of ${count} needs more bytes than there are`, `at most ${most}`);
    return this.failure === undefined ? count : 0;
  }

  /** As many elements as the count before them says. */
  list<Element>(minElementBytes: number, readElement: (reader: this) => Element): Element[] {
    const elements: Element[] = [];
    for (let left = this.count(minElementBytes); left > 0 && this.failure === undefined; left--) {
      elements.push(readElement(this));
    }
    return elements;
  }

  raw(length: number): Uint8Array {
    const offset = this.claim(length);
    return offset === undefined ? NO_BYTES : this.bytes.slice(offset, offset + length);
  }

  /** Bytes behind their length. */
  sized(): Uint8Array {
    return this.raw(this.compactSize());
  }

  /** A hash in display order. */
  hash(): string {
    const offset = this.claim(HASH_LENGTH);
    return offset === undefined ? '' : displayHash(this.bytes.subarray(offset, offset + HASH_LENGTH));
  }

  /** The refusal of bytes in which something was wrong, or of which some are left; undefined when all is well. */
  end(code: RejectCode, what: string): Rejection | undefined {
    if (this.remaining > 0) this.fail(`${this.remaining} bytes are left over at the end`, 'none');
    if (this.failure === undefined) return undefined;
    const { found, expected } = this.failure;
    return reject(code, `${what}: ${found}, expected: ${expected}`, { found, expected });
  }

  /** Keeps the first failure. */
  fail(found: string, expected: string): void {
    this.failure ??= { found, expected };
  }

  private atLeast(minimum: number, value: number): number {
    if (value < minimum) this.fail(`the length ${value} is written too long`, 'its shortest form');
    if (!Number.isSafeInteger(value)) this.fail(`a length is ${value}`, 'at most 2^53 - 1');
    return this.failure === undefined ? value : 0;
  }

  private claim(size: number): number | undefined {
    if (size > this.remaining) this.fail(`the bytes end at ${this.bytes.length}`, `${size - this.remaining} more`);
    if (this.failure !== undefined) return undefined;
    const offset = this.offset;
    this.offset += size;
    return offset;
  }
}
