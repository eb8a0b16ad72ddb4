// What may exist at a height, as literals, and what miners leave of it.
import { describe, expect, it } from 'vitest';
import {
  createCoinbase,
  networks,
  p2pkhScript,
  subsidiesUpTo,
  unclaimedBy,
  type Block,
  type Coin,
} from '../src/index.ts';

const { pocket, classroom } = networks;
const regtest = networks['bitcoin-regtest'];

describe('the subsidies up to a height', () => {
  it.each([
    ['pocket', pocket, undefined, 0n],
    ['pocket', pocket, 0, 1_000_000_000n],
    ['pocket', pocket, 999, 1_000_000_000_000n],
    ['bitcoin-regtest', regtest, 0, 0n],
    ['bitcoin-regtest', regtest, 149, 745_000_000_000n],
    ['bitcoin-regtest', regtest, 150, 747_500_000_000n],
    ['bitcoin-regtest', regtest, 300, 1_121_250_000_000n],
    ['bitcoin-regtest', regtest, 100_000, 1_499_999_998_350n - 5_000_000_000n],
    ['classroom', classroom, 209, 1_050_000_000_000n],
    ['classroom', classroom, 210, 1_052_500_000_000n],
  ] as const)('of %s', (_name, network, height, expected) => {
    expect(subsidiesUpTo(height, network)).toBe(expected);
  });
});

describe('what a miner leaves', () => {
  const script = p2pkhScript(new Uint8Array(20));
  const spent: Coin = { value: 50n, scriptPubKey: script, height: 1, coinbase: false };

  it.each([
    [1_000_000_007n, 0n],
    [1_000_000_000n, 7n],
    [0n, 1_000_000_007n],
  ])('of subsidy and fees when it claims %i', (claimed, left) => {
    const coinbase = createCoinbase({
      height: 2,
      extraNonce: new Uint8Array(8),
      outputs: [{ value: claimed, scriptPubKey: script }],
    });
    const prevout = { txid: '11'.repeat(32), vout: 0 };
    const payment = { ...coinbase, inputs: coinbase.inputs.map((input) => ({ ...input, prevout })) };
    const paying = { ...payment, outputs: [{ value: 43n, scriptPubKey: script }] };
    const block = { header: {}, transactions: [coinbase, paying] } as unknown as Block;
    expect(unclaimedBy(block, [spent], 2, pocket)).toBe(left);
  });

  it("is nothing of a network's own first block", () => {
    const block = { header: {}, transactions: [] } as unknown as Block;
    expect(unclaimedBy(block, [], 0, regtest)).toBe(0n);
    expect(unclaimedBy(block, [], 0, pocket)).toBe(1_000_000_000n);
  });
});
