/** HTTP ↔ command and query, nothing else. */
import { randomUUID } from 'node:crypto';
import Type from 'typebox';
import { PaymentRequests, WalletView } from '@pocket/contracts';
import { asOf, refuse, type EventService, type Moments } from '@pocket/service-kit';
import { rememberingVault, type KeyVault } from './key-vault.ts';
import { createWallets } from './new-wallets.ts';
import { pay, type PaymentParts } from './payments.ts';
import { readWallet, readWallets } from './queries.ts';
import type { PrismaClient, Reader } from './store.ts';

interface ApiParts extends PaymentParts, Pick<EventService, 'fastify'> {
  client: PrismaClient;
  moments: Moments<Reader, PrismaClient>;
  vault: KeyVault;
  revealPrivateKeys: boolean;
}

export function addApi(parts: ApiParts): void {
  const { fastify, client, moments, writer, vault } = parts;
  const shown = rememberingVault(vault);
  fastify.get('/wallets', listRoute, async (request, reply) => {
    // Keys are not of any moment: they are only shown with what is.
    const reveal = parts.revealPrivateKeys && request.query.asOf === undefined;
    return moments.answer(request, reply, (reader) => readWallets(reader, shown, reveal));
  });
  fastify.get('/wallets/:address', walletRoute, async (request, reply) => {
    const { address } = request.params;
    return (
      (await readWallet(client, vault, address)) ??
      refuse(reply, 'unknown-wallet', `${address} is no wallet of this system`)
    );
  });
  fastify.post('/wallets', newWalletsRoute, async (request, reply) =>
    reply.code(201).send({ addresses: await createWallets(parts, request.context, request.body.count) }),
  );
  fastify.delete('/wallets', async (request, reply) => {
    const { position } = await writer.execute(
      { type: 'ForgetWallets', requestId: randomUUID() },
      request.context.metadata,
    );
    request.context.wrote('wallet', position);
    return reply.code(204).send();
  });
  fastify.post('/payments', paymentRoute, (request, reply) => {
    const empty = request.body.find(({ amount }) => /^0+$/.test(amount));
    if (empty !== undefined) return refuse(reply, 'invalid-request', 'amount must be at least 1 base unit');
    return pay(parts, request.context, request.body);
  });
}

const newWalletsRoute = {
  schema: {
    body: Type.Object({ count: Type.Integer({ minimum: 1, maximum: 100 }) }, { additionalProperties: false }),
    response: { 201: Type.Object({ addresses: Type.Array(Type.String()) }) },
  },
};
const awaits = ['chainstate' as const];
const listRoute = {
  schema: { querystring: Type.Object(asOf), response: { 200: Type.Array(WalletView) } },
  config: { awaits },
};
const walletRoute = {
  schema: { params: Type.Object({ address: Type.String() }), response: { 200: WalletView } },
  config: { awaits },
};
const paymentRoute = { schema: { body: PaymentRequests }, config: { awaits } };
