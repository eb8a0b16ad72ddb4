/** What a block is found by: the txids in it, those it spends from, and whose coins it makes or spends. */
import { describe, expect, it } from 'vitest';
import { p2pkhHash, txidOf } from '@pocket/chain';
import { coinOf, mineOn, ownerOf, spend, type Owner } from '@pocket/testkit/builders';
import { keyOfOwner, keyOfTxid, mentionsOf } from '../src/mentions.ts';

const [alice, bob, carol] = [ownerOf(1), ownerOf(2), ownerOf(3)];
const coin = coinOf(alice, 500n, 7);
const payment = spend([coin], alice, [bob, 300n], [alice, 200n]);
const block = mineOn(undefined, carol, payment);
const keyOf = ({ script }: Owner): bigint => keyOfOwner(p2pkhHash(script) ?? new Uint8Array(20));

describe('a block mentions', () => {
  it('its transactions, what they spend from, and every owner, each once', () => {
    const txids = [...block.transactions.map(txidOf), coin.outpoint.txid];
    const expected = new Set([...txids.map(keyOfTxid), keyOf(alice), keyOf(bob), keyOf(carol)]);
    const found = mentionsOf(block, [coin.coin]);
    expect(found).toHaveLength(expected.size);
    expect(new Set(found)).toEqual(expected);
  });

  it('who owned the coins it spends, where no output pays them', () => {
    const swept = mineOn(undefined, carol, spend([coin], alice, [bob, 500n]));
    expect(mentionsOf(swept, [coin.coin])).toContain(keyOf(alice));
    expect(mentionsOf(swept, [])).not.toContain(keyOf(alice));
  });

  it('in keys that Postgres takes as bigint, negative ones among them', () => {
    expect(keyOfTxid('f'.repeat(64))).toBe(-1n);
    expect(keyOfTxid(`8000000000000000${'0'.repeat(48)}`)).toBe(-(2n ** 63n));
    expect(keyOfOwner(new Uint8Array(20).fill(0x7f))).toBe(0x7f7f7f7f7f7f7f7fn);
  });
});
