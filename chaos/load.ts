/**
 * The clients that keep the system busy while it is being broken: payers, miners and outsiders, each with choices of its
 * own that follow from the seed. What they are told goes into the history.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { randomOf, type Random } from '@pocket/testkit/random';
import { Client } from './client.ts';
import type { History, Outcome } from './history.ts';
import { actOutside, OUTSIDERS } from './outsider.ts';
import { NoAnswerError, request } from './request.ts';
import type { System } from './system.ts';

export interface LoadOptions {
  readonly system: System;
  readonly history: History;
  readonly seed: number;
  /** Ends the load; calls under way are waited for. */
  readonly signal: AbortSignal;
}

const WALLETS = 24;
const [PAYERS, MINERS, STRANGERS] = [5, 2, 2];
const [PAYER_PAUSE_MS, MINER_PAUSE_MS, STRANGER_PAUSE_MS] = [500, 1_000, 800];
const MOST_TRANSACTIONS = 40;
const BEGIN_WITHIN_MS = 30_000;
const SEEDS = 2 ** 32;

/** Makes the wallets, a first block for each, and a payment to every outsider. Returns the wallets' addresses. */
export async function prepareLoad({ system, history, seed }: Omit<LoadOptions, 'signal'>): Promise<string[]> {
  const wallets: string[] = [];
  while (wallets.length < WALLETS) wallets.push(await newWallet(system));
  const client = clientOf(system, history, randomOf(seed));
  for (const address of wallets) requireAccepted(await client.mine(address, 1));
  for (const [index, { address }] of OUTSIDERS.entries())
    requireAccepted(await client.send(wallets[index] ?? '', address, 1));
  return wallets;
}

/** Nothing is broken yet: a load without money would prove nothing. */
function requireAccepted(outcome: Outcome): void {
  if (outcome.kind !== 'accepted') throw new Error(`the load could not be prepared: ${outcome.reason}`);
}

async function newWallet(system: System): Promise<string> {
  const { body } = await request('POST', `${system.urlOf('gateway')}/api/new_wallet`, { withinMs: BEGIN_WITHIN_MS });
  const { data } = body as { data: string | null };
  if (data === null) throw new Error(`no wallet could be made: ${JSON.stringify(body)}`);
  return data;
}

/** A client of all gateways. */
export function clientOf(system: System, history: History, random: Random): Client {
  return new Client({ gateways: [...system.addressesOf('gateway').values()], history, random });
}

/** Resolves when the signal has ended it and the last call has ended. */
export async function runLoad(options: LoadOptions, wallets: readonly string[]): Promise<void> {
  const seeds = randomOf(options.seed);
  setMaxListeners(PAYERS + MINERS + STRANGERS + 1, options.signal);
  const actors = [
    ...Array.from({ length: PAYERS }, () => ({ act: payer(wallets), pauseMs: PAYER_PAUSE_MS })),
    ...Array.from({ length: MINERS }, () => ({ act: miner(wallets), pauseMs: MINER_PAUSE_MS })),
    ...Array.from({ length: STRANGERS }, () => ({ act: stranger(options.system), pauseMs: STRANGER_PAUSE_MS })),
  ];
  await Promise.all(actors.map((actor) => repeat(options, actor, randomOf(seeds.below(SEEDS)))));
}

type Act = (client: Client, random: Random) => Promise<unknown>;

async function repeat(
  { system, history, signal }: LoadOptions,
  { act, pauseMs }: { act: Act; pauseMs: number },
  random: Random,
): Promise<void> {
  const client = clientOf(system, history, random);
  while (!signal.aborted) {
    await act(client, random);
    await pause(random.below(pauseMs), undefined, { signal }).catch(() => undefined);
  }
}

/** Pays another wallet or an outsider. */
function payer(wallets: readonly string[]): Act {
  const all = [...wallets, ...OUTSIDERS.map(({ address }) => address)];
  return (client, random) => {
    const from = random.pick(wallets);
    return client.send(from, random.pick(all.filter((address) => address !== from)), 1 + random.below(3));
  };
}

function miner(wallets: readonly string[]): Act {
  return (client, random) => client.mine(random.pick(wallets), 1 + random.below(MOST_TRANSACTIONS));
}

/** Looks at any chainstate; while none can be looked at, there is nothing to do. */
function stranger(system: System): Act {
  const urls = [...system.addressesOf('chainstate').values()];
  return (client, random) =>
    actOutside({ client, random, chainstateUrl: () => random.pick(urls) }).catch((error: unknown) => {
      if (!(error instanceof NoAnswerError)) throw error;
    });
}
