/**
 * Every rule of a block by itself broken once, alone, next to the greatest value that passes; a block that would pass
 * too dearly shows it by the later rule that refuses it. Limits are literals.
 */
import { encodeTransaction, txidOf } from '@pocket/chain';
import { bytesToHex, concatBytes } from '@pocket/crypto';
import type { PlacedBlock } from './branch.ts';
import {
  coinbaseOf,
  transactionAt,
  withBits,
  withBody,
  withCoinbase,
  withCoinbaseHeight,
  withCoinbaseScript,
  withHeader,
  withoutWork,
  withPayments,
  withReward,
  withTransactions,
} from './changed-block.ts';
import type { ChainLab } from './chain-lab.ts';
import { payment, paymentOf } from './payments.ts';
import { broken, passing, type Broken, type Scenario } from './scenario.ts';

const OTHER_ROOT = '33'.repeat(32);
const LENGTHS_GROW_BY = 4;

const withThree = (lab: ChainLab): PlacedBlock => lab.next(payment(lab.coin(0)), payment(lab.coin(1)));

const bytes: readonly Scenario[] = [
  broken('block-decode-failed', 'a block that breaks off', (lab) => [
    { bytes: lab.next().hex.slice(0, -2), as: 'block' },
  ]),
  broken('block-decode-failed', 'a block with a byte too many', (lab) => [
    { bytes: `${lab.next().hex}00`, as: 'block' },
  ]),
  broken('block-decode-failed', 'a header alone', (lab) => [{ bytes: lab.next().hex.slice(0, 160), as: 'block' }]),
  broken('tx-decode-failed', 'a transaction that breaks off', (lab) => [
    { bytes: bytesToHex(encodeTransaction(payment(lab.coin()).transaction)).slice(0, -2), as: 'transaction' },
  ]),
  broken('tx-decode-failed', 'a transaction with a byte too many', (lab) => [
    { bytes: `${bytesToHex(encodeTransaction(payment(lab.coin()).transaction))}00`, as: 'transaction' },
  ]),
];

const work: readonly Scenario[] = [
  broken('high-hash', 'a header without work', (lab) => {
    const block = withoutWork(lab.next());
    return [block, block.blockHash, `at most 7fffff${'0'.repeat(58)}`];
  }),
  ...(
    [
      ['bits above the limit', 0x2100ffff, '0x2100ffff'],
      ['bits one above the limit', 0x20800000, '0x20800000'],
      ['bits of zero', 0, '0x00000000'],
      ['bits of a negative target', 0x1d80ffff, '0x1d80ffff'],
      ['bits of a target above all numbers', 0xff123456, '0xff123456'],
    ] as const
  ).map(([name, bits, found]) =>
    broken('high-hash', name, (lab) => [withBits(lab.next(), bits), found, 'a target of at most 0x207fffff']),
  ),
];

const merkle: readonly Scenario[] = [
  broken('bad-txnmrklroot', 'another Merkle root', (lab) => {
    const block = lab.next();
    return [withHeader(block, { merkleRoot: OTHER_ROOT }), OTHER_ROOT, block.block.header.merkleRoot];
  }),
  broken('bad-txnmrklroot', 'a transaction less than the root tells', (lab) => {
    const block = withThree(lab);
    return [withBody(block, [transactionAt(block, 0), transactionAt(block, 1)]), block.block.header.merkleRoot];
  }),
  broken('bad-txnmrklroot', 'transactions in another order', (lab) => {
    const block = withThree(lab);
    return [
      withBody(block, [transactionAt(block, 0), transactionAt(block, 2), transactionAt(block, 1)]),
      block.block.header.merkleRoot,
    ];
  }),
  broken('bad-txns-duplicate', 'the last transaction twice (CVE-2012-2459)', (lab) => {
    const block = withThree(lab);
    const transactions = [...block.block.transactions, transactionAt(block, 2)];
    return [withBody(block, transactions), txidOf(transactionAt(block, 2)), 'every transaction once'];
  }),
  broken('bad-txns-duplicate', 'the last two of six twice (CVE-2012-2459)', (lab) => {
    const block = lab.next(...[0, 1, 2, 3, 4].map((index) => payment(lab.coin(index))));
    const { transactions } = block.block;
    const [again] = transactions.slice(4);
    return [withBody(block, [...transactions, ...transactions.slice(4)]), again && txidOf(again)];
  }),
];

/** A block of exactly so many bytes, by a script of zeros that signs nothing. */
function ofSize(lab: ChainLab, sizeBytes: number): PlacedBlock {
  const good = lab.next();
  const { transaction } = payment(lab.coin());
  const scriptOf = (length: number) =>
    withPayments(good, {
      ...transaction,
      inputs: transaction.inputs.map((input) => ({ ...input, scriptSig: new Uint8Array(length) })),
    });
  const withoutScript = scriptOf(0).hex.length / 2;
  return scriptOf(sizeBytes - withoutScript - LENGTHS_GROW_BY);
}

/** A block whose scripts hold so many signature operations: one for each output, that of the coinbase too. */
function ofOperations(lab: ChainLab, count: number): PlacedBlock {
  return withPayments(lab.next(), paymentOf(lab.coin(), ...new Array<bigint>(count - 1).fill(1n)));
}

const size: readonly Scenario[] = [
  broken('bad-blk-length', 'no transaction', (lab) => [withTransactions(lab.next(), []), 0, 'at least 1']),
  broken('bad-blk-length', '1,000,001 bytes', (lab) => [ofSize(lab, 1_000_001), 1_000_001, 'at most 1000000']),
  broken('mandatory-script-verify-flag-failed', '1,000,000 bytes, which may be', (lab) => [ofSize(lab, 1_000_000)]),
  broken('bad-blk-sigops', '20,001 signature operations', (lab) => [
    ofOperations(lab, 20_001),
    20_001,
    'at most 20000',
  ]),
  broken('bad-cb-amount', '20,000 signature operations, which may be', (lab) => [
    withReward(ofOperations(lab, 20_000), 10_000_000_000n),
    '10000000000',
  ]),
  broken('bad-blk-sigops', 'signature operations in the script of a coinbase', (lab) => {
    const block = ofOperations(lab, 19_000);
    const script = coinbaseOf(block).inputs[0]?.scriptSig ?? new Uint8Array(0);
    return [withCoinbaseScript(block, concatBytes(script, new Uint8Array(51).fill(0xae))), 20_020, 'at most 20000'];
  }),
];

const coinbase: readonly Scenario[] = [
  broken('bad-cb-missing', 'no coinbase', (lab) => {
    const { transaction } = payment(lab.coin());
    return [withTransactions(lab.next(), [transaction]), txidOf(transaction), 'a coinbase'];
  }),
  broken('bad-cb-missing', 'the coinbase in second place', (lab) => {
    const { transaction } = payment(lab.coin());
    const block = lab.next();
    return [withTransactions(block, [transaction, transactionAt(block, 0)]), txidOf(transaction), 'a coinbase'];
  }),
  broken('bad-cb-multiple', 'a second coinbase', (lab) => {
    const [block, other] = [lab.next(), lab.next()];
    return [
      withPayments(block, transactionAt(other, 0)),
      txidOf(transactionAt(other, 0)),
      'one coinbase, in first place',
    ];
  }),
  broken('bad-txns-vout-empty', 'a coinbase that pays nobody', (lab) => [
    withCoinbase(lab.next(), (good) => ({ ...good, outputs: [] })),
    0,
    'at least 1',
  ]),
  broken('bad-cb-length', 'a coinbase script of 1 byte', (lab) => [
    withCoinbaseScript(lab.next(), Uint8Array.of(0x51)),
    1,
    '2 to 100',
  ]),
  broken('bad-cb-length', 'a coinbase script of 101 bytes', (lab) => [
    scriptOfLength(lab.next(), 101),
    101,
    '2 to 100',
  ]),
  passing('bad-cb-length', 'a coinbase script of 100 bytes', (lab) => scriptOfLength(lab.next(), 100)),
  broken('bad-cb-height', "the next block's height", (lab) => heightInstead(lab, lab.tip.height + 2)),
  broken('bad-cb-height', "the last block's height", (lab) => heightInstead(lab, lab.tip.height)),
  broken('bad-cb-height', 'a script that begins with no height', (lab) => [
    withCoinbaseScript(lab.next(), Uint8Array.of(0xff, 0xff)),
    'no height',
    lab.tip.height + 1,
  ]),
  broken('bad-cb-height', 'the right height, pushed in more bytes than it takes', (lab) => [
    withCoinbaseScript(lab.next(), Uint8Array.of(0x03, lab.tip.height + 1, 0, 0)),
    'no height',
    lab.tip.height + 1,
  ]),
  broken('bad-cb-amount', 'a base unit above the subsidy', (lab) => [
    withReward(lab.next(), 5_000_000_001n),
    '5000000001',
    'at most 5000000000',
  ]),
  broken('bad-cb-amount', 'a base unit above subsidy and fees', (lab) => [
    withReward(lab.next(payment(lab.coin(0)), payment(lab.coin(1))), 5_000_020_001n),
    '5000020001',
    'at most 5000020000',
  ]),
  passing('bad-cb-amount', 'subsidy and fees, to the last base unit', (lab) => lab.next(payment(lab.take()))),
  passing('bad-cb-amount', 'less than the subsidy', (lab) => withReward(lab.next(), 1n)),
  passing('bad-cb-amount', 'nothing', (lab) => withReward(lab.next(), 0n)),
];

function scriptOfLength(block: PlacedBlock, length: number): PlacedBlock {
  const script = coinbaseOf(block).inputs[0]?.scriptSig ?? new Uint8Array(0);
  return withCoinbaseScript(block, concatBytes(script, new Uint8Array(length - script.length)));
}

function heightInstead(lab: ChainLab, height: number): Broken {
  return [withCoinbaseHeight(lab.next(), height), height, lab.tip.height + 1];
}

export const blockScenarios: readonly Scenario[] = [...bytes, ...work, ...merkle, ...size, ...coinbase];
