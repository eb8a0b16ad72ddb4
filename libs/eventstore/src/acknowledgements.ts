/**
 * What JetStream still waits to be acknowledged. Nothing else waits for it, so once a second is enough, or once so many
 * are waiting; each acknowledgement stands for all before it. The checkpoint is committed first: what is lost here comes
 * again.
 */
import type { JsMsg } from 'nats';

const LATER_MS = 1_000;
/** JetStream sends no more than a few times as many unacknowledged ones. */
const MAX_WAITING = 128;

export class Acknowledgements {
  /** By the message's place in the stream; a message delivered again replaces its former delivery. */
  readonly #messages = new Map<number, { position: number; message: JsMsg }>();
  #applied = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param position of the event that the message carries. */
  received(position: number, message: JsMsg): void {
    this.#messages.set(message.seq, { position, message });
  }

  /** Acknowledges all up to this position, a little later. */
  applied(position: number): void {
    this.#applied = position;
    if (this.#messages.size >= MAX_WAITING) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), LATER_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    let last: JsMsg | undefined;
    for (const [place, { position, message }] of this.#messages) {
      if (position > this.#applied) break;
      this.#messages.delete(place);
      last = message;
    }
    last?.ack();
  }
}
