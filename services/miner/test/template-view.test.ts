/**
 * The template for outside miners: its fields by BIP 22, and that a stranger with nothing but bitcoinjs-lib makes a
 * block of it that our rules accept.
 */
import { Block as JudgeBlock, Transaction as JudgeTransaction } from 'bitcoinjs-lib';
import { describe, expect, it } from 'vitest';
import {
  checkBlock,
  CoinView,
  connectBlock,
  decodeBlock,
  encodeTransaction,
  networks,
  txidOf,
  type BlockHash,
  type NetworkParameters,
  type Transaction,
} from '@pocket/chain';
import type { BlockTemplateView } from '@pocket/contracts';
import { bytesToHex, hexToBytes } from '@pocket/crypto';
import { coinOf, mined, ownerOf, spend } from '@pocket/testkit/builders';
import { candidatesOf } from '../src/domain/policy.ts';
import { templateView } from '../src/domain/template-view.ts';

const [alice, bob, miner] = [ownerOf(1), ownerOf(2), ownerOf(3)];
const PREVIOUS = 'ab'.repeat(32) as BlockHash;
const MEDIAN_TIME_PAST = 1_700_000_000;
const NOW = 1_700_000_100;
const HEIGHT = 5;

const coins = [coinOf(alice, 1_000n, 1), coinOf(bob, 500n, 2)];
const parent = spend(coins.slice(0, 1), alice, [bob, 900n], [alice, 60n]);
const unrelated = spend(coins.slice(1), bob, [alice, 499n]);
const outputOf = (transaction: Transaction, vout: number) => ({
  outpoint: { txid: txidOf(transaction), vout },
  coin: { value: 900n, scriptPubKey: bob.script, height: HEIGHT, coinbase: false },
});
const child = spend([outputOf(parent, 0)], bob, [alice, 893n]);
const FEES = [40, 1, 7];

function viewOf(params: NetworkParameters, transactions: Transaction[], height = HEIGHT, now = NOW): BlockTemplateView {
  const { initialBits: bits, name: network } = params;
  const previousBlockHash = height === 0 ? '00'.repeat(32) : PREVIOUS;
  const next = { height, previousBlockHash, bits, medianTimePast: height === 0 ? 0 : MEDIAN_TIME_PAST };
  const offered = transactions.map((transaction, index) => ({
    txid: txidOf(transaction),
    hex: bytesToHex(encodeTransaction(transaction)),
    fee: String(FEES[index] ?? 0),
    receivedAt: 0,
  }));
  return templateView({
    tip: { chainId: 'c', network, blockHash: PREVIOUS, height: height - 1, next },
    params,
    candidates: candidatesOf({ transactions: offered }),
    leftOut: [{ txid: 'cd'.repeat(32), code: 'bad-txns-nonfinal', message: 'not yet' }],
    payTo: miner.address,
    extraNonce: new Uint8Array(8).fill(7),
    now,
  });
}

/** What an outside miner does with a template, up to the nonce. */
function blockOf(view: BlockTemplateView): JudgeBlock {
  const block = new JudgeBlock();
  block.version = view.version;
  block.prevHash = hexToBytes(view.previousblockhash).reverse();
  block.merkleRoot = hexToBytes(view.merkleroot).reverse();
  block.timestamp = view.curtime;
  block.bits = parseInt(view.bits, 16);
  block.transactions = [view.coinbasetxn.data, ...view.transactions.map(({ data }) => data)].map((hex) =>
    JudgeTransaction.fromHex(hex),
  );
  return block;
}

describe('the fields', () => {
  const view = viewOf(networks.pocket, [parent, unrelated, child]);

  it('are those of BIP 22 and 23', () => {
    expect(view).toMatchObject({
      version: 0x20000000,
      previousblockhash: PREVIOUS,
      coinbaseaux: { flags: '' },
      coinbasevalue: 1_000_000_048,
      target: `0010${'0'.repeat(60)}`,
      mintime: 1_700_000_001,
      mutable: ['time', 'transactions', 'prevblock', 'coinbase/append', 'coinbase', 'generation'],
      noncerange: '00000000ffffffff',
      sigoplimit: 20_000,
      sizelimit: 1_000_000,
      curtime: 1_700_000_100,
      bits: '1f100000',
      height: 5,
      network: 'pocket',
      leftOut: [{ txid: 'cd'.repeat(32), code: 'bad-txns-nonfinal', message: 'not yet' }],
    });
  });

  it('of transactions name what each depends on by its place from 1', () => {
    expect(view.transactions.map(({ txid, hash, depends, fee, sigops }) => [txid, hash, depends, fee, sigops])).toEqual(
      [
        [txidOf(parent), txidOf(parent), [], 40, 2],
        [txidOf(unrelated), txidOf(unrelated), [], 1, 1],
        [txidOf(child), txidOf(child), [1], 7, 1],
      ],
    );
    expect(view.transactions.map(({ weight }) => weight)).toEqual(
      view.transactions.map(({ data }) => JudgeTransaction.fromHex(data).weight()),
    );
  });

  it.each([
    [1_700_000_100, 1_700_000_100],
    [1_700_000_000, 1_700_000_001],
    [1_600_000_000, 1_700_000_001],
  ])('at %i by the clock carry the time %i, which no rule refuses', (now, curtime) => {
    expect(viewOf(networks.pocket, [], HEIGHT, now)).toMatchObject({ curtime, mintime: 1_700_000_001 });
  });
});

describe('a stranger with bitcoinjs-lib', () => {
  const view = viewOf(networks.pocket, [parent, unrelated, child]);

  it('reads the coinbase, which pays the address asked for', () => {
    const coinbase = JudgeTransaction.fromHex(view.coinbasetxn.data);
    expect(coinbase.isCoinbase()).toBe(true);
    expect(coinbase.getId()).toBe(view.coinbasetxn.txid);
    expect(coinbase.outs).toEqual([{ value: 1_000_000_048n, script: miner.script }]);
  });

  it('comes to the same Merkle root and the same target', () => {
    const block = blockOf(view);
    expect(block.checkTxRoots()).toBe(true);
    expect(bytesToHex(JudgeBlock.calculateTarget(block.bits))).toBe(view.target);
  });

  it('makes a block that the rules accept', () => {
    const decoded = decodeBlock(hexToBytes(blockOf(view).toHex()));
    if (!decoded.ok) throw new Error(decoded.message);
    const block = mined(decoded.block);
    const { initialBits: bits } = networks.pocket;
    const context = { height: HEIGHT, previousBlockHash: PREVIOUS, bits, medianTimePast: MEDIAN_TIME_PAST, now: NOW };
    expect(checkBlock(block, context, networks.pocket)).toEqual({ ok: true });
    expect(connectBlock(new CoinView(coins), block, HEIGHT, networks.pocket)).toMatchObject({ ok: true, fees: 48n });
  });
});

describe.each(Object.values(networks))('on $name', (params) => {
  it('the first template pays the subsidy and nothing else', () => {
    const view = viewOf(params, [], 0);
    expect(view).toMatchObject({ height: 0, previousblockhash: '00'.repeat(32), mintime: 1, network: params.name });
    expect(view).toMatchObject({ transactions: [], coinbasevalue: Number(params.initialSubsidy) });
    expect(view.bits).toMatch(/^[0-9a-f]{8}$/);
    expect(view.target).toMatch(/^[0-9a-f]{64}$/);
    expect(blockOf(view).checkTxRoots()).toBe(true);
  });
});

describe('more than a block may hold', () => {
  it('is never chosen by the pool: a fault, and not silently another choice', () => {
    const params = { ...networks.pocket, maxBlockSizeBytes: 500 };
    expect(viewOf(params, [parent]).transactions).toHaveLength(1);
    expect(() => viewOf(params, [parent, unrelated, child])).toThrow('holds 1 of the 3 transactions');
  });
});
