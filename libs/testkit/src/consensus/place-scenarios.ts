/**
 * Every rule of a block at its place broken once, alone, next to the value that just passes: what the chain below it,
 * the clock, and the order of its own transactions say. Limits are literals.
 */
import { createdCoins, outpointKey, txidOf, type BlockHash, type Transaction } from '@pocket/chain';
import { coinbaseOf, withCoinbaseHeight, withHeader, withPayments } from './changed-block.ts';
import { alice, bob, type ChainLab } from './chain-lab.ts';
import { lockedPayment, payment } from './payments.ts';
import { broken, extend, passing, refuse, type Scenario } from './scenario.ts';

const NO_BLOCK = '00'.repeat(32) as BlockHash;
const MISSING = 'bad-txns-inputs-missingorspent';
const UNSPENT = 'an unspent output';

const context: readonly Scenario[] = [
  broken('bad-diffbits', 'a harder target than the chain has', (lab) => [
    withHeader(lab.next(), { bits: 0x207ffffe }),
    '0x207ffffe',
    '0x207fffff',
  ]),
  broken('time-too-old', 'the median time of the last 11 blocks', (lab) => [
    withHeader(lab.next(), { time: lab.medianTime() }),
    lab.medianTime(),
    `above ${lab.medianTime()}`,
  ]),
  passing('time-too-old', 'a second above the median time', (lab) =>
    withHeader(lab.next(), { time: lab.medianTime() + 1 }),
  ),
  broken('time-too-new', 'three hours ahead', (lab) => [
    withHeader(lab.next(), { time: lab.now + 10_800 }),
    lab.now + 10_800,
  ]),
  passing('time-too-new', 'two hours ahead', (lab) => withHeader(lab.next(), { time: lab.now + 7200 })),
  ...[3, 2, 1, 0, -1].map((version) =>
    broken('bad-version', `version ${version}`, (lab) => [withHeader(lab.next(), { version }), version, 'at least 4']),
  ),
  passing('bad-version', 'version 4', (lab) => withHeader(lab.next(), { version: 4 })),
  passing('bad-txns-nonfinal', 'a lock on the height below', (lab) =>
    withPayments(lab.next(), lockedPayment(lab.take(), lab.tip.height)),
  ),
  passing('bad-txns-nonfinal', 'a lock on the second before the median time', (lab) =>
    withPayments(lab.next(), lockedPayment(lab.take(), lab.medianTime() - 1)),
  ),
  passing('bad-txns-nonfinal', 'a lock to come that all inputs switch off', (lab) =>
    withPayments(lab.next(), lockedPayment(lab.take(), 499_999_999, 0xffffffff)),
  ),
];

/** Header and coinbase (Bitcoin Core, CreateGenesisBlock). */
const MAIN_GENESIS = [
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3',
  '888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c0101000000010000000000000000000000000000000000000000000000000000',
  '000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e2062',
  '72696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe554827',
  '1967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f',
  'ac00000000',
].join('');

const chain: readonly Scenario[] = [
  broken('prev-blk-not-found', 'another first block', (lab) => [
    withCoinbaseHeight(withHeader(lab.next(), { previousBlockHash: NO_BLOCK }), 0),
    NO_BLOCK,
  ]),
  broken('scriptpubkey', "the first block of Bitcoin's main network", () => [
    { bytes: MAIN_GENESIS, as: 'block' },
    undefined,
    'a P2PKH script',
  ]),
];

/** A payment of Alice to herself and one of what it made. */
function family(lab: ChainLab): [parent: Transaction, child: Transaction] {
  const parent = payment(lab.coin(), alice).transaction;
  const [coin = lab.coin()] = createdCoins(parent, 0);
  return [parent, payment(coin).transaction];
}

const inside: readonly Scenario[] = [
  broken(MISSING, 'a coin spent twice inside the block', (lab) => [
    lab.next(payment(lab.coin(), alice), payment(lab.coin(), bob)),
    outpointKey(lab.coin().outpoint),
    UNSPENT,
  ]),
  broken(MISSING, 'a child before its parent', (lab) => {
    const [parent, child] = family(lab);
    return [withPayments(lab.next(), child, parent), `${txidOf(parent)}:0`, UNSPENT];
  }),
  passing(MISSING, 'a child behind its parent', (lab) => {
    const block = withPayments(lab.next(), ...family(lab));
    lab.take();
    return block;
  }),
  broken('bad-txns-premature-spend-of-coinbase', "the block's own reward", (lab) => {
    const block = lab.next();
    const early = createdCoins(coinbaseOf(block), block.height).map((reward) => payment(reward).transaction);
    return [withPayments(block, ...early), block.height, `at least ${block.height + 100}`];
  }),
  {
    name: 'a coin that an earlier block spent',
    rule: MISSING,
    steps: (lab) => {
      const coin = lab.take();
      const spent = outpointKey(coin.outpoint);
      const again = payment(coin, alice);
      const first = extend(lab, lab.next(payment(coin, bob)));
      return [
        ...first,
        refuse(lab.next(again), MISSING, spent, UNSPENT),
        refuse(again.transaction, MISSING, spent, UNSPENT),
      ];
    },
  },
];

export const placeScenarios: readonly Scenario[] = [...context, ...chain, ...inside];
