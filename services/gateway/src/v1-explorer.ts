/** What an explorer asks: one block, one transaction, what an address has had, the tree of all known blocks. */
import Type from 'typebox';
import { ADDRESS_VERSION, transactionSize, decodeTransaction } from '@pocket/chain';
import {
  AddressHistory,
  BlockDetail,
  BranchList,
  branchRange,
  historyRange,
  moment,
  MomentQuery,
  TransactionDetail,
  type PoolEntryView,
  type StandingBlock,
} from '@pocket/contracts';
import { decodeAddress, hexToBytes } from '@pocket/crypto';
import { refuse, sendProblem, type HttpServer } from '@pocket/service-kit';
import { asker } from './asker.ts';
import type { Services } from './services.ts';
import { blockEntry } from './v1-state.ts';

const HashOfAnyCase = Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: '64 hex digits' });
const blockRoute = {
  schema: {
    params: Type.Object({ hash: HashOfAnyCase }),
    querystring: MomentQuery,
    response: { 200: BlockDetail },
  },
};
const transactionRoute = {
  schema: {
    params: Type.Object({ txid: HashOfAnyCase }),
    querystring: MomentQuery,
    response: { 200: TransactionDetail },
  },
};
const historyRoute = {
  schema: {
    params: Type.Object({ address: Type.String() }),
    querystring: Type.Object({ ...moment, ...historyRange }, { additionalProperties: false }),
    response: { 200: AddressHistory },
  },
};
const branchesRoute = {
  schema: {
    querystring: Type.Object({ ...moment, ...branchRange }, { additionalProperties: false }),
    response: { 200: BranchList },
  },
};

export function addExplorer(fastify: HttpServer, services: Services): void {
  const ask = asker(services);
  fastify.get('/blocks/:hash', blockRoute, async ({ context, params, query }, reply) => {
    const path = `/blocks/${params.hash.toLowerCase()}`;
    const answer = await ask<StandingBlock>(context, query, 'chainstate', path);
    if (!answer.ok) return sendProblem(reply, answer.problem);
    const { onBestChain, confirmations, invalid, nextHash, spent } = answer.value;
    return { ...blockEntry(answer.value), onBestChain, confirmations, invalid, nextHash, spent };
  });
  fastify.get('/addresses/:address/transactions', historyRoute, async ({ context, params, query }, reply) => {
    const decoded = decodeAddress(params.address, ADDRESS_VERSION);
    if (!decoded.ok) return refuse(reply, 'invalid-address', `${params.address}: ${decoded.message}`);
    const { limit, before } = query;
    const page = { limit: String(limit), ...(before === undefined ? {} : { before: String(before) }) };
    const path = `/addresses/${encodeURIComponent(params.address)}/history`;
    const answer = await ask<AddressHistory>(context, query, 'chainstate', path, page);
    return answer.ok ? answer.value : sendProblem(reply, answer.problem);
  });
  fastify.get('/chain/branches', branchesRoute, async ({ context, query }, reply) => {
    const page = { from: String(query.from), limit: String(query.limit) };
    const answer = await ask<BranchList>(context, query, 'chainstate', '/branches', page);
    return answer.ok ? answer.value : sendProblem(reply, answer.problem);
  });
  addTransaction(fastify, services);
}

/** On the best chain, else in the pool. */
function addTransaction(fastify: HttpServer, services: Services): void {
  const ask = asker(services);
  fastify.get('/transactions/:txid', transactionRoute, async ({ context, params, query }, reply) => {
    const txid = params.txid.toLowerCase();
    const path = `/transactions/${txid}`;
    const confirmed = await ask<TransactionDetail>(context, query, 'chainstate', path);
    if (confirmed.ok) return confirmed.value;
    if (confirmed.problem.code !== 'not-found') return sendProblem(reply, confirmed.problem);
    const waiting = await ask<PoolEntryView>(context, query, 'tx-pool', path);
    if (waiting.ok) return waitingDetail(txid, waiting.value);
    if (waiting.problem.code !== 'not-found') return sendProblem(reply, waiting.problem);
    return refuse(reply, 'not-found', `the transaction ${txid} is neither on the best chain nor in the pool`);
  });
}

function waitingDetail(txid: string, { hex, fee, receivedAt }: PoolEntryView): TransactionDetail {
  const decoded = decodeTransaction(hexToBytes(hex ?? ''));
  if (!decoded.ok) throw new Error(`the transaction ${txid} of the pool cannot be read: ${decoded.message}`);
  return {
    txid,
    hex: hex ?? '',
    sizeBytes: transactionSize(decoded.transaction),
    block: null,
    confirmations: null,
    firstSeen: receivedAt,
    fee,
    spent: null,
    spentBy: decoded.transaction.outputs.map(() => null),
  };
}
