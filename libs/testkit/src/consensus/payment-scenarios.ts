/**
 * Every rule of a payment broken once, alone; each broken payment is refused twice for the same reason, by itself and
 * in a block that is good otherwise. Limits are literals.
 */
import { outpointKey, type NamedCoin, type RejectCode, type Transaction, type Txid } from '@pocket/chain';
import { bytesToHex, concatBytes, publicKeyOf, publicKeyXY } from '@pocket/crypto';
import { signed, spend } from '../builders.ts';
import { withPayments } from './changed-block.ts';
import { alice, bob, type ChainLab } from './chain-lab.ts';
import {
  foreignScripts,
  lockedPayment,
  payment,
  paymentInto,
  paymentOf,
  pushes,
  resigned,
  withHighS,
  withPaddedR,
} from './payments.ts';
import { refuse, type Scenario } from './scenario.ts';

type Broken = readonly [transaction: Transaction, found?: string | number, expected?: string | number];
type BrokenPayment = readonly [rule: RejectCode, name: string, make: (lab: ChainLab) => Broken];

const ALL_MONEY = 2_100_000_000_000_000n;
const AT_MOST_ALL_MONEY = 'at most 2100000000000000';
const UNSPENT = 'an unspent output';
const OTHERS_OUTPUT = 'an output that no other input spends';

const renamed = ({ outpoint, coin }: NamedCoin, name: Partial<NamedCoin['outpoint']>): NamedCoin => ({
  outpoint: { ...outpoint, ...name },
  coin,
});
const nextHeight = ({ tip }: ChainLab): number => tip.height + 1;
const payingInto = (script: Uint8Array) => (lab: ChainLab) =>
  [paymentInto(lab.coin(), script), bytesToHex(script) || 'no bytes', 'a P2PKH script'] as const;
const missing = (coin: NamedCoin): Broken => [payment(coin).transaction, outpointKey(coin.outpoint), UNSPENT];

/** What a transaction shows by itself. */
const FORM: readonly BrokenPayment[] = [
  ['bad-txns-vin-empty', 'no input', (lab) => [{ ...payment(lab.coin()).transaction, inputs: [] }, 0, 'at least 1']],
  ['bad-txns-vout-empty', 'no output', (lab) => [paymentOf(lab.coin()), 0, 'at least 1']],
  ['bad-txns-vout-negative', 'an output of -1', (lab) => [paymentOf(lab.coin(), -1n), '-1', 'at least 0']],
  [
    'bad-txns-vout-negative',
    'the smallest int64 behind a good output',
    (lab) => [paymentOf(lab.coin(), 1n, -(2n ** 63n)), '-9223372036854775808', 'at least 0'],
  ],
  [
    'bad-txns-vout-toolarge',
    'an output of a base unit more than can exist',
    (lab) => [paymentOf(lab.coin(), ALL_MONEY + 1n), '2100000000000001', AT_MOST_ALL_MONEY],
  ],
  [
    'bad-txns-vout-toolarge',
    'the greatest int64',
    (lab) => [paymentOf(lab.coin(), 2n ** 63n - 1n), '9223372036854775807', AT_MOST_ALL_MONEY],
  ],
  [
    'bad-txns-txouttotal-toolarge',
    'outputs of more than can exist together',
    (lab) => [paymentOf(lab.coin(), ALL_MONEY, 1n), '2100000000000001', AT_MOST_ALL_MONEY],
  ],
  [
    'bad-txns-inputs-duplicate',
    'one coin in two inputs',
    (lab) => {
      const coin = lab.coin();
      return [spend([coin, coin], alice, [bob, 1n]), outpointKey(coin.outpoint), OTHERS_OUTPUT];
    },
  ],
  [
    'bad-txns-prevout-null',
    "a coinbase's input behind a good one",
    (lab) => {
      const nothing = renamed(lab.coin(), { txid: '00'.repeat(32) as Txid, vout: 0xffffffff });
      const transaction = spend([lab.coin(), nothing], alice, [bob, 1n]);
      return [transaction, `${'00'.repeat(32)}:4294967295`, 'an output of a transaction'];
    },
  ],
  ['scriptpubkey', 'an output anyone can spend', payingInto(foreignScripts.anyoneCanSpend)],
  ['scriptpubkey', 'an output of data', payingInto(foreignScripts.data)],
  ['scriptpubkey', 'an output to a script hash', payingInto(foreignScripts.scriptHash)],
  ['scriptpubkey', 'an output to a witness program', payingInto(foreignScripts.witness)],
  ['scriptpubkey', 'an output with an opcode too many', payingInto(foreignScripts.longer)],
  ['scriptpubkey', 'an output with an empty script', payingInto(new Uint8Array(0))],
];

/** When a transaction may stand in a block. */
const FINALITY: readonly BrokenPayment[] = [
  [
    'bad-txns-nonfinal',
    'a lock on its own height',
    (lab) => [lockedPayment(lab.coin(), nextHeight(lab)), nextHeight(lab), `below ${nextHeight(lab)}`],
  ],
  [
    'bad-txns-nonfinal',
    'a lock on the last height there is',
    (lab) => [lockedPayment(lab.coin(), 499_999_999), 499_999_999, `below ${nextHeight(lab)}`],
  ],
  [
    'bad-txns-nonfinal',
    'a lock on the median time itself',
    (lab) => [lockedPayment(lab.coin(), lab.medianTime()), lab.medianTime(), `below ${lab.medianTime()}`],
  ],
  [
    'bad-txns-nonfinal',
    'a lock that one of two inputs keeps',
    (lab) => {
      const coins = [lab.coin(0), lab.coin(1)];
      const good = spend(coins, alice, [bob, 1n]);
      const inputs = good.inputs.map((input, index) => ({ ...input, sequence: 0xffffffff - index }));
      const lockTime = nextHeight(lab);
      return [signed({ ...good, inputs, lockTime }, coins, alice), lockTime, `below ${lockTime}`];
    },
  ],
];

/** What a transaction spends. */
const COINS: readonly BrokenPayment[] = [
  [
    'bad-txns-inputs-missingorspent',
    'an unknown coin',
    (lab) => missing(renamed(lab.coin(), { txid: 'ab'.repeat(32) as Txid })),
  ],
  [
    'bad-txns-inputs-missingorspent',
    'an output its transaction does not have',
    (lab) => missing(renamed(lab.coin(), { vout: 1 })),
  ],
  [
    'bad-txns-inputs-missingorspent',
    "the first block's reward, which is no coin",
    (lab) => missing(lab.genesisReward()),
  ],
  [
    'bad-txns-premature-spend-of-coinbase',
    'a reward of 99 blocks ago',
    (lab) => {
      const height = nextHeight(lab);
      return [payment(lab.reward(height - 99)).transaction, height, `at least ${height + 1}`];
    },
  ],
  [
    'bad-txns-in-belowout',
    'a base unit more out than in',
    (lab) => [paymentOf(lab.coin(), 5_000_000_001n), '5000000001', 'at most 5000000000'],
  ],
  [
    'bad-txns-in-belowout',
    'all the money that can exist',
    (lab) => [paymentOf(lab.coin(), ALL_MONEY - 1n, 1n), '2100000000000000', 'at most 5000000000'],
  ],
];

const UNSIGNED = 'mandatory-script-verify-flag-failed';
const SIGHASH_ALL = 1;

/** Whether the owner signed. The first one shows that a reward of 100 blocks ago is mature. */
const SIGNATURES: readonly BrokenPayment[] = [
  [
    UNSIGNED,
    "another's key, for a reward of 100 blocks ago",
    (lab) => [spend([lab.reward(nextHeight(lab) - 100)], bob, [bob, 1n])],
  ],
  [
    UNSIGNED,
    "the owner's key with another's signature",
    (lab) => {
      const bobs = spend([lab.coin()], bob, [bob, 4_999_990_000n]).inputs[0]?.scriptSig ?? new Uint8Array(0);
      const signature = bobs.subarray(1, bobs[0]);
      return [resigned(lab.coin(), ({ publicKey }) => pushes(signature, SIGHASH_ALL, publicKey))];
    },
  ],
  [
    UNSIGNED,
    'an output changed afterwards',
    (lab) => {
      const good = payment(lab.coin()).transaction;
      return [{ ...good, outputs: good.outputs.map((output) => ({ ...output, value: output.value - 1n })) }];
    },
  ],
  [
    UNSIGNED,
    "the other input's signature",
    (lab) => {
      const { inputs, ...good } = spend([lab.coin(0), lab.coin(1)], alice, [bob, 1n]);
      const scripts = inputs.map(({ scriptSig }) => scriptSig).reverse();
      const swapped = inputs.map((input, index) => ({ ...input, scriptSig: scripts[index] ?? input.scriptSig }));
      return [{ ...good, inputs: swapped }];
    },
  ],
  [
    UNSIGNED,
    'a high S',
    (lab) => [resigned(lab.coin(), ({ signature, publicKey }) => pushes(withHighS(signature), SIGHASH_ALL, publicKey))],
  ],
  [
    UNSIGNED,
    'an r with a zero too many',
    (lab) => [
      resigned(lab.coin(), ({ signature, publicKey }) => pushes(withPaddedR(signature), SIGHASH_ALL, publicKey)),
    ],
  ],
  [
    UNSIGNED,
    'a signature with a byte too many',
    (lab) => [
      resigned(lab.coin(), ({ signature, publicKey }) =>
        pushes(concatBytes(signature, new Uint8Array(1)), SIGHASH_ALL, publicKey),
      ),
    ],
  ],
  ...[0, 2, 3, 0x81].map((hashType): BrokenPayment => [
    UNSIGNED,
    `the hash type ${hashType}`,
    (lab) => [resigned(lab.coin(), ({ signature, publicKey }) => pushes(signature, hashType, publicKey))],
  ]),
  [
    UNSIGNED,
    'an uncompressed key',
    (lab) => [
      resigned(lab.coin(), ({ signature }) =>
        pushes(signature, SIGHASH_ALL, concatBytes(Uint8Array.of(4), publicKeyXY(publicKeyOf(alice.privateKey)))),
      ),
    ],
  ],
  [UNSIGNED, 'an empty script', (lab) => [resigned(lab.coin(), () => new Uint8Array(0))]],
  [
    UNSIGNED,
    'a script with a push too many',
    (lab) => [
      resigned(lab.coin(), ({ signature, publicKey }) =>
        concatBytes(Uint8Array.of(0), pushes(signature, SIGHASH_ALL, publicKey)),
      ),
    ],
  ],
];

export const paymentScenarios: readonly Scenario[] = [...FORM, ...FINALITY, ...COINS, ...SIGNATURES].map(
  ([rule, name, make]) => ({
    name: `a payment with ${name}, by itself and in a block`,
    rule,
    steps: (lab) => {
      const [transaction, found, expected] = make(lab);
      const block = withPayments(lab.next(), transaction);
      return [refuse(transaction, rule, found, expected), refuse(block, rule, found, expected)];
    },
  }),
);
