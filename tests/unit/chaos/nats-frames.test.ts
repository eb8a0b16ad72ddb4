/** What a NATS server says, in any pieces: the same frames, and put together the same bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, type Frame } from '../../../chaos/nats-frames.ts';

interface Said {
  subject: string | undefined;
  text: Buffer;
}

const line = (text: string): Said => ({ subject: undefined, text: Buffer.from(`${text}\r\n`) });
const message = (head: string, subject: string, payload: string): Said => ({
  subject,
  text: Buffer.from(`${head}\r\n${payload}\r\n`),
});

const tokens = fc.stringMatching(/^[a-z$_]{1,8}(\.[a-zA-Z0-9-]{1,8}){0,3}$/);
/** What could be taken for an end of line, or for another message. */
const payloads = fc
  .array(fc.constantFrom('\r\n', '\r', '\n', 'MSG a 1 3', 'PING\r\n', 'ü', '{"x":1}'))
  .map((parts) => parts.join(''));
const lines = fc
  .constantFrom('PING', 'PONG', '+OK', "-ERR 'Slow Consumer'", 'INFO {"server_id":"x","headers":true}')
  .map(line);
const messages = fc.tuple(tokens, payloads, fc.boolean()).map(([subject, payload, replies]) => {
  const reply = replies ? ' _INBOX.x.1' : '';
  return message(`MSG ${subject} 7${reply} ${Buffer.byteLength(payload)}`, subject, payload);
});
const HEADERS = 'NATS/1.0\r\nNats-Msg-Id: 5\r\n\r\n';
const withHeaders = fc.tuple(tokens, payloads).map(([subject, payload]) => {
  const size = HEADERS.length + Buffer.byteLength(payload);
  return message(`HMSG ${subject} 7 $JS.ACK.s.c ${HEADERS.length} ${size}`, subject, HEADERS + payload);
});
const streams = fc.array(fc.oneof(lines, messages, withHeaders), { maxLength: 12 });

/** The stream cut at these places. */
function pieces(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (stream.length + 1)))].sort((left, right) => left - right);
  return [0, ...places].map((from, index) => stream.subarray(from, places[index] ?? stream.length));
}

function readAll(parts: readonly Buffer[]): Frame[] {
  const reader = new FrameReader();
  return parts.flatMap((part) => reader.push(part));
}

describe('frames', () => {
  it('are the same, however the stream is cut', () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(), { maxLength: 40 }), (said, cuts) => {
        const frames = readAll(pieces(Buffer.concat(said.map(({ text }) => text)), cuts));
        expect(frames.map(({ bytes, subject }) => ({ text: bytes.toString(), subject }))).toEqual(
          said.map(({ text, subject }) => ({ text: text.toString(), subject })),
        );
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  it('are the same, byte by byte', () => {
    const said = [line('INFO {}'), message('MSG a.b 1 _INBOX.q 4', 'a.b', '\r\n\r\n'), line('PING')];
    const bytes = [...Buffer.concat(said.map(({ text }) => text))].map((byte) => Buffer.of(byte));
    expect(readAll(bytes).map(({ subject }) => subject)).toEqual([undefined, 'a.b', undefined]);
  });

  it('are not given before they are whole', () => {
    const reader = new FrameReader();
    expect(reader.push(Buffer.from('MSG a 1 5\r\nhell'))).toEqual([]);
    expect(reader.push(Buffer.from('o\r'))).toEqual([]);
    expect(reader.push(Buffer.from('\nPI'))).toHaveLength(1);
  });

  it('of 4 MB in small pieces are read in a moment', () => {
    const payload = 'x'.repeat(4 * 1024 * 1024);
    const { text } = message(`MSG a 1 ${payload.length}`, 'a', payload);
    const parts = Array.from({ length: Math.ceil(text.length / 1_024) }, (_, at) =>
      text.subarray(at * 1_024, (at + 1) * 1_024),
    );
    const begun = performance.now();
    expect(readAll(parts)).toHaveLength(1);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it.each(['MSG a 1 x\r\n', 'MSG a 1 -1\r\n', 'HMSG a 1 12 1.5\r\n'])('without a size are refused: %j', (text) => {
    expect(() => readAll([Buffer.from(text)])).toThrow('a message without a size');
  });
});
