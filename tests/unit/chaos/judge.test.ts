/** The judge of a run: silent on a sound history, and on a broken one it names what is broken and where. */
import { blockHashOf, encodeBlock } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { mineOn, tipOf } from '@pocket/testkit/builders';
import { describe, expect, it } from 'vitest';
import type { Evidence, SeenLog } from '../../../chaos/evidence.ts';
import type { Outcome } from '../../../chaos/history.ts';
import { judge } from '../../../chaos/judge.ts';
import { findingLines } from '../../../chaos/report.ts';
import {
  acceptedEvent,
  alice,
  bob,
  chain,
  connectedEvent,
  doubled,
  heavier,
  hexOf,
  logsOf,
  payment,
  said,
  signedEvent,
  sound,
  storedEvent,
  txids,
} from './small-history.ts';

const brokenBy = (evidence: Evidence) => judge(evidence).filter(({ breaches }) => breaches.length > 0);

/** The sound history with other calls: those of this correlation id get this outcome. */
function told(correlationId: string, outcome: Outcome, status = 200): Evidence {
  const calls = sound.calls.map((call) => (call.correlationId === correlationId ? { ...call, outcome, status } : call));
  return { ...sound, calls };
}

function withLog(name: keyof Evidence['logs'], change: (log: SeenLog) => SeenLog): Evidence {
  return { ...sound, logs: { ...sound.logs, [name]: change(sound.logs[name]) } };
}

/** The chain's answer with one block more, which spends a coin that is spent. */
function doublySpent(): Evidence {
  const last = chain[3];
  if (last === undefined) throw new Error('the history has four blocks');
  const block = mineOn(tipOf(last, 3), bob, doubled);
  const seen = { blockHash: blockHashOf(block.header), height: 4, hex: bytesToHex(encodeBlock(block)), firstSeen: [] };
  return { ...sound, blocks: [...sound.blocks, seen] };
}

const [third, fourth] = [chain[2], chain[3]] as const;
if (third === undefined || fourth === undefined) throw new Error('the history has four blocks');
const thirdHash = blockHashOf(third.header);
const without = <T>(items: readonly T[], place: number): T[] => items.filter((_, index) => index !== place);
const withPool = (pool: Evidence['pool']): Evidence => ({ ...sound, pool });
const [waits] = sound.pool;
if (waits === undefined) throw new Error('one transaction of the history waits');

describe('a sound history', () => {
  it('breaks nothing, and every invariant has looked at something', () => {
    expect(brokenBy(sound)).toEqual([]);
    const counts = judge(sound).map(({ invariant, count }) => [invariant, count]);
    expect(counts).toEqual([
      ['nothing-lost', 3],
      ['nothing-twice', 3],
      ['spent-once', 2],
      ['valid-chain', 4],
      ['heaviest', 4],
      ['supply', 5],
      ['folds-equal-tables', 10],
      ['no-holes', 23],
      ['connected-once', 4],
      ['followed-once', 4],
      ['replicas-agree', 1],
      ['no-dead-letters', 4],
      ['ready', 2],
      ['no-crash', 0],
      ['no-inner-fault', 4],
    ]);
  });
});

const broken: [what: string, evidence: Evidence, invariant: string, names: string][] = [
  ['an output spent by two blocks', doublySpent(), 'spent-once', txids.doubled],
  ['a block that breaks a rule', doublySpent(), 'valid-chain', 'bad-txns-inputs-missingorspent'],
  [
    'an output spent by a block and by what waits',
    withPool([...sound.pool, { ...waits, txid: txids.doubled, hex: hexOf(doubled) }]),
    'spent-once',
    `is spent by ${txids.payment} and by ${txids.doubled}`,
  ],
  ['an accepted transaction that is nowhere', withPool(sound.pool.slice(1)), 'nothing-lost', txids.waiting],
  [
    'a transaction that only a log knows and that is nowhere',
    { ...sound, logs: logsOf([...said, acceptedEvent(doubled, 'c-9')]) },
    'nothing-lost',
    txids.doubled,
  ],
  ['an accepted payment that was never signed', told('c-5', { kind: 'accepted' }), 'nothing-lost', 'c-5'],
  [
    'a transaction in a block and in the pool',
    withPool([...sound.pool, { ...waits, txid: txids.payment, hex: hexOf(payment) }]),
    'nothing-lost',
    `${txids.payment} is in a block of the best chain and in the pool`,
  ],
  [
    'a payment that was made twice',
    { ...sound, logs: logsOf([...said, signedEvent(doubled, 'c-1')]) },
    'nothing-twice',
    `${txids.payment} and ${txids.doubled}`,
  ],
  ['a refused payment that was made', told('c-1', { kind: 'refused', reason: 'no' }), 'nothing-twice', txids.payment],
  [
    'a hole between two positions',
    withLog('tx-pool', ({ head, events }) => ({ head, events: without(events, 4) })),
    'no-holes',
    'tx-pool: position 6 stands where 5 must',
  ],
  [
    'a log whose end is missing',
    withLog('wallet', ({ head, events }) => ({ head, events: events.slice(0, -1) })),
    'no-holes',
    'wallet: the head is 5, there are 4 events',
  ],
  [
    'a hole between two versions of a stream',
    withLog('wallet', ({ head, events }) => ({
      head,
      events: events.map((event) => (event.position === 4 ? { ...event, version: 5 } : event)),
    })),
    'no-holes',
    `wallet: position 4 is version 5 of wallet-${alice.address}, it must be 3`,
  ],
  [
    'an event that stands there twice',
    withLog('miner', ({ head, events }) => ({ head, events: events.map((event) => ({ ...event, eventId: 'same' })) })),
    'no-holes',
    'miner: 1 event ids come twice',
  ],
  [
    'a block that is connected twice',
    { ...sound, logs: logsOf([...said, connectedEvent(third, 2)]) },
    'connected-once',
    `position 6 connects ${thirdHash} at 2`,
  ],
  [
    'a block that is disconnected and is not the tip',
    { ...sound, logs: logsOf([...said, { ...connectedEvent(third, 2), type: 'BlockDisconnected' }]) },
    'connected-once',
    `disconnects ${thirdHash}`,
  ],
  [
    'a block that the pool has not followed',
    {
      ...sound,
      logs: logsOf(said.filter(({ type, data }) => type !== 'BlockFollowed' || !isPlaceOf(data, thirdHash))),
    },
    'followed-once',
    `step 3 of the chain is "connected ${thirdHash} at 2"`,
  ],
  [
    'a heavier branch that is not followed',
    { ...sound, logs: logsOf([...said, ...heavier.map((block, index) => storedEvent(block, 3 + index))]) },
    'heaviest',
    'the heaviest valid branch ends with',
  ],
  [
    'more coins than subsidies',
    { ...sound, coins: sound.coins.map((coin) => ({ ...coin, value: '1000000001' })) },
    'supply',
    'all coins and what is unclaimed: 5000000005, must be 4000000000',
  ],
  [
    'a supply that is told wrong',
    { ...sound, info: { ...sound.info, unclaimed: '1' } },
    'supply',
    'unclaimed of /info: 1, must be 0',
  ],
  ['a coin that is missing', { ...sound, coins: sound.coins.slice(1) }, 'folds-equal-tables', 'told none'],
  [
    'a balance that is no sum of coins',
    { ...sound, wallets: sound.wallets.map((wallet) => ({ ...wallet, balance: '1' })) },
    'folds-equal-tables',
    `wallets ${alice.address}: folded 1700000000, told 1`,
  ],
  [
    'a wallet that is locked for nothing',
    { ...sound, wallets: sound.wallets.map((wallet) => ({ ...wallet, locked: true })) },
    'folds-equal-tables',
    'told 2300000000, locked',
  ],
  ['a failed payment that is not listed', withPool([waits]), 'folds-equal-tables', 'failed payments'],
  [
    'a search that has not ended in the table',
    { ...sound, searches: sound.searches.map((search) => ({ ...search, phase: 'searching', version: 1 })) },
    'folds-equal-tables',
    'folded found at version 2, told searching at version 1',
  ],
  [
    'replicas that tell different things',
    { ...sound, questions: [{ path: 'wallet /wallets', answers: { wallet: '[1]', 'wallet-2': '[2]' } }] },
    'replicas-agree',
    'wallet and wallet-2 differ from letter 0 on: [1] … and [2]',
  ],
  [
    'an event that was left aside',
    {
      ...sound,
      deadLetters: { ...sound.deadLetters, wallet: [{ source: 'chainstate', position: 4, error: 'Error: no' }] },
    },
    'no-dead-letters',
    'wallet left position 4 of chainstate aside: Error: no',
  ],
  [
    'a process that is not ready',
    { ...sound, missing: { ...sound.missing, wallet: ['NATS'] } },
    'ready',
    'wallet misses NATS',
  ],
  [
    'a process that ended by itself',
    { ...sound, crashes: [{ name: 'miner', atMs: 5, how: 'exit code 1' }] },
    'no-crash',
    'miner ended by itself (exit code 1)',
  ],
  [
    'a client that met a fault',
    told('c-5', { kind: 'unknown', reason: '500 internal-error' }, 500),
    'no-inner-fault',
    'send c-5: 500 internal-error',
  ],
];

function isPlaceOf(data: unknown, blockHash: string): boolean {
  return (data as { blockHash: string }).blockHash === blockHash;
}

describe('a broken history', () => {
  it.each(broken)('%s is named', (_, evidence, invariant, names) => {
    const found = brokenBy(evidence).find((finding) => finding.invariant === invariant);
    expect(found?.breaches.map(({ text }) => text).join('\n')).toContain(names);
  });

  it('whose events cannot be read at all is refused', () => {
    const unknown = { source: 'wallet', stream: 'x', type: 'SomethingElse', data: {} } as const;
    expect(() => judge({ ...sound, logs: logsOf([...said, unknown]) })).toThrow(
      'wallet has no event type SomethingElse',
    );
  });

  it('is told with the faults before it', () => {
    const breach = { text: 'gone', atMs: 10_500 };
    const finding = { invariant: 'nothing-lost', says: 'nothing is lost', count: 1, detail: '1', breaches: [breach] };
    const faults = [1_000, 9_000, 11_000].map(
      (atMs) => ({ atMs, kind: 'kill', target: 'miner', lastsMs: 500, seed: 1 }) as const,
    );
    const lines = findingLines(finding, faults, 0);
    expect(lines.join('\n')).toContain('gone (at 10.5 s)');
    expect(lines.filter((line) => line.includes('after'))).toHaveLength(2);
  });
});
