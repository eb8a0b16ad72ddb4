/** The chainstate service without Postgres, NATS and sockets: what app.ts and api.ts put together of it. */
import { randomUUID } from 'node:crypto';
import { decodeBlock, type BlockHash, type NetworkParameters } from '@pocket/chain';
import { problem, type BlockSubmission, type Problem } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import { contextOfOwn, type Answer, type RequestContext } from '@pocket/service-kit';
import {
  execute,
  keepSettling,
  settle,
  submitBlock,
  type ChainParts,
  type Refusal,
} from '../../services/chainstate/src/chain.ts';
import { MAX_WAITING_BLOCKS, type WaitingBlocks } from '../../services/chainstate/src/waiting.ts';
import type { Session } from '../world/database.ts';
import { logger, type Program, type ProgramParts } from '../world/replica.ts';
import type { Request, Route } from '../world/wire.ts';
import { tipOf, type ChainTables } from './tables.ts';
import { createChainWriter } from './writer.ts';

export interface ChainSettings {
  network: NetworkParameters;
  reorgStepBytes: number;
  /** How far this replica's clock is ahead of the others'. */
  skewSeconds: number;
  /** Whether a leader goes on with a reorganization that another one has begun. */
  settles: boolean;
}

export async function buildChainstate(
  { session, log }: ProgramParts<ChainTables>,
  { network, reorgStepBytes, skewSeconds, settles }: ChainSettings,
): Promise<Program> {
  const writer = createChainWriter(session, log, reorgStepBytes);
  const now = (): number => Math.floor(Date.now() / 1_000) + skewSeconds;
  const parts: ChainParts = { waiting: waitingBlocks(session), writer, logger, now };
  const first = { type: 'StartChain', chainId: randomUUID(), network, onlyFirst: true } as const;
  await execute(parts, contextOfOwn(), first);
  if (settles) await settle(parts, contextOfOwn());
  return {
    routes: routesOf(parts, session),
    duty: settles ? () => keepSettling({ ...parts, head: () => log.head() }) : () => () => undefined,
  };
}

function waitingBlocks(session: Session<ChainTables>): WaitingBlocks {
  return {
    keep: async (waiting) => {
      await session.write((tables) => {
        tables.waiting.set(waiting.blockHash, waiting);
        const [oldest] = tables.waiting.keys();
        if (tables.waiting.size > MAX_WAITING_BLOCKS && oldest !== undefined) tables.waiting.delete(oldest);
      });
    },
    waitingFor: (parent) =>
      session.read(({ waiting }) =>
        [...waiting.values()].filter(({ block }) => block.header.previousBlockHash === parent),
      ),
    remove: async (blockHash) => {
      await session.write(({ waiting }) => waiting.delete(blockHash as BlockHash));
    },
  };
}

const NOT_STARTED = problem('service-unavailable', 'no chain has been started yet');

function routesOf(parts: ChainParts, session: Session<ChainTables>): Route[] {
  return [
    { method: 'GET', path: '/tip', handle: ({ context }) => readTip(session, context) },
    { method: 'POST', path: '/blocks', handle: (request) => takeBlock(parts, request) },
    { method: 'POST', path: '/chains', handle: ({ context }) => startChain(parts, session, context) },
    { method: 'POST', path: '/blocks/:blockHash/:verdict', handle: (request) => judge(parts, request) },
  ];
}

async function readTip(session: Session<ChainTables>, context: RequestContext): Promise<Answer<unknown>> {
  const read = await session.read((tables) => ({ tip: tipOf(tables), position: session.database.head }));
  context.wrote('chainstate', read.position);
  return read.tip === undefined ? { ok: false, problem: NOT_STARTED } : { ok: true, value: read.tip };
}

async function takeBlock(parts: ChainParts, { context, body }: Request): Promise<Answer<unknown>> {
  const { chainId, hex, firstSeen = [], onlyOnTip = false } = body as Partial<BlockSubmission> & { hex: string };
  const decoded = decodeBlock(hexToBytes(hex));
  if (!decoded.ok) return { ok: false, problem: refusal(decoded, onlyOnTip) };
  const command = { type: 'SubmitBlock' as const, block: decoded.block, hex, chainId, firstSeen, onlyOnTip };
  const answer = await submitBlock(parts, context, { ...command, now: parts.now() });
  return answer.ok ? { ok: true, value: answer } : { ok: false, problem: refusal(answer, onlyOnTip) };
}

function refusal({ code, message, details }: Refusal, onlyOnTip: boolean): Problem {
  const outrun = code === 'wrong-chain' || (code === 'bad-prevblk' && onlyOnTip);
  return problem(outrun ? 'stale-template' : 'block-refused', message, code, details);
}

async function startChain(parts: ChainParts, session: Session<ChainTables>, context: RequestContext) {
  const network = await session.read(({ last }) => last?.network);
  if (network === undefined) return { ok: false, problem: NOT_STARTED } as const;
  const chainId = randomUUID();
  await execute(parts, context, { type: 'StartChain', chainId, network, onlyFirst: false });
  return { ok: true, value: { chainId } } as const;
}

async function judge(parts: ChainParts, { context, params }: Request): Promise<Answer<unknown>> {
  const type = params['verdict'] === 'invalidate' ? ('InvalidateBlock' as const) : ('ReconsiderBlock' as const);
  const blockHash = params['blockHash'] as BlockHash;
  const { reply } = await execute(parts, context, { type, blockHash });
  if (reply.ok) return { ok: true, value: reply };
  return { ok: false, problem: problem(reply.code === 'genesis-block' ? 'genesis-block' : 'not-found', reply.message) };
}
