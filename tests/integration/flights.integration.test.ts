/**
 * One transaction's way through all services, as `GET /v1/flights/:txid` tells it: sent and mined; taken back by a
 * heavier branch and mined again; made impossible by one; sent by a stranger; unknown.
 */
import { encodeTransaction, type Transaction } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { eventually, followedLogs, OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import { ownerOf } from '@pocket/testkit/builders';
import { branch, type BranchPoint } from '@pocket/testkit/consensus';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readRawBlocks } from './chain-audit.ts';
import { NodeClient, type NodeAnswer } from './node-client.ts';
import { coinsOf, ownerAt, payment } from './outsider.ts';

const WITHIN_MS = 30_000;

let stack: TestStack;
let api: OriginalClient;
let node: NodeClient;
let first: string;
let second: string;

beforeAll(async () => {
  stack = await startTestStack();
  api = new OriginalClient(stack.url);
  node = new NodeClient(stack.url);
  return () => stack.stop();
});
beforeEach(async () => {
  expect(await api.resetSystem()).toMatchObject({ error: null });
  [first = '', second = ''] = (await api.getWallets()).map(({ address }) => address);
  // What the reset has left in the pool is mined.
  expect(await api.mineBlock(first, 100)).toMatchObject({ error: null });
});

interface Step {
  sinceFirstMs: number;
  recordedAt: string;
  what: string;
  service: string;
  position: number;
  type: string;
  eventId: string;
  correlationId: string;
  causationId: string;
  causedBy: number | null;
}
interface Flight {
  txid: string;
  lastedMs: number;
  steps: Step[];
  complete: boolean;
}

const flightOf = (txid: string): Promise<NodeAnswer<Flight>> => node.send('GET', `/v1/flights/${txid}`);

/** The flight, once all that is under way has arrived; its steps as `type < cause's type`. */
async function flown(txid: string): Promise<{ flight: Flight; steps: string[] }> {
  await eventually(() => followedLogs(stack), { withinMs: WITHIN_MS });
  const { status, body: flight } = await flightOf(txid);
  expect(status).toBe(200);
  expect(flight).toMatchObject({ txid, complete: true });
  flight.steps.forEach(({ causedBy }, index) => expect(causedBy ?? -1).toBeLessThan(index));
  const typeOf = (index: number | null) => (index === null ? 'request' : (flight.steps[index]?.type ?? 'nothing'));
  return { flight, steps: flight.steps.map(({ type, causedBy }) => `${type} < ${typeOf(causedBy)}`) };
}

async function send(): Promise<string> {
  expect(await api.send(first, second, 5)).toMatchObject({ error: null });
  const [waiting] = (await api.getPool()).filter(({ error }) => !error);
  return waiting?.txID ?? '';
}

const mine = async () => expect(await api.mineBlock(second, 100)).toMatchObject({ error: null });

/** A branch that forks off below the tip and is heavier, with these transactions in its first block. */
async function outweigh(transactions: Transaction[] = []): Promise<void> {
  const blocks = await readRawBlocks(stack);
  const { blockHash, height, hex } = blocks[blocks.length - 2] ?? { blockHash: '', height: 0, hex: '' };
  const time = Buffer.from(hex, 'hex').readUInt32LE(68);
  const from: BranchPoint = { blockHash: blockHash as BranchPoint['blockHash'], height, time };
  const inFirst = (at: number) =>
    at === height + 1 ? transactions.map((transaction) => ({ transaction, fee: 0n })) : [];
  const rivals = branch(from, 2, { owner: ownerOf(99), salt: height, transactions: inFirst });
  for (const rival of rivals) expect(await node.submitBlock(rival.hex)).toMatchObject({ status: 201 });
}

const MINED = [
  'MiningRequested < request',
  'BlockFound < request',
  'BlockConnected < BlockFound',
  'TransactionConfirmed < BlockConnected',
  'BlockFollowed < BlockConnected',
  'PaymentConfirmed < BlockConnected',
];
/** The followers of one block commit side by side. */
const sorted = (steps: string[]): string[] => [...steps].sort();

describe('the flight of a payment', () => {
  it('goes from the wallet over the pool and the miner into the chain, and back to the wallet', async () => {
    const txid = await send();
    expect((await flown(txid)).steps).toEqual(['PaymentSigned < request', 'TransactionAccepted < PaymentSigned']);
    await mine();
    const { flight, steps } = await flown(txid);
    expect(steps.slice(0, 5)).toEqual([
      'PaymentSigned < request',
      'TransactionAccepted < PaymentSigned',
      ...MINED.slice(0, 3),
    ]);
    expect(sorted(steps.slice(5))).toEqual(sorted(MINED.slice(3)));
    const times = flight.steps.map(({ sinceFirstMs }) => sinceFirstMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect([times[0], times.at(-1)]).toEqual([0, flight.lastedMs]);
    const [signed, accepted] = flight.steps;
    expect(signed).toMatchObject({ service: 'wallet', correlationId: accepted?.correlationId });
    expect(accepted?.causationId).toBe(signed?.eventId);
    expect(signed?.what).toBe(
      `The wallet signed a payment of 500000000 base units from ${first} to ${second}, fee 0: the transaction.`,
    );
    for (const { what } of flight.steps) expect(what).toMatch(/^[A-Z].*[\w)]\.$/);
    const shown = await node.send<Step>('GET', `/v1/events/wallet/${signed?.position ?? 0}`);
    expect(shown.body).toMatchObject({ eventId: signed?.eventId, type: 'PaymentSigned', data: { txid } });
  });

  it('tells how a heavier branch took it back, why, and where it was mined then', async () => {
    const txid = await send();
    await mine();
    await outweigh();
    await mine();
    const { steps } = await flown(txid);
    const count = (step: string) => steps.filter((each) => each === step).length;
    for (const step of MINED) expect({ step, count: count(step) }).toEqual({ step, count: 2 });
    const back = [
      'BlockStored < request',
      'BlockDisconnected < BlockStored',
      'TransactionReturned < BlockDisconnected',
    ];
    const after = ['BlockUnfollowed < BlockDisconnected', 'PaymentUnconfirmed < BlockDisconnected'];
    for (const step of [...back, ...after]) expect({ step, count: count(step) }).toEqual({ step, count: 1 });
    const at = (step: string) => steps.indexOf(step);
    expect(at('BlockStored < request')).toBeLessThan(at('BlockDisconnected < BlockStored'));
    expect(at('PaymentUnconfirmed < BlockDisconnected')).toBeGreaterThan(at('PaymentConfirmed < BlockConnected'));
    expect(steps.lastIndexOf('PaymentConfirmed < BlockConnected')).toBeGreaterThan(
      at('PaymentUnconfirmed < BlockDisconnected'),
    );
  });

  it('tells an operator’s word as the cause of what it took away and gave back', async () => {
    const txid = await send();
    await mine();
    const tip = (await api.getBlocks()).at(-1)?.hash ?? '';
    await node.operate('invalidate', tip);
    await node.operate('reconsider', tip);
    const { steps } = await flown(txid);
    const chain = steps.filter((step) => /^Block(Invalidated|Disconnected|Reconsidered|Connected) /.test(step));
    expect(chain).toEqual([
      'BlockConnected < BlockFound',
      'BlockInvalidated < request',
      'BlockDisconnected < BlockInvalidated',
      'BlockReconsidered < request',
      'BlockConnected < BlockReconsidered',
    ]);
  });

  it('tells how a branch made it impossible', async () => {
    const owner = await ownerAt(stack, first);
    const coins = await coinsOf(stack, first);
    const total = coins.reduce((sum, { coin }) => sum + coin.value, 0n);
    const txid = await send();
    await mine();
    await outweigh([payment(coins, owner, [[owner.script, total]])]);
    const { flight, steps } = await flown(txid);
    for (const step of ['PaymentFailed < TransactionEvicted', 'FailedPaymentListed < PaymentFailed'])
      expect(steps).toContain(step);
    const dropped = flight.steps.find(({ type }) => type === 'TransactionEvicted');
    expect(dropped?.what).toMatch(/^The pool dropped the transaction: .*\(txn-mempool-conflict\)\.$/);
  });

  it('that the pool refuses ends at once, and says why', async () => {
    // A stranger has spent the wallet's coins in the pool, which the wallet does not know.
    const owner = await ownerAt(stack, first);
    const coins = await coinsOf(stack, first);
    const total = coins.reduce((sum, { coin }) => sum + coin.value, 0n);
    const hex = bytesToHex(encodeTransaction(payment(coins, owner, [[owner.script, total]])));
    expect(await node.submitTransaction(hex)).toMatchObject({ status: 201 });
    expect((await api.send(first, second, 5)).error).not.toBeNull();
    const signed = await node.send<{ events: { data: { txid: string } }[] }>(
      'GET',
      '/v1/events?type=PaymentSigned&order=desc&limit=1',
    );
    const { steps } = await flown(signed.body.events[0]?.data.txid ?? '');
    expect(steps).toEqual([
      'PaymentSigned < request',
      'PaymentFailed < PaymentSigned',
      'FailedPaymentListed < PaymentFailed',
    ]);
  });
});

describe('the flight of a stranger’s transaction', () => {
  it('begins in the pool', async () => {
    const owner = await ownerAt(stack, first);
    const [coin] = await coinsOf(stack, first);
    if (coin === undefined) throw new Error('the first wallet has no coin');
    const hex = bytesToHex(encodeTransaction(payment([coin], owner, [[owner.script, coin.coin.value]])));
    const { txid } = (await node.submitTransaction(hex)).body;
    await mine();
    const { flight, steps } = await flown(txid);
    expect((await flightOf(txid.toUpperCase())).body).toEqual(flight);
    expect(steps[0]).toBe('TransactionAccepted < request');
    expect(sorted(steps.slice(1))).toEqual(sorted(MINED.slice(0, 5)));
  });
});

describe('no flight', () => {
  it.each([
    ['0'.repeat(64), 404, 'not-found', /^neither the wallet nor the pool has ever met the transaction 0{64}$/],
    ['abc', 400, 'invalid-request', /txid must be 64 hex digits, not/],
    ['g'.repeat(64), 400, 'invalid-request', /txid must be 64 hex digits, not/],
  ])('of %s: %i', async (txid, status, code, detail) => {
    const answer = await node.send<{ code: string; detail: string }>('GET', `/v1/flights/${txid}`);
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.body.detail).toMatch(detail);
  });
});
