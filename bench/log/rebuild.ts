/*
 * Rebuilding: all tables of each service folded from the logs of a long story and put in the place of the live ones, and
 * then the proof of it all.
 */
import { rebuild } from '../../scripts/ledger/rebuilding.ts';
import { ledgerServices, type LedgerService } from '../../scripts/ledger/services.ts';
import { isRight, verifySystem } from '../../scripts/ledger/verification.ts';
import { storyOf } from './story.ts';
import { writeLogs } from './synthetic-logs.ts';

export interface ServiceFigures {
  /** That are folded in a round: its own and those it follows. */
  readonly events: number;
  /** Events a second, by round; the first in a program that has folded nothing yet. */
  readonly rates: number[];
  /** What an event takes of this process's processor time, by round; microseconds. */
  readonly processorMicroseconds: number[];
}

export interface RebuildFigures {
  readonly services: ReadonlyMap<string, ServiceFigures>;
  readonly verification: { readonly events: number; readonly seconds: number };
}

/**
 * @param databaseUrl of an empty database.
 * @throws Error where the rebuilt tables are not what the logs tell.
 */
export async function measureRebuild(databaseUrl: string, blocks: number, rounds: number): Promise<RebuildFigures> {
  await writeLogs(databaseUrl, storyOf(blocks));
  const services = new Map<string, ServiceFigures>();
  for (let round = 0; round < rounds; round++)
    for (const service of ledgerServices) {
      const { events, rate, processorMicroseconds } = await rebuildOnce(databaseUrl, service);
      const figures = services.get(service.service) ?? { events, rates: [], processorMicroseconds: [] };
      figures.rates.push(rate);
      figures.processorMicroseconds.push(processorMicroseconds);
      services.set(service.service, figures);
    }
  return { services, verification: await measureVerification(databaseUrl) };
}

async function rebuildOnce(databaseUrl: string, service: LedgerService) {
  const before = process.cpuUsage();
  const signal = new AbortController().signal;
  const { tables } = service.fold;
  const { events, seconds } = await rebuild({ databaseUrl, service, tables, onProgress: () => undefined, signal });
  const { user, system } = process.cpuUsage(before);
  return { events, rate: events / seconds, processorMicroseconds: (user + system) / events };
}

async function measureVerification(databaseUrl: string): Promise<RebuildFigures['verification']> {
  const begun = performance.now();
  const reports = await verifySystem({ databaseUrl });
  const seconds = (performance.now() - begun) / 1_000;
  const wrong = reports.filter((report) => !isRight(report)).map(({ service }) => service);
  if (wrong.length > 0) throw new Error(`what was rebuilt is not what the logs tell: ${wrong.join(', ')}`);
  return { events: reports.reduce((total, { events }) => total + events, 0), seconds };
}
