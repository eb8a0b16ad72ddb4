/** HTTP ↔ command and query, nothing else. */
import { randomUUID } from 'node:crypto';
import Type from 'typebox';
import { decodeBlock, networks } from '@pocket/chain';
import { AddressView, BlockReceipt, BlockSubmission, BlockView, ChainView, CoinView, TipView } from '@pocket/contracts';
import { decodeAddress, hexToBytes } from '@pocket/crypto';
import { refuse, type EventService } from '@pocket/service-kit';
import { readAddress, readBlocks, readCoins, readTip } from './queries.ts';
import type { ChainWriter, PrismaClient } from './store.ts';

interface ApiParts extends Pick<EventService, 'fastify' | 'node'> {
  client: PrismaClient;
  writer: ChainWriter;
}

export function addApi({ fastify, client, writer }: ApiParts): void {
  fastify.get('/tip', { schema: { response: { 200: TipView } } }, async (request, reply) => {
    const read = await readTip(client);
    if (read === undefined) return refuse(reply, 'service-unavailable', 'no chain has been started yet');
    request.context.wrote('chainstate', read.position);
    return read.tip;
  });
  fastify.get('/blocks', { schema: { response: { 200: Type.Array(BlockView) } } }, () => readBlocks(client));
  fastify.get('/coins', { schema: { response: { 200: Type.Array(CoinView) } } }, () => readCoins(client));
  fastify.get('/addresses/:address', addressRoute, async (request, reply) => {
    const decoded = decodeAddress(request.params.address, networks.pocket.addressVersion);
    if (!decoded.ok) return refuse(reply, 'invalid-address', decoded.message);
    return readAddress(client, request.params.address);
  });
  fastify.post(
    '/blocks',
    { schema: { body: BlockSubmission, response: { 201: BlockReceipt } } },
    async (request, reply) => {
      const { chainId, hex, firstSeen } = request.body;
      const decoded = decodeBlock(hexToBytes(hex));
      if (!decoded.ok) return refuse(reply, 'block-refused', decoded.message, decoded.code);
      const now = Math.floor(Date.now() / 1000);
      const command = { type: 'ConnectBlock' as const, chainId, block: decoded.block, firstSeen, now };
      const { reply: answer, position } = await writer.execute(command, request.context.metadata);
      if (!answer.ok)
        return refuse(
          reply,
          staleCodes.has(answer.code) ? 'stale-template' : 'block-refused',
          answer.message,
          answer.code,
        );
      request.context.wrote('chainstate', position);
      return reply.code(201).send({ blockHash: answer.blockHash ?? '', height: answer.height ?? 0, chainId });
    },
  );
  fastify.post('/chains', { schema: { response: { 201: ChainView } } }, async (request, reply) => {
    const command = { type: 'StartChain' as const, chainId: randomUUID(), network: networks.pocket, onlyFirst: false };
    const { position } = await writer.execute(command, request.context.metadata);
    request.context.wrote('chainstate', position);
    return reply.code(201).send({ chainId: command.chainId });
  });
}

/** Refusals that only say that somebody else was faster. */
const staleCodes = new Set<string>(['bad-prevblk', 'wrong-chain']);
const addressRoute = {
  schema: { params: Type.Object({ address: Type.String() }), response: { 200: AddressView } },
};
