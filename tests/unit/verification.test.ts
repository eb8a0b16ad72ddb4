/** Recorded states against a fresh fold: which were wrong, from when to when, and whether it is over. */
import { describe, expect, it } from 'vitest';
import { describeReport } from '../../scripts/ledger/description.ts';
import { ledgerServices, tableTitle } from '../../scripts/ledger/services.ts';
import { compareStates, isRight, type ServiceReport } from '../../scripts/ledger/verification.ts';

/** A state of the events 10, 20, …, with these hashes; a fold tells `good` always. */
const states = (...hashes: Record<string, string>[]) =>
  hashes.map((tables, index) => ({ position: (index + 1) * 10, positions: { wallet: (index + 1) * 10 - 1 }, tables }));
const right = { wallets: 'good', coins: 'good' };
const noCoins = { wallets: 'good', coins: 'bad' };
const noWallets = { wallets: 'bad', coins: 'good' };
const compare = (...hashes: Record<string, string>[]) => compareStates(states(...hashes), () => Promise.resolve(right));

const report: ServiceReport = {
  service: 'wallet',
  events: 60,
  headHash: 'ab'.repeat(32),
  faults: [],
  unreadable: undefined,
  states: 5,
  wrongStates: [],
  wrongTables: [],
  divergences: [],
  differingRows: 0,
};

describe('recorded states', () => {
  it('that all agree are proved up to the last', async () => {
    expect(await compare(right, right)).toEqual({ wrongStates: [], proved: { wallet: 19 } });
    expect(await compare()).toEqual({ wrongStates: [], proved: {} });
  });

  it('that were wrong and agree again are one stretch of the past', async () => {
    const { wrongStates, proved } = await compare(right, noCoins, noWallets, right, right);
    expect(wrongStates).toEqual([
      { first: 20, last: 30, tables: ['coins', 'wallets'], rightUntil: 10, rightSince: 40 },
    ]);
    expect(proved).toEqual({ wallet: 49 });
  });

  it('are compared behind the first wrong one: every stretch is told', async () => {
    const { wrongStates, proved } = await compare(noCoins, right, noWallets);
    expect(wrongStates).toEqual([
      { first: 10, last: 10, tables: ['coins'], rightUntil: undefined, rightSince: 20 },
      { first: 30, last: 30, tables: ['wallets'], rightUntil: 20, rightSince: undefined },
    ]);
    expect(proved).toEqual({ wallet: 19 });
  });
});

describe('a report', () => {
  it.each([
    ['is over', 40, [], 'right again since event 40 (the last state before that agrees is of event 10)', true],
    ['is over and was not recorded since', undefined, [], 'right now; not recorded since', true],
    ['lasts', undefined, ['coins'], 'not recorded right since', false],
  ])('of damage that %s', (_what, rightSince, wrongTables, words, fine) => {
    const wrongStates = [{ first: 20, last: 30, tables: ['coins'], rightUntil: 10, rightSince }];
    const said = { ...report, wrongStates, wrongTables, differingRows: wrongTables.length };
    const lines = describeReport(said).join('\n');
    expect(lines).toContain(
      `the tables were wrong between event 20 and event 30: coins (what the wallets own); ${words}`,
    );
    expect(lines.includes('1 row of coins')).toBe(!fine);
    expect(isRight(said)).toBe(fine);
  });

  it('gives the head as --head takes it', () => {
    expect(describeReport(report)).toEqual([
      'wallet: 60 events, history and tables are right; 5 recorded states agree',
      `  head wallet:60:${'ab'.repeat(32)}`,
    ]);
  });

  it('of what cannot be read is not right', () => {
    const said = { ...report, unreadable: 'Event 7 of the log of wallet cannot be read.' };
    expect(isRight(said)).toBe(false);
    expect(describeReport(said)[1]).toBe('  its tables cannot be proved: Event 7 of the log of wallet cannot be read.');
  });
});

describe('the tables', () => {
  const tables = ledgerServices.flatMap((service) => service.fold.tables.map((table) => [service, table] as const));

  it.each(tables)('each have a few words that say what is in them', (service, table) => {
    expect(tableTitle(service, table)).toMatch(new RegExp(`^${table.name} \\(.+\\)$`));
  });
});
