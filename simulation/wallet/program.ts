/** The wallet service without Postgres, NATS and sockets: what app.ts and api.ts put together of it. */
import { randomUUID } from 'node:crypto';
import { problem, type Cause, type PaymentRequest } from '@pocket/contracts';
import { logOf, type Answer } from '@pocket/service-kit';
import { createKeyVault } from '../../services/wallet/src/key-vault.ts';
import { createWallets } from '../../services/wallet/src/new-wallets.ts';
import { keepHandingOver, pay, type PaymentParts } from '../../services/wallet/src/payments.ts';
import { HAND_OVER_LIMIT, type HandedOver } from '../../services/wallet/src/queries.ts';
import { subscriptionsOf } from '../../services/wallet/src/subscriptions.ts';
import type { Session } from '../world/database.ts';
import { logger, type Program, type ProgramParts } from '../world/replica.ts';
import type { Request, Route } from '../world/wire.ts';
import { viewOf, waitingPayments, type WalletTables } from './tables.ts';
import { createWalletWriter, type WalletWriter } from './writer.ts';

const vault = createKeyVault(new Uint8Array(32).fill(7));
type Parts = ProgramParts<WalletTables>;

export interface WalletSettings {
  /** Whether a leader hands over again what the pool has not acknowledged. */
  handsOver: boolean;
}

export function buildWallet(parts: Parts, { handsOver }: WalletSettings): Promise<Program> {
  const { session, log, life, wire, progress } = parts;
  const writer = createWalletWriter(session, log, vault);
  const [pool, chainstate] = [wire.client(life, 'tx-pool'), wire.client(life, 'chainstate')];
  const payments: PaymentParts = { handedOver: handedOver(session), writer, pool, node: { progress }, logger };
  return Promise.resolve({
    routes: routesOf(parts, writer, payments),
    sources: subscriptionsOf(writer, { chainstate: logOf(chainstate), 'tx-pool': logOf(pool) }),
    duty: handsOver ? () => keepHandingOver(payments) : () => () => undefined,
  });
}

function handedOver(session: Session<WalletTables>): HandedOver {
  return {
    missing: (before) =>
      session.read((tables) =>
        waitingPayments(tables)
          .filter(({ accepted, waitingSince }) => !accepted && waitingSince < before.getTime())
          .slice(0, HAND_OVER_LIMIT)
          .map(({ txid, hex }) => ({ txid, hex, cause: causeOf(session, txid) })),
      ),
    mark: (txids) =>
      session.write(({ payments }) => {
        for (const txid of txids) {
          const payment = payments.get(txid);
          if (payment !== undefined) payments.set(txid, { ...payment, accepted: true });
        }
      }),
  };
}

/** The event of its last signing. */
function causeOf({ database }: Session<WalletTables>, txid: string): Cause {
  const signed = database.events.findLast(
    ({ type, data }) => type === 'PaymentSigned' && (data as { txid: string }).txid === txid,
  );
  if (signed === undefined) throw new Error(`payment ${txid} was never signed`);
  return { eventId: signed.eventId, correlationId: signed.metadata.correlationId };
}

function routesOf({ session }: Parts, writer: WalletWriter, payments: PaymentParts): Route[] {
  return [
    { method: 'GET', path: '/wallets', awaits: ['chainstate'], handle: () => listWallets(session) },
    {
      method: 'GET',
      path: '/wallets/:address',
      awaits: ['chainstate'],
      handle: (request) => readWallet(session, request),
    },
    { method: 'POST', path: '/wallets', handle: (request) => newWallets(writer, request) },
    { method: 'DELETE', path: '/wallets', handle: (request) => forgetWallets(writer, request) },
    {
      method: 'POST',
      path: '/payments',
      awaits: ['chainstate'],
      handle: async ({ context, body }) => ({
        ok: true,
        value: await pay(payments, context, body as PaymentRequest[]),
      }),
    },
  ];
}

async function listWallets(session: Session<WalletTables>): Promise<Answer<unknown>> {
  const value = await session.read((tables) => [...tables.wallets.values()].map((row) => viewOf(tables, row)));
  return { ok: true, value };
}

async function readWallet(session: Session<WalletTables>, { params }: Request): Promise<Answer<unknown>> {
  const address = params['address'] ?? '';
  const value = await session.read((tables) => {
    const row = tables.wallets.get(address);
    return row === undefined ? undefined : viewOf(tables, row);
  });
  if (value !== undefined) return { ok: true, value };
  return { ok: false, problem: problem('unknown-wallet', `${address} is no wallet of this system`) };
}

async function newWallets(writer: WalletWriter, { context, body }: Request): Promise<Answer<unknown>> {
  const { count } = body as { count: number };
  return { ok: true, value: { addresses: await createWallets({ writer, vault }, context, count) } };
}

async function forgetWallets(writer: WalletWriter, { context }: Request): Promise<Answer<unknown>> {
  const { position } = await writer.execute({ type: 'ForgetWallets', requestId: randomUUID() }, context.metadata);
  context.wrote('wallet', position);
  return { ok: true, value: undefined };
}
