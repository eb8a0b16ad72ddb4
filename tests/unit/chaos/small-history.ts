/**
 * A small, sound history to judge, and to break: four blocks, one payment that is mined, one transaction that waits, one
 * that was evicted, one payment that was refused and one that nobody answered. Real blocks, no server.
 */
import {
  blockHashOf,
  CoinView,
  connectBlock,
  describeNetwork,
  encodeBlock,
  encodeCoins,
  encodeTransaction,
  networks,
  txidOf,
  type Block,
  type NamedCoin,
  type Transaction,
} from '@pocket/chain';
import { eventCatalog, type EventSource, type LogEventView } from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import { mineOn, ownerOf, spend, tipOf } from '@pocket/testkit/builders';
import type { Evidence } from '../../../chaos/evidence.ts';
import type { Call } from '../../../chaos/history.ts';

const UNIT = 100_000_000n;
const CHAIN_ID = '7f1f1a52-0000-4000-8000-000000000001';
const SEARCH_ID = '7f1f1a52-0000-4000-8000-000000000002';
const BEGUN = Date.parse('2026-01-01T00:00:00.000Z');
export const [alice, bob] = [ownerOf(1), ownerOf(2)] as const;

/** The coin of a transaction's output as one that confirmed blocks have left. */
function outputOf(transaction: Transaction, vout: number, height: number, coinbase = false): NamedCoin {
  const output = transaction.outputs[vout];
  if (output === undefined) throw new Error(`there is no output ${vout}`);
  return { outpoint: { txid: txidOf(transaction), vout }, coin: { ...output, height, coinbase } };
}

function coinbaseOf({ transactions: [coinbase] }: Block): Transaction {
  if (coinbase === undefined) throw new Error('a block has a coinbase');
  return coinbase;
}

const first = mineOn(undefined, alice);
const second = mineOn(tipOf(first, 0), alice);
/** Alice pays Bob 3 units; it is mined. */
export const payment = spend([outputOf(coinbaseOf(first), 0, 0, true)], alice, [bob, 3n * UNIT], [alice, 7n * UNIT]);
const third = mineOn(tipOf(second, 1), bob, payment);
const fourth = mineOn(tipOf(third, 2), bob);
export const chain: readonly Block[] = [first, second, third, fourth];
/** Bob spends what he was paid; it waits. */
export const waiting = spend([outputOf(payment, 0, 2)], bob, [alice, 3n * UNIT]);
/** Bob wanted to spend it otherwise as well; it was evicted. */
export const evicted = spend([outputOf(payment, 0, 2)], bob, [bob, 3n * UNIT]);
/** Spends the coin again that the payment has spent. */
export const doubled = spend([outputOf(coinbaseOf(first), 0, 0, true)], alice, [alice, 10n * UNIT]);
/** A branch that forks off below the last block and is heavier. */
export const heavier: readonly Block[] = (() => {
  const one = mineOn(tipOf(third, 2), alice);
  return [one, mineOn(tipOf(one, 3), alice)];
})();

export const txids = {
  payment: txidOf(payment),
  waiting: txidOf(waiting),
  evicted: txidOf(evicted),
  doubled: txidOf(doubled),
};
export const hexOf = (transaction: Transaction): string => bytesToHex(encodeTransaction(transaction));

interface Said {
  source: EventSource;
  stream: string;
  type: string;
  data: unknown;
  correlationId?: string;
}

/** What the logs hold when this was said, in order. */
export function logsOf(said: readonly Said[]): Evidence['logs'] {
  const events: Record<EventSource, LogEventView[]> = { wallet: [], 'tx-pool': [], miner: [], chainstate: [] };
  for (const { source, stream, type, data, correlationId = 'nobody' } of said) {
    const log = events[source];
    log.push({
      position: log.length + 1,
      eventId: `${source}-${log.length + 1}`,
      stream,
      version: log.filter((event) => event.stream === stream).length + 1,
      type,
      schemaVersion: eventCatalog[source][type]?.schemaVersion ?? 0,
      data,
      metadata: { correlationId, causationId: null, traceparent: null },
      recordedAt: new Date(BEGUN + 1_000 * log.length).toISOString(),
    });
  }
  const entries = Object.entries(events).map(([source, all]) => [source, { head: all.length, events: all }] as const);
  return Object.fromEntries(entries) as unknown as Evidence['logs'];
}

const fromPool = (type: string, data: object, correlationId?: string): Said => ({
  source: 'tx-pool',
  stream: 'pool',
  type,
  data,
  ...(correlationId === undefined ? {} : { correlationId }),
});
const fromWallet = (type: string, data: object, correlationId: string, stream = `wallet-${alice.address}`): Said => ({
  source: 'wallet',
  stream,
  type,
  data,
  correlationId,
});

const placeOf = (block: Block, height: number) => ({ blockHash: blockHashOf(block.header), height });
const storedOf = (block: Block, height: number) => ({
  chainId: CHAIN_ID,
  ...placeOf(block, height),
  block: bytesToHex(encodeBlock(block)),
  firstSeen: block.transactions.map(() => null),
});

/** The chain's coins after all blocks, and what each block spent. */
const coins = new CoinView();
const undos = chain.map((block, height) => {
  const connected = connectBlock(coins, block, height, networks.pocket);
  if (!connected.ok) throw new Error(connected.message);
  return bytesToHex(encodeCoins(connected.undo));
});

export const connectedEvent = (block: Block, height: number): Said => ({
  source: 'chainstate',
  stream: 'chain',
  type: 'BlockConnected',
  data: { ...storedOf(block, height), undo: undos[height] ?? '00' },
});
export const storedEvent = (block: Block, height: number): Said => ({
  source: 'chainstate',
  stream: 'chain',
  type: 'BlockStored',
  data: storedOf(block, height),
});
const started: Said = {
  source: 'chainstate',
  stream: 'chain',
  type: 'ChainStarted',
  data: { chainId: CHAIN_ID, network: 'pocket', parameters: describeNetwork(networks.pocket) },
};

export const acceptedEvent = (transaction: Transaction, correlationId: string): Said =>
  fromPool('TransactionAccepted', { ...entryOf(transaction), receivedAt: BEGUN }, correlationId);

function entryOf(transaction: Transaction) {
  const sender = transaction === payment || transaction === doubled ? alice : bob;
  const receiver = transaction === waiting || transaction === doubled ? alice : bob;
  const amount = (transaction.outputs[0]?.value ?? 0n).toString();
  return {
    txid: txidOf(transaction),
    hex: hexOf(transaction),
    from: sender.address,
    to: receiver.address,
    amount,
    fee: '0',
  };
}

const PAYMENT_ID = '7f1f1a52-0000-4000-8000-000000000003';
export const signedEvent = (transaction: Transaction, correlationId: string): Said => {
  const { txid, hex, amount, fee } = entryOf(transaction);
  const data = { paymentId: PAYMENT_ID, from: alice.address, to: bob.address, amount, fee, txid, hex };
  return fromWallet('PaymentSigned', data, correlationId);
};

const reason = { code: 'txn-mempool-conflict', message: 'another one spends its coin' };
const refusedPayment = { paymentId: PAYMENT_ID, from: alice.address, to: bob.address, amount: '5', reason };

/** All that happened, in the order of each log. */
export const said: readonly Said[] = [
  fromWallet('WalletCreated', { address: alice.address, publicKey: alice.publicKey }, 'c-0'),
  fromWallet('WalletCreated', { address: bob.address, publicKey: bob.publicKey }, 'c-0', `wallet-${bob.address}`),
  signedEvent(payment, 'c-1'),
  fromWallet(
    'PaymentConfirmed',
    { paymentId: PAYMENT_ID, from: alice.address, txid: txids.payment, ...placeOf(third, 2) },
    'c-1',
  ),
  fromWallet('PaymentFailed', { ...refusedPayment, txid: null }, 'c-4', 'payment-4'),
  started,
  ...chain.map(connectedEvent),
  fromPool('PoolCleared', { chainId: CHAIN_ID }),
  fromPool('BlockFollowed', placeOf(first, 0)),
  fromPool('BlockFollowed', placeOf(second, 1)),
  acceptedEvent(payment, 'c-1'),
  fromPool('TransactionConfirmed', { txid: txids.payment, ...placeOf(third, 2) }),
  fromPool('BlockFollowed', placeOf(third, 2)),
  acceptedEvent(evicted, 'c-3'),
  fromPool('TransactionEvicted', { txid: txids.evicted, reason }),
  acceptedEvent(waiting, 'c-2'),
  fromPool('FailedPaymentListed', refusedPayment),
  fromPool('BlockFollowed', placeOf(fourth, 3)),
  {
    source: 'miner',
    stream: `search-${SEARCH_ID}`,
    type: 'MiningRequested',
    data: {
      searchId: SEARCH_ID,
      address: alice.address,
      height: 0,
      previousBlockHash: '0'.repeat(64),
      bits: networks.pocket.initialBits,
      transactionCount: 1,
    },
  },
  {
    source: 'miner',
    stream: `search-${SEARCH_ID}`,
    type: 'BlockFound',
    data: { searchId: SEARCH_ID, ...placeOf(first, 0), nonce: first.header.nonce },
  },
];

const call = (kind: Call['kind'], correlationId: string, outcome: Call['outcome'], txid?: string): Call => ({
  kind,
  correlationId,
  txid,
  atMs: BEGUN,
  status: outcome.kind === 'unknown' ? undefined : 200,
  outcome,
});
const accepted = { kind: 'accepted' } as const;

const unspent = [...coins.entries()].map(({ outpoint, coin }) => ({
  ...outpoint,
  value: coin.value.toString(),
  scriptPubKey: bytesToHex(coin.scriptPubKey),
  height: coin.height,
}));

/** Nothing is wrong with it. */
export const sound: Evidence = {
  calls: [
    call('send', 'c-1', accepted),
    call('transaction', 'c-2', accepted, txids.waiting),
    call('transaction', 'c-3', accepted, txids.evicted),
    call('send', 'c-4', { kind: 'refused', reason: 'Pool: Your wallet is locked' }),
    call('send', 'c-5', { kind: 'unknown', reason: 'ECONNRESET' }),
  ],
  crashes: [],
  logs: logsOf(said),
  blocks: chain.map((block, height) => ({
    ...placeOf(block, height),
    hex: storedOf(block, height).block,
    firstSeen: [],
  })),
  coins: unspent,
  info: {
    chainId: CHAIN_ID,
    network: 'pocket',
    ...placeOf(fourth, 3),
    unspentOutputs: unspent.length,
    totalAmount: (40n * UNIT).toString(),
    subsidies: (40n * UNIT).toString(),
    unclaimed: '0',
    coinsHash: '0'.repeat(64),
  },
  pool: [
    { ...entryOf(waiting), receivedAt: BEGUN, reason: null },
    { ...refusedPayment, txid: null, fee: null, hex: null, receivedAt: BEGUN },
  ],
  wallets: [
    {
      address: alice.address,
      publicKey: alice.publicKey,
      privateKey: null,
      balance: (17n * UNIT).toString(),
      locked: false,
    },
    {
      address: bob.address,
      publicKey: bob.publicKey,
      privateKey: null,
      balance: (23n * UNIT).toString(),
      locked: false,
    },
  ],
  searches: [{ searchId: SEARCH_ID, phase: 'found', version: 2 }],
  questions: [{ path: 'wallet /wallets', answers: { wallet: '[1]', 'wallet-2': '[1]' } }],
  missing: { wallet: [], 'wallet-2': [] },
  deadLetters: { wallet: [], 'tx-pool': [], miner: [], chainstate: [] },
};
