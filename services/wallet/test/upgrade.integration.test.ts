/** A database of the service before payments were kept: nothing of it is lost when a newer one starts on it. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { applyMigrations } from '@pocket/eventstore';
import { createDatabase } from '@pocket/stack';
import '@pocket/testkit';
import { createKeyVault } from '../src/key-vault.ts';
import { readWallets } from '../src/queries.ts';
import { openClient, type PrismaClient } from '../src/store.ts';

const vault = createKeyVault(new Uint8Array(32).fill(7));
const migrations = new URL('../prisma/migrations', import.meta.url);

let database: Awaited<ReturnType<typeof createDatabase>>;
let client: PrismaClient;

beforeEach(async () => {
  database = await createDatabase({ databaseUrl: inject('servers').databaseUrl });
  client = openClient(database.databaseUrl);
});
afterEach(async () => {
  await client.$disconnect();
  await database.drop();
});

const migrate = (directory: URL) => applyMigrations({ databaseUrl: database.databaseUrl, schema: 'wallet', directory });

/** What the service before this migration had of one wallet with a confirmed, a failed and a waiting payment. */
const FORMER_WALLET = 'mhTzTwe7hAGmcNvJuVLpvGw9s31xBs94Bz';
const formerPayment = (txid: string, paymentId: string) => ({
  txid,
  paymentId,
  from: FORMER_WALLET,
  to: 'b',
  hex: '00',
});
const FORMER_PAYMENTS = [
  formerPayment('aa', '725a5613-b02f-49c8-a471-bf8b81108bd1'),
  formerPayment('cc', '725a5613-b02f-49c8-a471-bf8b81108bd2'),
  formerPayment('dd', '725a5613-b02f-49c8-a471-bf8b81108bd3'),
] as const;
const FORMER_EVENTS = [
  { type: 'WalletCreated', data: { address: FORMER_WALLET, publicKey: '02' } },
  { type: 'PaymentSigned', data: { ...FORMER_PAYMENTS[0], amount: '3' } },
  { type: 'PaymentConfirmed', data: { ...FORMER_PAYMENTS[0], blockHash: 'bb', height: 4 } },
  { type: 'PaymentSigned', data: { ...FORMER_PAYMENTS[1], amount: '3' } },
  { type: 'PaymentFailed', data: { ...FORMER_PAYMENTS[1], amount: '3' } },
  { type: 'PaymentSigned', data: { ...FORMER_PAYMENTS[2], amount: '3' } },
];

async function writeFormerRows(): Promise<void> {
  const { txid, paymentId, hex } = FORMER_PAYMENTS[2];
  const stream = `wallet-${FORMER_WALLET}`;
  await client.$executeRaw`INSERT INTO wallets (address, public_key, ordinal, version, balance, payment_id, txid)
    VALUES (${FORMER_WALLET}, '02', 1, 6, 7, ${paymentId}::uuid, ${txid})`;
  await client.$executeRaw`INSERT INTO payments (payment_id, "from", "to", amount, txid, hex, signed_at)
    VALUES (${paymentId}::uuid, ${FORMER_WALLET}, 'b', 3, ${txid}, ${hex}, now())`;
  await client.$executeRaw`INSERT INTO coins (txid, vout, address, value, height, script_pub_key, coinbase)
    VALUES ('ee', 0, ${FORMER_WALLET}, 7, 4, '', true)`;
  for (const [index, { type, data }] of FORMER_EVENTS.entries())
    await client.$executeRaw`INSERT INTO events (position, event_id, stream, version, type, schema_version, data, metadata, recorded_at)
      VALUES (${index + 1}, ${crypto.randomUUID()}::uuid, ${stream}, ${index + 1}, ${type}, 1, ${JSON.stringify(data)}::json,
              '{}', now())`;
}

describe('an upgrade', () => {
  it('keeps waiting payments waiting, and finds the settled ones in the log', async () => {
    const former = await mkdtemp(join(tmpdir(), 'wallet-migrations-'));
    const name = '20261123000000_initial';
    await cp(new URL(`../prisma/migrations/${name}`, import.meta.url), join(former, name), { recursive: true });
    await migrate(pathToFileURL(former));
    await rm(former, { recursive: true });
    await writeFormerRows();
    await migrate(migrations);
    const payments = await client.payment.findMany({ orderBy: { txid: 'asc' } });
    const [confirmed, failed, waiting] = FORMER_PAYMENTS;
    expect(payments).toMatchObject([
      { ...confirmed, amount: 3n, status: 'confirmed', blockHash: 'bb', height: 4 },
      { ...failed, amount: 3n, status: 'failed', blockHash: null, height: null },
      { ...waiting, amount: 3n, status: 'waiting', blockHash: null, height: null },
    ]);
    expect(payments.every(({ signedAt, waitingSince }) => signedAt.getTime() === waitingSince.getTime())).toBe(true);
    expect((await readWallets(client, vault, false)).map(({ locked }) => locked)).toEqual([true]);
    expect(await client.chain.findMany()).toEqual([{ id: 1, network: 'pocket', coinbaseMaturity: 0, nextHeight: 5 }]);
  });
});
