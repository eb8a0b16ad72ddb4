/** The tx-pool service without Postgres, NATS and sockets: what app.ts and api.ts put together of it. */
import type { CandidateQuery } from '@pocket/contracts';
import { logOf, type Answer } from '@pocket/service-kit';
import type { PoolPolicy } from '../../services/tx-pool/src/domain/policy.ts';
import { execute, submitTransactions, type SubmittedHex } from '../../services/tx-pool/src/submissions.ts';
import { subscriptionsOf } from '../../services/tx-pool/src/subscriptions.ts';
import { keepSwept } from '../../services/tx-pool/src/sweeping.ts';
import { logger, type Program, type ProgramParts } from '../world/replica.ts';
import type { Request, Route } from '../world/wire.ts';
import { firstCandidates, type PoolTables } from './tables.ts';
import { createPoolWriter, type PoolWriter } from './writer.ts';

type Parts = ProgramParts<PoolTables>;

export function buildPool(parts: Parts, policy: PoolPolicy): Promise<Program> {
  const { session, log, life, wire } = parts;
  const writer = createPoolWriter(session, log, policy);
  const logs = { chainstate: logOf(wire.client(life, 'chainstate')), wallet: logOf(wire.client(life, 'wallet')) };
  return Promise.resolve({
    routes: routesOf(parts, writer),
    sources: subscriptionsOf(writer, logs),
    duty: () => keepSwept({ writer, logger }),
  });
}

function routesOf(parts: Parts, writer: PoolWriter): Route[] {
  const { session, log } = parts;
  return [
    {
      method: 'GET',
      path: '/transactions',
      awaits: ['chainstate', 'wallet'],
      handle: async () => ({ ok: true, value: await session.read(({ waiting }) => [...waiting.keys()]) }),
    },
    {
      method: 'GET',
      path: '/candidates',
      awaits: ['chainstate'],
      handle: (request) => candidates(parts, writer, request),
    },
    {
      method: 'POST',
      path: '/transactions',
      awaits: ['chainstate'],
      handle: async ({ context, query, body }) => {
        const dryRun = query.get('dryRun') === 'true';
        const submitted = body as SubmittedHex[];
        return { ok: true, value: await submitTransactions({ writer, node: { log } }, context, submitted, dryRun) };
      },
    },
  ];
}

async function candidates(parts: Parts, writer: PoolWriter, { context, query }: Request): Promise<Answer<unknown>> {
  const wanted: CandidateQuery = {
    limit: Number(query.get('limit')),
    maxSizeBytes: Number(query.get('maxSizeBytes') ?? 1_000_000),
    maxSignatureOperations: Number(query.get('maxSignatureOperations') ?? 19_900),
    order: query.get('order') === 'fee-rate' ? 'fee-rate' : 'arrival',
    explain: query.get('explain') === 'true',
  };
  const first =
    wanted.order === 'arrival' && !wanted.explain
      ? await parts.session.read((tables) => firstCandidates(tables, wanted))
      : undefined;
  const command = { type: 'ListCandidates', query: wanted } as const;
  return { ok: true, value: first ?? (await execute({ writer }, context, command)).reply };
}
