/**
 * Reads what a NATS server says to a client, frame by frame, from a stream of bytes that arrives in any pieces. Only
 * messages (MSG, HMSG) have a subject; every other frame is one line. It changes nothing: the frames put together are
 * the stream. (docs.nats.io, "Client Protocol")
 */

export interface Frame {
  /** The whole frame with its line ends. */
  readonly bytes: Buffer;
  /** The subject of a message; undefined for what is none. */
  readonly subject: string | undefined;
}

const LINE_END = Buffer.from('\r\n');

export class FrameReader {
  #pieces: Buffer[] = [];
  #length = 0;
  /** With fewer bytes than these there is no further frame. */
  #needed = 1;

  /** The frames that are complete with these bytes. Throws an Error for a message without a size. */
  push(piece: Buffer): Frame[] {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length < this.#needed) return [];
    let rest = Buffer.concat(this.#pieces, this.#length);
    const frames: Frame[] = [];
    for (let length = this.#nextLength(rest); length <= rest.length; length = this.#nextLength(rest)) {
      const bytes = rest.subarray(0, length);
      frames.push({ bytes, subject: fieldsOf(bytes)?.[1] });
      rest = rest.subarray(length);
    }
    this.#pieces = [rest];
    this.#length = rest.length;
    return frames;
  }

  /** How long the first frame of these bytes is, or is at least. */
  #nextLength(bytes: Buffer): number {
    const lineEnd = bytes.indexOf(LINE_END);
    this.#needed = lineEnd === -1 ? bytes.length + 1 : lineEnd + LINE_END.length + payloadLength(bytes);
    return this.#needed;
  }
}

/** The payload with its line end; 0 for a frame that has none. */
function payloadLength(bytes: Buffer): number {
  const fields = fieldsOf(bytes);
  if (fields === undefined) return 0;
  const size = Number(fields.at(-1));
  if (!Number.isSafeInteger(size) || size < 0)
    throw new Error(`NATS said ${fields.join(' ')}, a message without a size`);
  return size + LINE_END.length;
}

/** The words of a message's first line: MSG or HMSG, the subject, …, the size; undefined for other frames. */
function fieldsOf(bytes: Buffer): string[] | undefined {
  const kind = bytes.toString('latin1', 0, 5).toUpperCase();
  if (!/^H?MSG[ \t]/.test(kind)) return undefined;
  return bytes.toString('latin1', 0, bytes.indexOf(LINE_END)).split(/[ \t]+/);
}
