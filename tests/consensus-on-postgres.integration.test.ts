/**
 * Every consensus scenario on Postgres: chainstate and pool with their own tables, the pool fed from the chain's log, no
 * HTTP and no NATS between them.
 */
import pino from 'pino';
import { decodeBlock, decodeTransaction, networks, txidOf } from '@pocket/chain';
import { hexToBytes } from '@pocket/crypto';
import { applyMigrations, EventLog } from '@pocket/eventstore';
import { contextOfOwn } from '@pocket/service-kit';
import { createDatabase } from '@pocket/stack';
import '@pocket/testkit';
import { ChainLab, play, scenarios, submitBase, type Judge, type Verdict } from '@pocket/testkit/consensus';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { execute, submitBlock, type ChainParts } from '../services/chainstate/src/chain.ts';
import { readInfo } from '../services/chainstate/src/queries.ts';
import { createChainWriter, openClient as openChain, type PrismaClient } from '../services/chainstate/src/store.ts';
import { waitingBlocks } from '../services/chainstate/src/waiting.ts';
import { createPoolWriter, openClient as openPool, type PoolWriter } from '../services/tx-pool/src/store.ts';
import { chainCommand } from '../services/tx-pool/src/chain-events.ts';

const lab = new ChainLab(Math.floor(Date.now() / 1000));
const { metadata } = contextOfOwn();

let chain: ChainParts & { client: PrismaClient };
let chainLog: EventLog;
let pool: PoolWriter;
let followed = 0;

beforeAll(async () => {
  const database = await createDatabase({ databaseUrl: inject('servers').databaseUrl });
  for (const [schema, service] of Object.entries({ chainstate: 'chainstate', tx_pool: 'tx-pool' })) {
    const directory = new URL(`../services/${service}/prisma/migrations`, import.meta.url);
    await applyMigrations({ databaseUrl: database.databaseUrl, schema, directory });
  }
  const [chainClient, poolClient] = [openChain(database.databaseUrl), openPool(database.databaseUrl)];
  chainLog = new EventLog(chainClient);
  const { writer } = createChainWriter(chainClient, chainLog, 32_000_000);
  const now = () => Math.floor(Date.now() / 1000);
  const waiting = waitingBlocks(chainClient);
  chain = { client: chainClient, waiting, writer, logger: pino({ level: 'silent' }), now };
  pool = createPoolWriter(poolClient, new EventLog(poolClient));
  const network = networks['bitcoin-regtest'];
  await execute(chain, contextOfOwn(), { type: 'StartChain', chainId: 'chain-1', network, onlyFirst: true });
  await submitBase(lab, judge);
  return async () => {
    await Promise.all([chainClient.$disconnect(), poolClient.$disconnect()]);
    await database.drop();
  };
});

const judge: Judge = {
  async submitBlock(hex) {
    const decoded = decodeBlock(hexToBytes(hex));
    if (!decoded.ok) return decoded;
    const command = { type: 'SubmitBlock', block: decoded.block, hex, chainId: undefined, firstSeen: [] } as const;
    const reply = await submitBlock(chain, contextOfOwn(), { ...command, onlyOnTip: false, now: chain.now() });
    return reply.ok ? { ok: true, waits: reply.waitsFor !== null } : reply;
  },
  async submitTransaction(hex) {
    await follow();
    const decoded = decodeTransaction(hexToBytes(hex));
    if (!decoded.ok) return decoded;
    const { transaction } = decoded;
    const command = {
      type: 'SubmitTransaction',
      transaction,
      txid: txidOf(transaction),
      hex,
      now: Date.now(),
    } as const;
    return (await pool.execute(command, metadata)).reply as Verdict;
  },
  async tip() {
    const info = await readInfo(chain.client);
    return { height: info?.height ?? null, hash: info?.blockHash ?? null };
  },
};

/** Tells the pool what has become of the chain. */
async function follow(): Promise<void> {
  for (const event of await chainLog.read(followed)) {
    if (['ChainStarted', 'BlockConnected', 'BlockDisconnected'].includes(event.type))
      await pool.execute(chainCommand(event), metadata);
    followed = event.position;
  }
}

describe('on Postgres', () => {
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', async (_name, scenario) => {
    await play(scenario, lab, judge);
  });

  it('and after all of them the coins are what the subsidies were', async () => {
    const info = await readInfo(chain.client);
    expect(BigInt(info?.totalAmount ?? 0) + BigInt(info?.unclaimed ?? 0)).toBe(BigInt(info?.subsidies ?? -1));
  });
});
