/** A payment made again: the coins that are chosen, what each input signs, and where a signature does not hold. */
import { outpointKey, txidOf, type NamedCoin } from '@pocket/chain';
import { bytesToHex, hexToBytes, doubleSha256, displayHash } from '@pocket/crypto';
import { coinOf, ownerOf, spend } from '@pocket/testkit/builders';
import { describe, expect, it } from 'vitest';
import { chooseCoins } from '../../src/features/payment/coin-choice.ts';
import { finalHash, signedInput } from '../../src/features/payment/signed-input.ts';

const [alice, bob, carol] = [ownerOf(1), ownerOf(2), ownerOf(3)];
const coins = [5n, 20n, 10n, 1n].map((value, index) => coinOf(alice, value, index + 1)) as [
  NamedCoin,
  NamedCoin,
  NamedCoin,
  NamedCoin,
];
const [five, twenty, ten] = coins;
const order = (amount: bigint, fee = 0n) => ({ amount, fee, toScript: bob.script, changeScript: alice.script });

describe('the coins chosen', () => {
  it('are the largest until they are enough, and the rest goes back', () => {
    const transaction = spend([twenty, ten], alice, [bob, 25n], [alice, 5n]);
    const choice = chooseCoins(coins, order(25n), transaction);
    expect(choice).toMatchObject({ why: 'largest', needed: 25n, chosen: 30n, change: 5n });
    expect(choice).toMatchObject({ sameInputs: true, sameTransaction: true });
    expect(choice?.coins.map(({ value, place, sum }) => [value, place, sum])).toEqual([
      [20n, 1, 20n],
      [10n, 2, 30n],
      [5n, undefined, undefined],
      [1n, undefined, undefined],
    ]);
  });

  it('are the one that is the amount', () => {
    const transaction = spend([five], alice, [bob, 5n]);
    const choice = chooseCoins(coins, order(5n), transaction);
    expect(choice).toMatchObject({ why: 'exact', change: 0n, sameInputs: true, sameTransaction: true });
    expect(choice?.coins.filter(({ place }) => place !== undefined).map(({ key }) => key)).toEqual([
      outpointKey(five.outpoint),
    ]);
  });

  it('are told from those of another transaction', () => {
    const otherCoins = spend([ten], alice, [bob, 5n], [alice, 5n]);
    expect(chooseCoins(coins, order(5n), otherCoins)).toMatchObject({ sameInputs: false, sameTransaction: false });
    const otherOutputs = spend([five], alice, [carol, 5n]);
    expect(chooseCoins(coins, order(5n), otherOutputs)).toMatchObject({ sameInputs: true, sameTransaction: false });
  });

  it('are none where they are not enough', () => {
    expect(chooseCoins(coins, order(37n), spend([five], alice, [bob, 5n]))).toBeUndefined();
    expect(chooseCoins(coins, order(36n), spend([five], alice, [bob, 5n]))).toBeDefined();
  });
});

describe('an input’s signature', () => {
  const transaction = spend([twenty, ten], alice, [bob, 25n], [alice, 5n]);

  it.each([
    [0, twenty],
    [1, ten],
  ])('of input %d holds, and every byte that it signs is explained', (index, { coin }) => {
    const step = signedInput(transaction, index, coin);
    expect(step).toMatchObject({ agrees: true, keyFits: true, verified: true, accepted: true, hashType: 1 });
    expect(step?.digest).toBe(bytesToHex(doubleSha256(hexToBytes(step?.preimage ?? ''))));
    expect(step?.publicKey).toBe(alice.publicKey);
    expect(step?.signature).toContain(step?.r.replace(/^(00)+/, ''));
    expect(step?.signature).toContain(step?.s.replace(/^(00)+/, ''));
    expect(step?.preimage.endsWith('01000000')).toBe(true);
    const { fields = [], preimage = '' } = step ?? {};
    for (const [place, { start }] of fields.entries()) {
      const before = fields[place - 1];
      expect(start).toBe(before === undefined ? 0 : before.start + before.length);
    }
    const last = fields.at(-1);
    expect((last?.start ?? 0) + (last?.length ?? 0)).toBe(preimage.length / 2);
    expect(fields.filter(({ kind, index: of }) => kind === 'publicKeyHash' && of === index).length).toBeGreaterThan(0);
  });

  it('by somebody else’s key is a good one that does not fit', () => {
    const forged = spend([twenty], carol, [bob, 20n]);
    const step = signedInput(forged, 0, twenty.coin);
    expect(step).toMatchObject({ keyFits: false, verified: true, accepted: false });
  });

  it('does not hold for another transaction', () => {
    const changed = { ...transaction, lockTime: 7 };
    expect(signedInput(changed, 0, twenty.coin)).toMatchObject({ keyFits: true, verified: false, accepted: false });
  });

  it('is not there where the script shows none', () => {
    const inputs = transaction.inputs.map((input) => ({ ...input, scriptSig: new Uint8Array(0) }));
    expect(signedInput({ ...transaction, inputs }, 0, twenty.coin)).toBeUndefined();
  });
});

describe('the txid', () => {
  it('is both rounds over all bytes, turned round', () => {
    const transaction = spend([five], alice, [bob, 5n]);
    const { hex, second, txid } = finalHash(transaction);
    expect(txid).toBe(txidOf(transaction));
    expect(second).toBe(bytesToHex(doubleSha256(hexToBytes(hex))));
    expect(displayHash(hexToBytes(second))).toBe(txid);
  });
});
