/**
 * The chainstate, the blocks, the wallets and the pool as they are, or with `?at=` and `?atEvent=` as they were. The
 * services answer both by the same queries; here a moment becomes a position of each log.
 */
import Type, { type Static } from 'typebox';
import { blockHashOf, blockSize, decodeBlock, txidOf } from '@pocket/chain';
import {
  BlockList,
  blockRange,
  ChainstateInfo,
  ChainstateView,
  ChainTipView,
  coinRange,
  moment,
  MomentQuery,
  PoolEntryView,
  WalletEntry,
  type BlockEntry,
  type BlockPage,
  type BlockView,
  type WalletView,
} from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import { sendProblem, type HttpServer } from '@pocket/service-kit';
import { asker } from './asker.ts';
import type { Services } from './services.ts';

const BlockQuery = Type.Object({ ...moment, ...blockRange }, { additionalProperties: false });
const CoinQuery = Type.Object({ ...moment, ...coinRange }, { additionalProperties: false });

const chainstateRoute = { schema: { querystring: CoinQuery, response: { 200: ChainstateView } } };
const blocksRoute = { schema: { querystring: BlockQuery, response: { 200: BlockList } } };
const walletsRoute = { schema: { querystring: MomentQuery, response: { 200: Type.Array(WalletEntry) } } };
const tipsRoute = { schema: { querystring: MomentQuery, response: { 200: Type.Array(ChainTipView) } } };
const infoRoute = { schema: { querystring: MomentQuery, response: { 200: ChainstateInfo } } };
const poolRoute = { schema: { querystring: MomentQuery, response: { 200: Type.Array(PoolEntryView) } } };

export function addState(fastify: HttpServer, services: Services): void {
  const ask = asker(services);
  fastify.get('/chainstate', chainstateRoute, async ({ context, query }, reply) => {
    const { limit, after } = query;
    const page = { limit: String(limit), ...(after === undefined ? {} : { after }) };
    const answer = await ask<ChainstateView>(context, query, 'chainstate', '/state', page);
    return answer.ok ? answer.value : sendProblem(reply, answer.problem);
  });
  fastify.get('/blocks', blocksRoute, async ({ context, query }, reply) => {
    const page = { from: String(query.from), limit: String(query.limit) };
    const answer = await ask<BlockPage>(context, query, 'chainstate', '/blocks/page', page);
    if (!answer.ok) return sendProblem(reply, answer.problem);
    return { blocks: answer.value.blocks.map(blockEntry), next: answer.value.next };
  });
  fastify.get('/wallets', walletsRoute, async ({ context, query }, reply) => {
    const answer = await ask<WalletView[]>(context, query, 'wallet', '/wallets');
    return answer.ok ? answer.value.map(walletEntry) : sendProblem(reply, answer.problem);
  });
  fastify.get('/chain/tips', tipsRoute, async ({ context, query }, reply) => {
    const answer = await ask<ChainTipView[]>(context, query, 'chainstate', '/tips');
    return answer.ok ? answer.value : sendProblem(reply, answer.problem);
  });
  fastify.get('/chainstate/info', infoRoute, async ({ context, query }, reply) => {
    const answer = await ask<ChainstateInfo>(context, query, 'chainstate', '/info');
    return answer.ok ? answer.value : sendProblem(reply, answer.problem);
  });
  fastify.get('/pool', poolRoute, async ({ context, query }, reply) => {
    const answer = await ask<Static<typeof PoolEntryView>[]>(context, query, 'tx-pool', '/transactions');
    return answer.ok ? answer.value : sendProblem(reply, answer.problem);
  });
}

/** A block as `/v1` tells it. */
export function blockEntry({ blockHash, height, hex, firstSeen }: BlockView): BlockEntry {
  const decoded = decodeBlock(hexToBytes(hex));
  if (!decoded.ok) throw new Error(`block ${blockHash} cannot be read: ${decoded.message}`);
  const { header, transactions } = decoded.block;
  return {
    hash: blockHashOf(header),
    height,
    previousHash: header.previousBlockHash,
    time: header.time,
    bits: header.bits.toString(16).padStart(8, '0'),
    nonce: header.nonce,
    txids: transactions.map(txidOf),
    sizeBytes: blockSize(decoded.block),
    hex,
    firstSeen,
  };
}

/** A private key is no part of what a wallet tells here. */
function walletEntry({ address, publicKey, balance, locked }: WalletView): WalletEntry {
  return { address, publicKey, balance, locked };
}
