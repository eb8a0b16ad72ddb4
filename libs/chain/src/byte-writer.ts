// Writes Bitcoin's little-endian primitives into a buffer that grows.
// The counterpart of byte-reader.ts; knows no structure bigger than a compact size.
import { internalHash } from '@pocket/crypto';

const INITIAL_CAPACITY = 256;

/** Appends primitives; `bytes()` ends it. Values are taken modulo their width: ranges are the rules' business. */
export class ByteWriter {
  private buffer = new Uint8Array(INITIAL_CAPACITY);
  private view = new DataView(this.buffer.buffer);
  private length = 0;

  uint8(value: number): this {
    const offset = this.claim(1);
    this.view.setUint8(offset, value);
    return this;
  }

  uint16(value: number): this {
    const offset = this.claim(2);
    this.view.setUint16(offset, value, true);
    return this;
  }

  uint32(value: number): this {
    const offset = this.claim(4);
    this.view.setUint32(offset, value, true);
    return this;
  }

  int64(value: bigint): this {
    const offset = this.claim(8);
    this.view.setBigInt64(offset, value, true);
    return this;
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

  /** Everything written so far, in an array of its own. */
  bytes(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }

  /** Makes room for `size` bytes and returns where they begin; may replace `buffer` and `view`. */
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
    this.view = new DataView(grown.buffer);
  }
}
