/**
 * What the miner asks of others, the tip and the pool's choice for the block on it, and the template for outside miners
 * that it makes of them. Nothing here is kept.
 */
import { randomBytes } from 'node:crypto';
import { networkNamed, roomForTransactions, type NetworkParameters } from '@pocket/chain';
import {
  problem,
  type BlockTemplateView,
  type CandidateOrder,
  type CandidateTotals,
  type CandidateTransactions,
  type TemplateQuery,
  type TipView,
} from '@pocket/contracts';
import type { Address } from '@pocket/crypto';
import { UnavailableError } from '@pocket/eventstore';
import type { Answer, RequestContext, ServiceClient } from '@pocket/service-kit';
import { budgetOf, candidatesOf, type Budget } from './domain/policy.ts';
import { templateView } from './domain/template-view.ts';

export interface TemplateSources {
  pool: Pick<ServiceClient, 'get'>;
  chainstate: Pick<ServiceClient, 'get' | 'post'>;
}

export interface CandidateRequest extends Partial<Budget> {
  limit: number;
  order: CandidateOrder;
  explain?: boolean;
}

/** How often the pool and the chain may be found on different tips before the caller is told to ask again. */
const MAX_ATTEMPTS = 20;

export function askTip({ chainstate }: TemplateSources, context: RequestContext): Promise<Answer<TipView>> {
  return chainstate.get<TipView>(context, '/tip');
}

export function askCandidates(
  { pool }: TemplateSources,
  context: RequestContext,
  request: CandidateRequest,
): Promise<Answer<CandidateTransactions>> {
  return pool.get<CandidateTransactions>(context, `/candidates?${queryOf(request)}`);
}

function queryOf(request: Partial<CandidateRequest>): string {
  const fields = Object.entries<string | number | boolean>({ ...request });
  return new URLSearchParams(fields.map(([name, value]): [string, string] => [name, String(value)])).toString();
}

/** How much of the pool the next block takes that is filled by arrival, with the tip it is built on. */
export async function readTotals(
  sources: TemplateSources,
  context: RequestContext,
  limit: number,
): Promise<Answer<{ tip: TipView; offered: CandidateTotals }>> {
  return onOneTip(sources, context, (tip) => {
    const maxSizeBytes = roomForTransactions(tip.next.height, networkOfTip(tip));
    return sources.pool.get<CandidateTotals>(context, `/candidates/totals?${queryOf({ limit, maxSizeBytes })}`);
  });
}

/** What the pool offers for the tip that the chain is on. It is asked after the tip, so that it answers for that tip. */
async function onOneTip<T extends { tip: string | null }>(
  sources: TemplateSources,
  context: RequestContext,
  ask: (tip: TipView) => Promise<Answer<T>>,
): Promise<Answer<{ tip: TipView; offered: T }>> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const tip = await askTip(sources, context);
    if (!tip.ok) return tip;
    const offered = await ask(tip.value);
    if (!offered.ok) return offered;
    if (offered.value.tip === tip.value.blockHash)
      return { ok: true, value: { tip: tip.value, offered: offered.value } };
  }
  return { ok: false, problem: problem('stale-template', `the tip moved ${MAX_ATTEMPTS} times meanwhile`) };
}

/** @throws UnavailableError for a network that this version of the miner does not know. */
export function networkOfTip({ network }: TipView): NetworkParameters {
  const params = networkNamed(network);
  if (params === undefined) throw new UnavailableError(`this miner does not know the network ${network}`);
  return params;
}

/** The template that an outside miner asks for. */
export async function readTemplate(
  sources: TemplateSources,
  context: RequestContext,
  { address, maxTransactions, order }: Omit<TemplateQuery, 'address'> & { address: Address },
): Promise<Answer<BlockTemplateView>> {
  const found = await onOneTip(sources, context, (tip) =>
    askCandidates(sources, context, {
      limit: maxTransactions,
      order,
      ...budgetOf(networkOfTip(tip)),
      explain: true,
    }),
  );
  if (!found.ok) return found;
  const { tip, offered } = found.value;
  const [params, candidates] = [networkOfTip(tip), candidatesOf(offered)];
  const chance = { extraNonce: randomBytes(8), now: Math.floor(Date.now() / 1000) };
  const { leftOut } = offered;
  return { ok: true, value: templateView({ tip, params, candidates, leftOut, payTo: address, ...chance }) };
}
