/** The miner service without Postgres, Redis and sockets: what app.ts, store.ts and api.ts put together of it. */
import { ADDRESS_VERSION } from '@pocket/chain';
import { problem, type MiningOrder } from '@pocket/contracts';
import { decodeAddress } from '@pocket/crypto';
import { Writer } from '@pocket/eventstore';
import type { Answer } from '@pocket/service-kit';
import { decide, type MinerCommand } from '../../services/miner/src/domain/decide.ts';
import { phaseAfter, type MinerState, type SearchEvent } from '../../services/miner/src/domain/state.ts';
import type { SearchOptions } from '../../services/miner/src/jobs.ts';
import { createMining, ORDER_WITHIN_MS } from '../../services/miner/src/mining.ts';
import { readTemplate, type TemplateSources } from '../../services/miner/src/queries.ts';
import { SearchTimeoutError } from '../../services/miner/src/searching.ts';
import type { FoundNonce, SearchRequest } from '../../services/miner/src/slice-search.ts';
import type { Session, Statement, Surroundings } from '../world/database.ts';
import type { MemoryLog } from '../world/memory-log.ts';
import type { Program, ProgramParts } from '../world/replica.ts';
import { InflictedError } from '../world/faults.ts';
import { MAX_HASHES, nonceOf } from '../nonce.ts';
import { pause } from '../world/time.ts';
import type { Request } from '../world/wire.ts';
import { foldMiner, type MinerTables } from './tables.ts';

type Parts = ProgramParts<MinerTables>;

export function buildMiner({ session, log, life, wire }: Parts, surroundings: Surroundings): Promise<Program> {
  const sources = { pool: wire.client(life, 'tx-pool'), chainstate: wire.client(life, 'chainstate') };
  const search = (request: SearchRequest, { signal }: SearchOptions = {}) =>
    untilAborted(signal, searchAll(request, life.name, surroundings));
  // Nobody tells it of changes: it finds them by looking.
  const changes = { listen: () => () => undefined };
  const board = { begin: () => ({ progressed: () => undefined, end: () => undefined }) };
  const writer = createMinerWriter(session, log);
  const mine = createMining({ ...sources, writer, jobs: { search, reach: () => Promise.resolve() }, changes, board });
  return Promise.resolve({
    routes: [
      { method: 'POST', path: '/blocks', handle: ({ context, body }) => mine(context, body as MiningOrder) },
      { method: 'GET', path: '/template', handle: (request) => template(sources, request) },
    ],
  });
}

function createMinerWriter(session: Session<MinerTables>, log: MemoryLog<MinerTables>) {
  let open: MinerState['searches'] = new Map();
  return new Writer<MinerCommand, MinerState, undefined, Statement<MinerTables>>({
    log,
    load: async (commands, fresh) => {
      if (fresh) open = new Map();
      const known = [...new Set(commands.map(({ event }) => event.data.searchId))];
      const unknown = known.filter((searchId) => !open.has(searchId));
      const read = ({ searches }: MinerTables) => unknown.flatMap((id) => entryOf(searches, id));
      const found = unknown.length === 0 ? [] : await session.read(read);
      return { searches: new Map([...found, ...known.flatMap((id) => entryOf(open, id))]) };
    },
    versionOf: ({ searches }, stream) => searches.get(stream.replace(/^search-/, ''))?.version ?? 0,
    decide,
    project: (decided) =>
      decided.some(({ events }) => events.length > 0) ? [(tables) => foldMiner(tables, decided)] : [],
    committed: (_state, events) => {
      for (const { version, ...event } of events) keepOpen(open, event as unknown as SearchEvent, version);
    },
  });
}

function entryOf(searches: MinerState['searches'], searchId: string) {
  const search = searches.get(searchId);
  return search === undefined ? [] : [[searchId, { ...search }] as const];
}

function keepOpen(open: MinerState['searches'], event: SearchEvent, version: number): void {
  if (phaseAfter(event) === 'searching') open.set(event.data.searchId, { phase: 'searching', version });
  else open.delete(event.data.searchId);
}

/** What a worker does in a simulated second: a target that follows the miners finds its balance by it. */
const HASH_MS = 10;
const QUEUED_WITHIN_MS = 100;
/** Long after whoever asked has given it up. */
const MAX_ROLLS = 3;

async function searchAll(request: SearchRequest, miner: string, surroundings: Surroundings): Promise<FoundNonce> {
  const { chance, faults } = surroundings;
  await pause(chance.below(QUEUED_WITHIN_MS));
  if (faults.strikes('search failed', miner)) throw new InflictedError('the search failed: the job has stalled');
  if (faults.strikes('search timed out', miner)) throw new SearchTimeoutError(ORDER_WITHIN_MS);
  for (let roll = 0; ; roll++) {
    const nonce = nonceOf(request.headerOf(roll), request.target);
    await pause(((nonce ?? MAX_HASHES) + 1) * HASH_MS);
    if (nonce !== null || roll === MAX_ROLLS) return { roll, nonce: nonce ?? 0 };
  }
}

/** What is asked of it may be given up; the search behind it then ends unheard. */
function untilAborted<T>(signal: AbortSignal | undefined, result: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
    result.then(resolve, reject);
  });
}

async function template(sources: TemplateSources, { context, query }: Request): Promise<Answer<unknown>> {
  const decoded = decodeAddress(query.get('address') ?? '', ADDRESS_VERSION);
  if (!decoded.ok) return { ok: false, problem: problem('invalid-address', decoded.message) };
  const order = query.get('order') === 'arrival' ? ('arrival' as const) : ('fee-rate' as const);
  return readTemplate(sources, context, { address: decoded.address, maxTransactions: 100, order });
}
