/** The streams of a transaction's coins. */
import { describe, expect, it } from 'vitest';
import { coinOf, mineOn, ownerOf, spend } from '@pocket/testkit/builders';
import { bytesToHex } from '@pocket/crypto';
import { streams } from '../../src/features/explorer/coin-flow.ts';
import { flowOf } from '../../src/features/explorer/flow-coins.ts';

const [alice, bob] = [ownerOf(1), ownerOf(2)];

describe('streams', () => {
  it('are as broad as their share, and never thinner than can be seen', () => {
    const widths = streams([75n, 25n, 0n], 100n, 100, 'in', 96).map(({ width }) => width);
    expect(widths).toEqual([19.5, 6.5, 2]);
    expect(streams([0n], 0n, 100, 'out', 32)[0]?.width).toBe(2);
  });

  it('begin at their coin and end at the transaction, or the other way round', () => {
    expect(streams([1n], 1n, 100, 'in', 64)[0]?.path).toBe('M0 32 C50 32 50 64 100 64');
    expect(streams([1n], 1n, 100, 'out', 64)[0]?.path).toBe('M0 64 C50 64 50 32 100 32');
  });
});

describe('the coins', () => {
  const coin = coinOf(alice, 500n, 7);
  const payment = spend([coin], alice, [bob, 300n], [alice, 200n]);

  it('have their owners, their values, and who spends them', () => {
    const spent = { value: '500', scriptPubKey: bytesToHex(alice.script), height: 1, coinbase: false };
    expect(flowOf(payment, [spent], [null, { txid: 'ab', input: 0, height: 9 }])).toMatchObject({
      coinbase: false,
      inputs: [{ value: 500n, owner: alice.address, txid: coin.outpoint.txid }],
      outputs: [
        { value: 300n, owner: bob.address, txid: undefined },
        { value: 200n, owner: alice.address, txid: 'ab' },
      ],
    });
  });

  it('are told without value where it is not known, and none for a coinbase', () => {
    expect(flowOf(payment, null, []).inputs).toMatchObject([{ value: undefined, owner: undefined }]);
    const [coinbase] = mineOn(undefined, alice).transactions;
    expect(coinbase && flowOf(coinbase, null, [null])).toMatchObject({ coinbase: true, inputs: [] });
  });
});
