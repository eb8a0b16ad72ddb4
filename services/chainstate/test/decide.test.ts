/** Which block is connected: every rule's no through the service's own decision, batches, and new beginnings. */
import { describe, expect, it } from 'vitest';
import {
  blockHashOf,
  CoinView,
  createBlockTemplate,
  createCoinbase,
  decodeCoins,
  describeNetwork,
  encodeBlock,
  merkleRoot,
  networks,
  NULL_BLOCK_HASH,
  txidOf,
  type Block,
  type NamedCoin,
  type Transaction,
} from '@pocket/chain';
import type { ChainEvent } from '@pocket/contracts';
import { bytesToHex, hexToBytes } from '@pocket/crypto';
import { scenario } from '@pocket/eventstore/scenario';
import { coinOf, GENESIS_TIME, mined, mineOn, ownerOf, spend, tipOf } from '@pocket/testkit/builders';
import { decide, nextBlockContext, type ChainCommand, type ConnectBlock } from '../src/domain/decide.ts';
import { evolve, type ChainState } from '../src/domain/state.ts';

const [alice, bob] = [ownerOf(1), ownerOf(2)];
const NOW = GENESIS_TIME + 86_400;
const coin = coinOf(alice, 10n, 1);
const genesis = mineOn(undefined, alice);
const first = mineOn(tipOf(genesis, 0), alice);
const started: ChainEvent = {
  type: 'ChainStarted',
  data: { chainId: 'chain-1', network: 'pocket', parameters: { ...describeNetwork(networks.pocket) } },
};

function connected(block: Block, height: number, undo = '00'): ChainEvent {
  const blockHash = blockHashOf(block.header);
  const firstSeen = block.transactions.map(() => null);
  return {
    type: 'BlockConnected',
    data: { chainId: 'chain-1', height, blockHash, block: bytesToHex(encodeBlock(block)), undo, firstSeen },
  };
}

/** The times of given blocks are those that `mineOn` gives them. */
function chain(...coins: NamedCoin[]) {
  return scenario<ChainCommand, ChainState, ReturnType<typeof decide>['reply'], ChainEvent>({
    initial: () => ({ chain: undefined, version: 0, coins: new CoinView() }),
    evolve: (state, event) => {
      const height = event.type === 'BlockConnected' ? event.data.height : 0;
      evolve(state, event, GENESIS_TIME + height * 600);
      for (const { outpoint, coin } of coins) state.coins.add(outpoint, coin);
    },
    decide,
  });
}

const connect = (block: Block, changes: Partial<ConnectBlock> = {}): ConnectBlock => ({
  type: 'ConnectBlock',
  chainId: 'chain-1',
  block,
  firstSeen: block.transactions.map(() => null),
  now: NOW,
  ...changes,
});

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
    expect(state.coins.size).toBe(0);
  });

  it('of two replicas in one batch happens once', () => {
    const { events } = chain().when(start, { ...start, chainId: 'chain-2' });
    expect(events).toHaveLength(1);
  });
});

describe('ConnectBlock', () => {
  it('connects a genesis block', () => {
    chain()
      .given(started)
      .when(connect(genesis))
      .thenEvents(connected(genesis, 0))
      .thenReply({ ok: true, chainId: 'chain-1', blockHash: blockHashOf(genesis.header), height: 0 });
  });

  it('connects a block with a payment, keeps what it spent, and when each transaction was first seen', () => {
    const payment = spend([coin], alice, [bob, 4n], [alice, 6n]);
    const block = mineOn(tipOf(genesis, 0), bob, payment);
    const { events, state } = chain(coin)
      .given(started, connected(genesis, 0))
      .when(connect(block, { firstSeen: [null, 1_700_000_123_456] }));
    const { data } = events[0] as unknown as ChainEvent & { type: 'BlockConnected' };
    expect(data).toMatchObject({ height: 1, firstSeen: [null, 1_700_000_123_456] });
    expect(decodeCoins(hexToBytes(data.undo))).toEqual({ ok: true, coins: [coin.coin] });
    expect(state.coins.has(coin.outpoint)).toBe(false);
    expect(state.coins.size).toBe(3);
  });

  it('knows of no time where the caller gave too few', () => {
    const { events } = chain()
      .given(started)
      .when(connect(genesis, { firstSeen: [] }));
    expect(events[0]?.data).toMatchObject({ firstSeen: [null] });
  });

  it('connects two blocks of one batch on top of one another', () => {
    chain()
      .given(started)
      .when(connect(genesis), connect(first))
      .thenEvents(connected(genesis, 0), connected(first, 1))
      .thenReplies({ ok: true, height: 0 }, { ok: true, height: 1 });
  });

  it('says yes again to the block that is the tip, without an event', () => {
    chain()
      .given(started, connected(genesis, 0))
      .when(connect(genesis))
      .thenNothing()
      .thenReply({ ok: true, height: 0, blockHash: blockHashOf(genesis.header) });
  });

  it('refuses before a chain was started: wrong-chain', () => {
    chain().when(connect(genesis)).thenNothing().thenReply({ ok: false, code: 'wrong-chain' });
  });

  it('refuses what was made for another chain: wrong-chain', () => {
    chain()
      .given(started)
      .when(connect(genesis, { chainId: 'chain-0' }))
      .thenNothing()
      .thenReply({ code: 'wrong-chain' });
  });

  it('of two blocks for the same place connects the first', () => {
    const rival = mineOn(tipOf(genesis, 0), bob);
    chain()
      .given(started, connected(genesis, 0))
      .when(connect(first), connect(rival))
      .thenReplies({ ok: true }, { ok: false, code: 'bad-prevblk' });
  });

  it('follows its own rules and no older ones: a chain started anew wants a genesis block again', () => {
    chain()
      .given(started, connected(genesis, 0), started)
      .when(connect(first), connect(genesis))
      .thenReplies({ code: 'bad-prevblk' }, { ok: true });
  });
});

describe('ConnectBlock refuses, and nothing happens', () => {
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
    ['bad-prevblk', changed({ previousBlockHash: NULL_BLOCK_HASH })],
    ['bad-diffbits', { ...first, header: { ...first.header, bits: 0x207fffff } }],
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
      .when(connect(block))
      .thenNothing()
      .thenReply({ ok: false, code: code as 'high-hash' });
    expect(state.coins.size).toBe(1);
    expect(state.chain?.tip?.height).toBe(0);
  });
});

describe('the context of the next block', () => {
  it('is that of a genesis block before the first', () => {
    const { state } = chain().given(started).when();
    expect(state.chain && nextBlockContext(state.chain, NOW)).toEqual({
      height: 0,
      previousBlockHash: NULL_BLOCK_HASH,
      bits: 0x1f100000,
      medianTimePast: 0,
      now: NOW,
    });
  });

  it('takes the median over the last eleven blocks', () => {
    const template = createBlockTemplate({
      height: 12,
      previousBlockHash: NULL_BLOCK_HASH,
      bits: 0x1f100000,
      time: 0,
      transactions: [],
      payTo: alice.address,
      extraNonce: new Uint8Array(8),
      params: networks.pocket,
    });
    const blocks = Array.from({ length: 13 }, (_, height) => connected(template, height));
    const { state } = chain()
      .given(started, ...blocks)
      .when();
    const context = state.chain && nextBlockContext(state.chain, NOW);
    expect(context).toMatchObject({ height: 13, medianTimePast: GENESIS_TIME + 7 * 600 });
  });
});
