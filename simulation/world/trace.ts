/** What has happened, line by line, with simulated times: kept only where somebody will read it, or hashed to be compared. */
import { createHash } from 'node:crypto';

export type TraceDepth = 'nothing' | 'hash' | 'lines';

export interface Trace {
  /** @param text asked for only where it is kept. */
  note(text: () => string): void;
  /** All lines; none unless they are kept. */
  readonly lines: readonly string[];
  /** SHA-256 over all lines, hex; of nothing where nothing is kept. */
  hash(): string;
}

export function createTrace(depth: TraceDepth): Trace {
  const lines: string[] = [];
  const hash = createHash('sha256');
  return {
    lines,
    hash: () => hash.copy().digest('hex'),
    note(text) {
      if (depth === 'nothing') return;
      const line = `${performance.now().toFixed(0).padStart(7)} ${text()}`;
      hash.update(`${line}\n`);
      if (depth === 'lines') lines.push(line);
    },
  };
}
