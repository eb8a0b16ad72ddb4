/** Bytes of any size into lines. Only a line feed ends a line, and a last line without one is not whole. */
import { ArchiveError } from './archive-error.ts';

const LINE_FEED = 0x0a;
/** Far above the largest event; what has no line feed for so long is no export. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

export interface Line {
  /** Without its line feed. */
  bytes: Buffer;
  /** False for what stands behind the last line feed. */
  whole: boolean;
}

/** @throws ArchiveError for a line that no export has. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      yield { bytes: Buffer.concat([...pending, chunk.subarray(from, end)]), whole: true };
      pending = [];
      pendingBytes = 0;
      from = end + 1;
    }
    pending.push(Buffer.from(chunk.subarray(from)));
    pendingBytes += chunk.length - from;
    if (pendingBytes > MAX_LINE_BYTES) throw new ArchiveError('This is no export of Pocket-Blockchain.');
  }
  if (pendingBytes > 0) yield { bytes: Buffer.concat(pending), whole: false };
}
