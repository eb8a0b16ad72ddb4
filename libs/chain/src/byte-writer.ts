// Writes Bitcoin's little-endian primitives into a buffer that grows.
// The counterpart of byte-reader.ts; knows no structure bigger than a compact size.
import { internalHash } from '@pocket/crypto';

const DEFAULT_CAPACITY = 256;
/** Where an int64 becomes bytes: one view for all writers, as making one costs more than the writing. */
const INT64 = new DataView(new ArrayBuffer(8));
const INT64_BYTES = new Uint8Array(INT64.buffer);

/** How many bytes `compactSize` takes for a value up to 2^53 - 1. */
export function compactSizeBytes(value: number): number {
  if (value < 0xfd) return 1;
  if (value <= 0xffff) return 3;
  return value <= 0xffffffff ? 5 : 9;
}

/** How many bytes `sized` takes for these bytes. */
export function sizedBytes(bytes: Uint8Array): number {
  return compactSizeBytes(bytes.length) + bytes.length;
}

/** Appends primitives; `bytes()` ends it. Values are taken modulo their width: ranges are the rules' business. */
export class ByteWriter {
  private buffer: Uint8Array;
  private length = 0;

  /** With as many bytes as will be written, nothing is copied. */
  constructor(capacity = DEFAULT_CAPACITY) {
    this.buffer = new Uint8Array(capacity);
  }

  uint8(value: number): this {
    const offset = this.claim(1);
    this.buffer[offset] = value;
    return this;
  }

  uint16(value: number): this {
    const offset = this.claim(2);
    this.buffer[offset] = value;
    this.buffer[offset + 1] = value >>> 8;
    return this;
  }

  uint32(value: number): this {
    const offset = this.claim(4);
    this.buffer[offset] = value;
    this.buffer[offset + 1] = value >>> 8;
    this.buffer[offset + 2] = value >>> 16;
    this.buffer[offset + 3] = value >>> 24;
    return this;
  }

  int64(value: bigint): this {
    INT64.setBigInt64(0, value, true);
    return this.raw(INT64_BYTES);
  }

  /** Bitcoin's variable-length integer, in its shortest form; up to 2^53 - 1. */
  compactSize(value: number): this {
    if (value < 0xfd) return this.uint8(value);
    if (value <= 0xffff) return this.uint8(0xfd).uint16(value);
    if (value <= 0xffffffff) return this.uint8(0xfe).uint32(value);
    return this.uint8(0xff).int64(BigInt(value));
  }

  raw(bytes: Uint8Array): this {
    const offset = this.claim(bytes.length);
    this.buffer.set(bytes, offset);
    return this;
  }

  /** The bytes behind their length. */
  sized(bytes: Uint8Array): this {
    return this.compactSize(bytes.length).raw(bytes);
  }

  /** A hash given in display order. */
  hash(displayHex: string): this {
    return this.raw(internalHash(displayHex));
  }

  /** Everything written. The writer is done with it and must not be used again. */
  bytes(): Uint8Array {
    return this.length === this.buffer.length ? this.buffer : this.buffer.slice(0, this.length);
  }

  /** What was written since the start, as a view that the next writing changes. */
  written(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  /** Forgets what was written and keeps the memory. */
  restart(): this {
    this.length = 0;
    return this;
  }

  /** Makes room for `size` bytes and returns where they begin; may replace `buffer`. */
  private claim(size: number): number {
    const offset = this.length;
    this.length += size;
    if (this.length > this.buffer.length) this.grow();
    return offset;
  }

  private grow(): void {
    const grown = new Uint8Array(Math.max(this.length, this.buffer.length * 2));
    grown.set(this.buffer);
    this.buffer = grown;
  }
}
