/** Which block is connected: the service's own decisions, batches, and new beginnings. The rules are libs/chain's. */
import { describe, expect, it } from 'vitest';
import {
  blockHashOf,
  createCoinbase,
  decodeCoins,
  merkleRoot,
  networks,
  NULL_BLOCK_HASH,
  txidOf,
  type Block,
  type BlockHash,
  type Transaction,
} from '@pocket/chain';
import type { ChainEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import { coinOf, GENESIS_TIME, mined, mineOn, ownerOf, spend, tipOf } from '@pocket/testkit/builders';
import { chain, connected, NOW, started, startedOn, stored, submit } from './chain-scenario.ts';

const [alice, bob] = [ownerOf(1), ownerOf(2)];
const coin = coinOf(alice, 10n, 1);
const genesis = mineOn(undefined, alice);
const first = mineOn(tipOf(genesis, 0), alice);

/** The first block with another header or other transactions, its Merkle root and work made to fit. */
function changed(changes: Partial<Block['header']>, transactions = first.transactions): Block {
  const { root } = merkleRoot(transactions.map(txidOf));
  return mined({ header: { ...first.header, merkleRoot: root, ...changes }, transactions });
}

describe('StartChain', () => {
  const start = { type: 'StartChain' as const, chainId: 'chain-1', network: networks.pocket, onlyFirst: true };

  it('begins with the parameters of its network, readable by anybody', () => {
    chain().when(start).thenEvents(started).thenReply({ ok: true, chainId: 'chain-1', blockHash: null, height: null });
  });

  it('does nothing where a chain runs already, if only the first is wanted', () => {
    chain()
      .given(started, connected(genesis, 0))
      .when({ ...start, chainId: 'chain-2' })
      .thenNothing()
      .thenReply({ ok: true, chainId: 'chain-1', blockHash: blockHashOf(genesis.header), height: 0 });
  });

  it('begins anew where that is wanted: no tip, no coins', () => {
    const { state } = chain(coin)
      .given(started, connected(genesis, 0))
      .when({ ...start, chainId: 'chain-2', onlyFirst: false })
      .thenReply({ ok: true, chainId: 'chain-2', blockHash: null, height: null });
    expect(state.chain).toMatchObject({ chainId: 'chain-2', tip: undefined });
  });

  it('of two replicas in one batch happens once', () => {
    const { events } = chain().when(start, { ...start, chainId: 'chain-2' });
    expect(events).toHaveLength(1);
  });
});

describe('SubmitBlock', () => {
  it('connects a genesis block', () => {
    chain()
      .given(started)
      .when(submit(genesis))
      .thenEvents(connected(genesis, 0))
      .thenReply({ ok: true, chainId: 'chain-1', blockHash: blockHashOf(genesis.header), height: 0 });
  });

  it('connects a block with a payment, keeps what it spent, and when each transaction was first seen', () => {
    const payment = spend([coin], alice, [bob, 4n], [alice, 6n]);
    const block = mineOn(tipOf(genesis, 0), bob, payment);
    const { events, state } = chain(coin)
      .given(started, connected(genesis, 0))
      .when(submit(block, { firstSeen: [null, 1_700_000_123_456] }));
    const { data } = events[0] as unknown as ChainEvent & { type: 'BlockConnected' };
    expect(data).toMatchObject({ height: 1, firstSeen: [null, 1_700_000_123_456] });
    expect(decodeCoins(hexToBytes(data.undo))).toEqual({ ok: true, coins: [coin.coin] });
    expect(state.coins.has(coin.outpoint)).toBe(false);
  });

  it('knows of no time where the caller gave too few', () => {
    const { events } = chain()
      .given(started)
      .when(submit(genesis, { firstSeen: [] }));
    expect(events[0]?.data).toMatchObject({ firstSeen: [null] });
  });

  it('connects two blocks of one batch on top of one another', () => {
    chain()
      .given(started)
      .when(submit(genesis), submit(first))
      .thenEvents(connected(genesis, 0), connected(first, 1))
      .thenReplies({ ok: true, height: 0 }, { ok: true, height: 1 });
  });

  it('keeps a block beside the chain when it is not heavier', () => {
    const rival = mineOn(tipOf(genesis, 0), bob);
    chain()
      .given(started, connected(genesis, 0))
      .when(submit(first), submit(rival))
      .thenEvents(connected(first, 1), stored(rival, 1))
      .thenReplies({ ok: true, onBestChain: true }, { ok: true, onBestChain: false, height: 1 });
  });

  it('keeps nothing of a block whose parent is unknown, and says for which one it waits', () => {
    const second = mineOn(tipOf(first, 1), alice);
    chain()
      .given(started, connected(genesis, 0))
      .when(submit(second))
      .thenNothing()
      .thenReply({ ok: true, height: null, onBestChain: false, waitsFor: blockHashOf(first.header) });
  });

  it('says yes again to the block that is the tip, without an event', () => {
    chain()
      .given(started, connected(genesis, 0))
      .when(submit(genesis))
      .thenNothing()
      .thenReply({ ok: true, height: 0, blockHash: blockHashOf(genesis.header) });
  });

  it('refuses before a chain was started: wrong-chain', () => {
    chain().when(submit(genesis)).thenNothing().thenReply({ ok: false, code: 'wrong-chain' });
  });

  it('refuses what was made for another chain: wrong-chain', () => {
    chain()
      .given(started)
      .when(submit(genesis, { chainId: 'chain-0' }))
      .thenNothing()
      .thenReply({ code: 'wrong-chain' });
  });

  it('refuses a second block for the same place where only one on the tip is wanted', () => {
    const rival = mineOn(tipOf(genesis, 0), bob);
    chain()
      .given(started, connected(genesis, 0))
      .when(submit(first), submit(rival, { onlyOnTip: true }))
      .thenReplies({ ok: true }, { ok: false, code: 'bad-prevblk' });
  });

  it('follows its own rules and no older ones: a chain started anew wants a genesis block again', () => {
    chain()
      .given(started, connected(genesis, 0), started)
      .when(submit(first), submit(genesis))
      .thenReplies({ ok: true, waitsFor: blockHashOf(genesis.header) }, { ok: true, onBestChain: true });
  });
});

describe('SubmitBlock refuses, and nothing happens', () => {
  const [coinbase] = first.transactions as [Transaction];
  const greedy = createCoinbase({
    height: 1,
    extraNonce: new Uint8Array(8),
    outputs: [{ value: 1_000_000_001n, scriptPubKey: alice.script }],
  });
  const payment = spend([coin], alice, [bob, 4n]);
  const foreign = spend([coin], bob, [bob, 4n]);
  const inflated = spend([coin], alice, [bob, 11n]);
  const unknown = spend([coinOf(alice, 10n, 2)], alice, [bob, 4n]);
  const locked = { ...payment, lockTime: 1000, inputs: payment.inputs.map((input) => ({ ...input, sequence: 0 })) };
  const refusals: [string, Block][] = [
    ['prev-blk-not-found', changed({ previousBlockHash: NULL_BLOCK_HASH })],
    ['high-hash', { ...first, header: { ...first.header, bits: 0x207fffff } }],
    ['bad-diffbits', changed({ bits: 0x1f080000 })],
    ['high-hash', { ...first, header: { ...first.header, nonce: first.header.nonce + 1 } }],
    ['time-too-old', changed({ time: GENESIS_TIME })],
    ['time-too-new', changed({ time: NOW + 7201 })],
    ['bad-txnmrklroot', changed({ merkleRoot: '00'.repeat(32) })],
    ['bad-txns-duplicate', changed({}, [coinbase, payment, coinbase, payment].slice(0, 3).concat(coinbase))],
    ['bad-cb-missing', changed({}, [payment])],
    ['bad-cb-multiple', changed({}, [coinbase, greedy])],
    ['bad-cb-height', changed({}, genesis.transactions)],
    ['bad-cb-amount', changed({}, [greedy])],
    ['bad-txns-vout-empty', changed({}, [coinbase, { ...payment, outputs: [] }])],
    ['bad-txns-nonfinal', changed({}, [coinbase, locked])],
    ['bad-txns-inputs-missingorspent', changed({}, [coinbase, unknown])],
    ['bad-txns-inputs-missingorspent', changed({}, [coinbase, payment, spend([coin], alice, [alice, 3n])])],
    ['bad-txns-in-belowout', changed({}, [coinbase, inflated])],
    ['mandatory-script-verify-flag-failed', changed({}, [coinbase, foreign])],
  ];

  it.each(refusals)('%s', (code, block) => {
    const { state } = chain(coin)
      .given(started, connected(genesis, 0))
      .when(submit(block))
      .thenNothing()
      .thenReply({ ok: false, code: code as 'high-hash' });
    expect(state.coins.has(coin.outpoint)).toBe(true);
    expect(state.chain?.tip?.height).toBe(0);
  });
});

describe('a network with a first block of its own', () => {
  const regtest = networks['bitcoin-regtest'];
  const start = { type: 'StartChain' as const, chainId: 'chain-1', network: regtest, onlyFirst: true };
  const REGTEST_GENESIS_HASH = '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206';

  it('begins with it at once, and creates no coin by it', () => {
    const { events, state } = chain()
      .when(start)
      .thenReply({ ok: true, height: 0, blockHash: REGTEST_GENESIS_HASH as BlockHash });
    expect(events.map(({ type }) => type)).toEqual(['ChainStarted', 'BlockConnected']);
    expect(state.coins.size).toBe(0);
  });

  it('takes no other first block', () => {
    const easy = mineOn(undefined, alice);
    chain()
      .given(startedOn(regtest))
      .when({ type: 'ActivateBest' }, submit(easy))
      .thenReplies({ ok: true }, { ok: false, code: 'prev-blk-not-found' });
  });
});
