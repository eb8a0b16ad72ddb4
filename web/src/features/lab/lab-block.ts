/**
 * A block in the lab: what has become of it, beside the real one that it was taken from. Edits make a new one of it; nothing
 * here says whether it is valid. Pure.
 */
import { txidOf, type Block, type BlockHeader, type Transaction } from '@pocket/chain';

export interface LabBlock {
  readonly block: Block;
  /** undefined for a block that was made in the lab. */
  readonly real: Block | undefined;
  /** By transaction, its place in the real block; undefined for one that was made in the lab. */
  readonly origins: readonly (number | undefined)[];
}

export function takenFrom(real: Block): LabBlock {
  return { block: real, real, origins: real.transactions.map((_, index) => index) };
}

export function madeHere(block: Block): LabBlock {
  return { block, real: undefined, origins: block.transactions.map(() => undefined) };
}

export function withHeader(lab: LabBlock, changes: Partial<BlockHeader>): LabBlock {
  return { ...lab, block: { ...lab.block, header: { ...lab.block.header, ...changes } } };
}

/** A transaction in place of another; it counts as the changed one. */
export function withTransaction(lab: LabBlock, index: number, transaction: Transaction): LabBlock {
  return arranged(lab, lab.block.transactions.with(index, transaction), lab.origins);
}

export function withAdded(lab: LabBlock, ...transactions: Transaction[]): LabBlock {
  const origins = [...lab.origins, ...transactions.map(() => undefined)];
  return arranged(lab, [...lab.block.transactions, ...transactions], origins);
}

export function withoutTransaction(lab: LabBlock, index: number): LabBlock {
  return arranged(lab, lab.block.transactions.toSpliced(index, 1), lab.origins.toSpliced(index, 1));
}

/** The transaction once more, right behind itself. */
export function withTwice(lab: LabBlock, index: number): LabBlock {
  const transaction = lab.block.transactions[index];
  if (transaction === undefined) return lab;
  const transactions = lab.block.transactions.toSpliced(index + 1, 0, transaction);
  return arranged(lab, transactions, lab.origins.toSpliced(index + 1, 0, undefined));
}

/** The transaction in the place of the one behind it, and that one before it. */
export function withSwapped(lab: LabBlock, index: number): LabBlock {
  return arranged(lab, swapped(lab.block.transactions, index), swapped(lab.origins, index));
}

/** Another block altogether in its place, as raw bytes give it: what it shares with the real one is recognized. */
export function withBlock(lab: LabBlock, block: Block): LabBlock {
  const places = new Map((lab.real?.transactions ?? []).map((transaction, index) => [txidOf(transaction), index]));
  const taken = new Set<number>();
  const origins = block.transactions.map((transaction, index) => {
    const place = places.get(txidOf(transaction)) ?? (index in (lab.real?.transactions ?? []) ? index : undefined);
    if (place === undefined || taken.has(place)) return undefined;
    taken.add(place);
    return place;
  });
  return { ...lab, block, origins };
}

export function isChanged({ block, real }: LabBlock): boolean {
  if (block === real) return false;
  if (real === undefined || isHeaderChanged(block.header, real.header)) return true;
  if (block.transactions.length !== real.transactions.length) return true;
  return block.transactions.some((transaction, index) => !isSame(transaction, real.transactions[index]));
}

/** What has become of a transaction; `moved` is whole, in another place. */
export type Fate = 'same' | 'moved' | 'changed' | 'added';

export function fateOf({ block, real, origins }: LabBlock, index: number): Fate {
  const origin = origins[index];
  const transaction = block.transactions[index];
  if (origin === undefined || transaction === undefined) return 'added';
  if (!isSame(transaction, real?.transactions[origin])) return 'changed';
  return origin === index ? 'same' : 'moved';
}

function arranged(lab: LabBlock, transactions: Block['transactions'], origins: LabBlock['origins']): LabBlock {
  return { ...lab, block: { ...lab.block, transactions }, origins };
}

function swapped<T>(list: readonly T[], index: number): readonly T[] {
  const [one, other] = list.slice(index, index + 2);
  return one === undefined && other === undefined ? list : list.toSpliced(index, 2, other as T, one as T);
}

function isHeaderChanged(left: BlockHeader, right: BlockHeader): boolean {
  return (Object.keys(right) as (keyof BlockHeader)[]).some((name) => left[name] !== right[name]);
}

function isSame(left: Transaction, right: Transaction | undefined): boolean {
  return left === right || (right !== undefined && txidOf(left) === txidOf(right));
}
