/**
 * Competing chains, blocks that come out of order, twice or damaged, and a halving: what the chain must be afterwards.
 * Every branch that wins really is the heavier one.
 */
import { createdCoins, outpointKey } from '@pocket/chain';
import type { PlacedBlock } from './branch.ts';
import { coinbaseOf, transactionAt, withBody, withCoinbaseHeight, withReward } from './changed-block.ts';
import { alice, bob, carol, type ChainLab } from './chain-lab.ts';
import { payment } from './payments.ts';
import { accept, extend, keepWaiting, refuse, tipIs, type Scenario, type Step } from './scenario.ts';

const MISSING = 'bad-txns-inputs-missingorspent';
const UNSPENT = 'an unspent output';
const ONLY_VALID = 'only valid blocks below it';
const NEXT_HALVING = 150;

/** All but the last of a branch leave the tip; the last one takes it. */
function overtake(lab: ChainLab, blocks: readonly PlacedBlock[]): Step[] {
  const { tip } = lab;
  return blocks.flatMap((block, index) =>
    index === blocks.length - 1 ? [...extend(lab, block)] : [accept(block), tipIs(tip)],
  );
}

/** The tip's last blocks are replaced by one more. */
function deepReorganization(depth: number): Scenario {
  return {
    name: `a branch that replaces ${depth} blocks by ${depth + 1}`,
    rule: 'the heavier branch wins',
    steps: (lab) => {
      const grown = lab.branch(lab.tip, depth);
      const rival = lab.branch(lab.tip, depth + 1);
      return [...grown.flatMap((block) => extend(lab, block)), ...overtake(lab, rival)];
    },
  };
}

const forks: readonly Scenario[] = [
  {
    name: 'a branch that is as heavy as the chain',
    rule: 'first seen wins',
    steps: (lab) => {
      const [rival] = lab.branch(lab.below(1), 1);
      return rival === undefined ? [] : [accept(rival), tipIs(lab.tip)];
    },
  },
  deepReorganization(1),
  deepReorganization(2),
  deepReorganization(8),
  {
    name: 'two branches that overtake each other, back and forth',
    rule: 'the heavier branch wins',
    steps: (lab) => {
      const left = lab.branch(lab.tip, 5);
      const right = lab.branch(lab.tip, 4);
      return [
        ...left.slice(0, 1).flatMap((block) => extend(lab, block)),
        ...overtake(lab, right.slice(0, 2)),
        ...overtake(lab, left.slice(1, 3)),
        ...overtake(lab, right.slice(2, 4)),
        ...overtake(lab, left.slice(3, 5)),
      ];
    },
  },
  {
    name: 'a coin spent otherwise on either branch',
    rule: MISSING,
    steps: (lab) => {
      const coin = lab.take();
      const fork = lab.tip;
      const loser = lab.next(payment(coin, bob));
      const winner = lab.branch(fork, 2, (height) => (height === fork.height + 1 ? [payment(coin, alice)] : []));
      const [toBob] = createdCoins(transactionAt(loser, 1), loser.height);
      const steps = [...extend(lab, loser), ...overtake(lab, winner)];
      const [lower = loser] = winner;
      const alices = createdCoins(transactionAt(lower, 1), lower.height);
      const bobs = toBob === undefined ? '' : outpointKey(toBob.outpoint);
      return [
        ...steps,
        ...(toBob === undefined ? [] : [refuse(lab.next(payment(toBob)), MISSING, bobs, UNSPENT)]),
        refuse(lab.next(payment(coin, carol)), MISSING, outpointKey(coin.outpoint), UNSPENT),
        ...extend(lab, lab.next(...alices.map((made) => payment(made, carol)))),
      ];
    },
  },
  {
    name: 'a branch that spends what only it has made',
    rule: 'the heavier branch wins',
    steps: (lab) => {
      const parent = payment(lab.take(), alice);
      const children = createdCoins(parent.transaction, 0).map((coin) => payment(coin, carol));
      const loser = lab.next();
      const winner = lab.branch(lab.tip, 2, (height) => (height === loser.height ? [parent] : children));
      return [...extend(lab, loser), ...overtake(lab, winner)];
    },
  },
];

const refusedBranches: readonly Scenario[] = [
  {
    name: 'a heavier branch whose first block is invalid',
    rule: 'duplicate-invalid',
    steps: (lab) => {
      const bad = lab.branch(lab.below(1), 1).map((good) => withReward(good, 5_000_000_001n));
      return bad.flatMap((block) => {
        const [child, grandchild] = lab.branch(block, 2);
        if (child === undefined || grandchild === undefined) return [];
        return [
          accept(block),
          tipIs(lab.tip),
          refuse(child, 'bad-prevblk', block.blockHash, ONLY_VALID),
          refuse(grandchild, 'bad-prevblk', block.blockHash, ONLY_VALID),
          refuse(child, 'duplicate-invalid', block.blockHash, ONLY_VALID),
          refuse(block, 'duplicate-invalid', block.blockHash, 'a block that breaks no rule'),
        ];
      });
    },
  },
  {
    name: 'a heavier branch whose last block is invalid, which becomes the chain up to it',
    rule: 'the heavier branch wins',
    steps: (lab) => {
      const fork = lab.tip;
      const loser = extend(lab, lab.next());
      const good = lab.branch(fork, 2);
      const bad = lab.branch(good.at(-1) ?? fork, 1).map((block) => withReward(block, 5_000_000_001n));
      const steps = [...loser, ...overtake(lab, good)];
      return [...steps, ...bad.map((block) => refuse(block, 'bad-cb-amount', '5000000001', 'at most 5000000000'))];
    },
  },
  {
    name: 'a block beside the chain that breaks a rule of its place',
    rule: 'bad-cb-height',
    steps: (lab) => {
      const height = lab.tip.height;
      const beside = lab.branch(lab.below(1), 1).map((good) => withCoinbaseHeight(good, height + 1));
      return beside.map((block) => refuse(block, 'bad-cb-height', height + 1, height));
    },
  },
];

const orders: readonly Scenario[] = [
  {
    name: 'blocks that come before those they build on',
    rule: 'an unknown parent is waited for',
    steps: (lab) => {
      const blocks = lab.branch(lab.tip, 3);
      const [first, ...others] = blocks;
      const before = lab.tip;
      const waiting = others.toReversed().flatMap((block) => [keepWaiting(block), tipIs(before)]);
      const last = blocks.map((block) => lab.follow(block)).at(-1);
      return first === undefined || last === undefined ? [] : [...waiting, accept(first), tipIs(last)];
    },
  },
  {
    name: 'a block that breaks a rule by itself, without its parent',
    rule: 'bad-cb-amount',
    steps: (lab) => {
      const [parent, child] = lab.branch(lab.tip, 2);
      if (parent === undefined || child === undefined) return [];
      const damaged = withBody(child, [coinbaseOf(parent)]);
      return [refuse(damaged, 'bad-txnmrklroot', child.block.header.merkleRoot), ...extend(lab, parent)];
    },
  },
  {
    name: 'the same block and the same transaction twice',
    rule: 'twice is once',
    steps: (lab) => {
      const { transaction } = payment(lab.take());
      const block = lab.next();
      const besides = lab.branch(lab.tip, 1);
      const first = extend(lab, block);
      return [
        ...first,
        accept(block),
        tipIs(block),
        ...besides.flatMap((beside) => [accept(beside), accept(beside), tipIs(block)]),
        accept(transaction),
        accept(transaction),
        tipIs(block),
      ];
    },
  },
  {
    name: 'a good header with a wrong body, with the right one, and again with the wrong one',
    rule: 'a wrong body does not ban the header',
    steps: (lab) => {
      const block = lab.next(payment(lab.take()), payment(lab.take()));
      const wrong = withBody(block, [coinbaseOf(block)]);
      const mutated = withBody(block, [...block.block.transactions, transactionAt(block, 2)]);
      return [
        refuse(wrong, 'bad-txnmrklroot', block.block.header.merkleRoot),
        refuse(mutated, 'bad-txns-duplicate'),
        ...extend(lab, block),
        refuse(wrong, 'bad-txnmrklroot', block.block.header.merkleRoot),
        refuse(mutated, 'bad-txns-duplicate'),
        accept(block),
      ];
    },
  },
];

const halving: Scenario = {
  name: 'the first halving, of block 150',
  rule: 'bad-cb-amount',
  steps: (lab) => {
    const grown = lab.branch(lab.tip, NEXT_HALVING - 1 - lab.tip.height).flatMap((block) => extend(lab, block));
    const refused = withReward(lab.next(), 2_500_000_001n);
    return [
      ...grown,
      refuse(refused, 'bad-cb-amount', '2500000001', 'at most 2500000000'),
      ...extend(lab, withReward(lab.next(), 2_500_000_000n)),
    ];
  },
};

export const branchScenarios: readonly Scenario[] = [...forks, ...refusedBranches, ...orders, halving];
