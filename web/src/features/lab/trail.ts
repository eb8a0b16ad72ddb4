/**
 * Judges the lab's chain again and again and remembers where the last time led: blocks that are the same as before, from the
 * first one on, are not judged twice, so that an edit of a late block costs no signature of an early one.
 */
import { decodeBlock, decodeHeader, type Block } from '@pocket/chain';
import { hexToBytes } from '@pocket/crypto';
import { groundTip, judgeNext, onTop, type BlockVerdict, type Ground, type LabTip } from './judge.ts';

interface Step {
  hex: string;
  verdict: BlockVerdict;
  tip: LabTip;
}

const HEADER_DIGITS = 160;

export class Trail {
  readonly #ground: Ground;
  readonly #start: LabTip;
  readonly #steps: Step[] = [];

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#start = groundTip(ground);
  }

  /** One verdict after another, so that others get their turn between two of them. @param now unix seconds. */
  *judge(hexes: readonly string[], now: number): Generator<BlockVerdict, void> {
    this.#steps.splice(this.#known(hexes));
    for (const { verdict } of [...this.#steps]) yield verdict;
    for (const hex of hexes.slice(this.#steps.length)) {
      const step = { hex, ...this.#next(hex, now) };
      this.#steps.push(step);
      yield step.verdict;
    }
  }

  /** How many of the blocks have been judged already; the clock may have made good one that was too new. */
  #known(hexes: readonly string[]): number {
    const other = this.#steps.findIndex(
      ({ hex, verdict }, index) => hex !== hexes[index] || verdict.rejection?.code === 'time-too-new',
    );
    return other === -1 ? this.#steps.length : other;
  }

  #next(hex: string, now: number): Omit<Step, 'hex'> {
    const tip = this.#steps.at(-1)?.tip ?? this.#start;
    const decoded = decodeBlock(hexToBytes(hex));
    if (decoded.ok) return judgeNext(tip, decoded.block, this.#ground, now);
    const header = decodeHeader(hexToBytes(hex.slice(0, HEADER_DIGITS)));
    if (!header.ok) throw new Error(`a block of the lab has no header: ${header.message}`);
    const unreadable: Block = { header: header.header, transactions: [] };
    const parent = onTop(tip.parent, unreadable);
    const { blockHash, height, chainWork: work } = parent;
    const said = { standing: 'refused', rejection: decoded, behind: undefined, onlyWork: false } as const;
    return { verdict: { blockHash, height, work, ...said }, tip: { parent, stands: false, view: undefined } };
  }
}
