/*
 * The loops in plain C that the searches are measured by: compiles yardstick.c with the machine's compiler, proves each
 * loop on Bitcoin's genesis block and asks the running program for slices. Where no compiler is there is no yardstick.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { compileC } from '../../libs/pow/c-compiler.ts';
import { HEADER, type Contestant } from './contestant.ts';

const SOURCE = fileURLToPath(new URL('yardstick.c', import.meta.url));
/** What the loops share with the searches: SHA-256's tables and functions, and what happens once a header. */
const NATIVE = fileURLToPath(new URL('../../libs/pow/native', import.meta.url));
const GENESIS_NONCE = 2_083_236_893;
/** A multiple of 24, as the program wants it; two to fifteen milliseconds of work. */
const PIECE = 24 * 2_048;

export interface Yardstick {
  readonly loops: readonly Contestant[];
  /** The fastest loop in two programs at once, by the clock: what a second thread can bring on this machine, just now. */
  readonly twice: readonly [one: Contestant, two: Contestant] | undefined;
  close(): void;
}

/** Throws with the reason where there is none; a loop that is wrong is one. */
export async function startYardstick(): Promise<Yardstick> {
  const folder = await mkdtemp(join(tmpdir(), 'pocket-yardstick-'));
  try {
    await compileC([SOURCE, join(NATIVE, 'header.c')], join(folder, 'yardstick'), ['-I', NATIVE]);
    const programs = [start(join(folder, 'yardstick')), start(join(folder, 'yardstick'))] as const;
    const [names] = await Promise.all(programs.map(({ firstLine }) => firstLine));
    const loops = (names ?? '').trim().split(' ');
    for (const loop of loops) await prove(loop, programs[0].ask);
    return {
      loops: loops.map((name) => ({ name, rate: (sliceMs) => rateOf(name, sliceMs, programs[0].ask) })),
      twice: [byTheClock(loops.at(-1) ?? '', programs.slice(0, 1)), byTheClock(loops.at(-1) ?? '', programs)],
      close: () => programs.forEach(({ close }) => close()),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

type Ask = (question: string) => Promise<string>;

interface Program {
  readonly ask: Ask;
  readonly close: () => void;
  readonly firstLine: Promise<string>;
}

/** A line in and a line out at a time. */
function start(file: string): Program {
  const child = spawn(file, [Buffer.from(HEADER).toString('hex')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const line: IteratorResult<string, undefined> = await lines.next();
    if (line.done === true) throw new Error('the yardstick has ended');
    return line.value;
  };
  const ask: Ask = (question) => {
    child.stdin.write(`${question}\n`);
    return nextLine();
  };
  return { ask, close: () => child.stdin.end(), firstLine: nextLine() };
}

function byTheClock(loop: string, programs: readonly Program[]): Contestant {
  const rateOfOne = async ({ ask }: Program, sliceMs: number): Promise<number> => {
    const start = performance.now();
    let tried = 0;
    for (; performance.now() - start < sliceMs; tried += PIECE) await ask(`${loop} 0 ${PIECE} 0`);
    return tried / (performance.now() - start) / 1_000;
  };
  const rate = async (sliceMs: number): Promise<number> => {
    const rates = await Promise.all(programs.map((program) => rateOfOne(program, sliceMs)));
    return rates.reduce((sum, one) => sum + one, 0);
  };
  return { name: `${loop} × ${programs.length} by the clock`, rate };
}

/** It counts the genesis block's nonce among its neighbours, at a target that begins with 32 zeros, and no other. */
async function prove(loop: string, ask: Ask): Promise<void> {
  const [met] = (await ask(`${loop} ${GENESIS_NONCE - 23} 24 0`)).split(' ');
  const [others] = (await ask(`${loop} ${GENESIS_NONCE + 1} 24 0`)).split(' ');
  if (met !== '1' || others !== '0') throw new Error(`the yardstick's ${loop} is wrong`);
}

/** By the processor time that the program has counted: questions and answers are not in it. */
async function rateOf(loop: string, sliceMs: number, ask: Ask): Promise<number> {
  let nanoseconds = 0;
  let tried = 0;
  while (nanoseconds < sliceMs * 1e6) {
    const [, elapsed] = (await ask(`${loop} 0 ${PIECE} 0`)).split(' ');
    nanoseconds += Number(elapsed);
    tried += PIECE;
  }
  return (tried / nanoseconds) * 1_000;
}
