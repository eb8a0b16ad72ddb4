/**
 * An event of an old version that really lies in a log: the chain's first event as it was written before networks had a
 * first block of their own. The chainstate starts on it, and everybody who follows it reads it, from the first event on.
 */
import { readFileSync } from 'node:fs';
import { sql, type RecordedEvent } from '@pocket/eventstore';
import { eventually, followedLogs, OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditChain } from './chain-audit.ts';
import { appendForeign, withTables } from './foreign-pen.ts';

const WITHIN_MS = 30_000;
const SAMPLE = new URL('../../libs/contracts/samples/chainstate.ChainStarted.v1.json', import.meta.url);

let stack: TestStack;
let api: OriginalClient;
let address: string;

beforeAll(async () => {
  stack = await startTestStack();
  api = new OriginalClient(stack.url);
  address = await api.newWallet();
  await api.mineBlock(address, 1);
  return () => stack.stop();
});

const all = () => [...stack.processes.values()];

async function firstEvent(): Promise<RecordedEvent> {
  const response = await fetch(`${stack.urlOf('chainstate')}/log?after=0&limit=1`);
  const [first] = (await response.json()) as RecordedEvent[];
  if (first === undefined) throw new Error('the chain has no event');
  return first;
}

/** What the old version wrote: the sample's data, of this chain. */
function asWrittenThen({ data }: RecordedEvent): unknown {
  const sample = JSON.parse(readFileSync(SAMPLE, 'utf8')) as { data: object };
  return { ...sample.data, chainId: (data as { chainId: string }).chainId };
}

describe('a chain that an old version has started', () => {
  it('is read by everybody, from its first event on', async () => {
    const first = await firstEvent();
    expect(first).toMatchObject({ type: 'ChainStarted', schemaVersion: 2, data: { parameters: { genesis: null } } });
    await Promise.all(all().map((process) => process.stop()));
    const old = JSON.stringify(asWrittenThen(first));
    expect(old).not.toContain('genesis');
    await withTables(stack, 'chainstate', (client) =>
      client.$executeRaw(sql`UPDATE events SET schema_version = 1, data = ${old}::json WHERE position = 1`),
    );
    // Who follows begins anew: with no table, no checkpoint, and a name under which JetStream has carried nothing to it.
    for (const schema of ['wallet', 'tx_pool'] as const)
      await withTables(stack, schema, (client) => client.$executeRawUnsafe(`DROP SCHEMA ${schema} CASCADE`));
    await Promise.all(all().map((process) => process.start()));
    expect(await firstEvent()).toMatchObject({ type: 'ChainStarted', schemaVersion: 1 });
    await eventually(() => followedLogs(stack), { withinMs: WITHIN_MS });
    expect(await (await fetch(`${stack.url}/v1/dead-letters`)).json()).toEqual([]);
    expect(await (await fetch(`${stack.url}/readyz`)).json()).toMatchObject({ ready: true, missing: [] });
  });

  it('goes on: wallets are paid, payments are mined', async () => {
    const [from, to] = [await api.newWallet(), await api.newWallet()];
    expect(await api.mineBlock(from, 1)).toEqual({ data: 'Block is mined', error: null });
    expect(await api.send(from, to, 4)).toEqual({ data: 'Transaction is added to pool', error: null });
    expect(await api.mineBlock(to, 1)).toEqual({ data: 'Block is mined', error: null });
    expect(await api.getWallets()).toMatchObject([
      { address: from, balance: 6 },
      { address: to, balance: 14 },
    ]);
    expect(await auditChain(stack)).toHaveLength(3);
    await eventually(() => followedLogs(stack), { withinMs: WITHIN_MS });
  });
});

describe('an event of a newer version in the log of a service that runs', () => {
  it('is named to whoever must write behind it, and to whoever waits for what lies behind it', async () => {
    const [{ address: touched } = { address: '' }, { address: other } = { address: '' }] = await api.getWallets();
    const newer = { stream: `wallet-${touched}`, type: 'PaymentFailed', schemaVersion: 99, data: {} };
    const position = await appendForeign(stack, 'wallet', newer);
    const unreadable = `PaymentFailed version 99 is newer than this code, which reads up to 1`;
    expect((await api.send(touched, other, 1)).error).toBe(
      `Service: event ${position} of the log of wallet cannot be read by this version: ${unreadable}`,
    );
    const ask = async (path: string) => (await (await fetch(`${stack.url}${path}`)).json()) as Record<string, string>;
    await eventually(async () => expect(await ask('/v1/dead-letters')).toHaveLength(1), { withinMs: WITHIN_MS });
    expect(await ask(`/v1/wallets?atEvent=wallet:${position}`)).toMatchObject({
      code: 'stopped',
      detail: `tx-pool has not applied event ${position} of wallet: event ${position} stops it (UnreadableEventError: ${unreadable})`,
      remedy: 'See GET /v1/dead-letters; mend its cause, then replay it.',
    });
  });

  it('leaves the other streams alone', async () => {
    expect(await api.newWallet()).toMatch(/^[1-9A-HJ-NP-Za-km-z]{26,35}$/);
  });
});
