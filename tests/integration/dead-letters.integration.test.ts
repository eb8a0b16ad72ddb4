/**
 * A log of a newer version, on two replicas of every service: the event becomes a dead letter that names what cannot be
 * read, readiness turns false, the command lists, shows and replays it, and once it can be read it goes through, with
 * everything behind it. A service's own log of a newer version keeps it from starting.
 */
import { randomUUID } from 'node:crypto';
import { eventually, followedLogs, logHeads, OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditChain } from './chain-audit.ts';
import { appendForeign, setVersion } from './foreign-pen.ts';
import { NodeClient } from './node-client.ts';
import { operatorsProgram } from './operators-program.ts';
import { post } from './outsider.ts';

const WITHIN_MS = 30_000;

let stack: TestStack;
let api: OriginalClient;
let gateways: NodeClient[];

beforeAll(async () => {
  stack = await startTestStack({ replicas: 2 });
  api = new OriginalClient(stack.url);
  gateways = stack.urls.map((url) => new NodeClient(url));
  await api.resetSystem();
  return () => stack.stop();
});

const ask = (method: 'GET' | 'POST', path: string, gateway = 0) =>
  (gateways[gateway] as NodeClient).send<Record<string, unknown>>(method, path);

async function readiness(name: string): Promise<{ ready: boolean; missing: string[] }> {
  return (await (await fetch(`${stack.urlOf(name)}/readyz`)).json()) as { ready: boolean; missing: string[] };
}

/** Runs `npm run dead-letters` with these words. */
const command = (...words: string[]) => operatorsProgram('dead-letters', {}, ...words);

/** A failed payment as a newer wallet would tell of it. */
function failedPayment(schemaVersion: number) {
  const data = {
    paymentId: randomUUID(),
    from: 'somebody',
    to: 'nobody',
    amount: '100000000',
    txid: null,
    reason: { code: 'unknown-wallet', message: 'told by a newer wallet' },
  };
  return { stream: `payment-${data.paymentId}`, type: 'PaymentFailed', schemaVersion, data };
}

describe('an event of a newer version', () => {
  const ERROR = 'UnreadableEventError: PaymentFailed version 2 is newer than this code, which reads up to 1';
  let position: number;
  let obstacle: string;

  it('stops who follows, readiness names it on every replica, and the rest goes on', async () => {
    expect(await ask('GET', '/v1/dead-letters')).toMatchObject({ status: 200, body: [] });
    position = await appendForeign(stack, 'wallet', failedPayment(2));
    obstacle = `event ${position} of wallet could not be applied (${ERROR}); see /v1/dead-letters`;
    for (const replica of ['tx-pool', 'tx-pool-2'])
      await eventually(
        async () => expect(await readiness(replica)).toMatchObject({ ready: false, missing: [obstacle] }),
        { withinMs: WITHIN_MS },
      );
    for (const gateway of ['gateway', 'gateway-2'])
      expect(await readiness(gateway)).toMatchObject({ ready: false, missing: [`tx-pool: ${obstacle}`] });
    expect(await readiness('wallet')).toMatchObject({ ready: true, missing: [] });
    const [first = ''] = (await api.getWallets()).map(({ address }) => address);
    expect(await api.mineBlock(first, 10)).toEqual({ data: 'Block is mined', error: null });
  });

  it('is listed and shown whole', async () => {
    const letter = {
      service: 'tx-pool',
      source: 'wallet',
      position,
      type: 'PaymentFailed',
      schemaVersion: 2,
      error: ERROR,
      attempts: 5,
      recordedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    };
    for (const gateway of [0, 1]) {
      expect((await ask('GET', '/v1/dead-letters', gateway)).body).toEqual([letter]);
      expect((await ask('GET', '/v1/dead-letters?service=tx-pool', gateway)).body).toEqual([letter]);
    }
    expect((await ask('GET', '/v1/dead-letters?service=wallet')).body).toEqual([]);
    const shown = await ask('GET', `/v1/dead-letters/tx-pool/wallet/${position}`);
    expect(shown).toMatchObject({ status: 200, body: letter });
    expect(shown.body['event']).toMatchObject({
      position,
      type: 'PaymentFailed',
      schemaVersion: 2,
      data: { from: 'somebody', reason: { message: 'told by a newer wallet' } },
      metadata: { correlationId: 'a-newer-version' },
    });
  });

  it('fails again as long as it cannot be read, whichever gateway and replica is asked', async () => {
    const refusal = { status: 422, code: 'replay-failed', detail: `event ${position} of wallet: ${ERROR}` };
    const replay = '/v1/dead-letters/tx-pool/wallet/replay';
    expect(await ask('POST', replay, 1)).toMatchObject({ body: refusal });
    for (const replica of ['tx-pool', 'tx-pool-2'])
      expect(await post(`${stack.urlOf(replica)}/dead-letters/wallet/replay`, {})).toMatchObject({ body: refusal });
    expect((await ask('GET', '/v1/dead-letters')).body).toMatchObject([{ position, attempts: 20 }]);
  });

  it('is listed, shown and replayed by the command, which says no by its exit code', async () => {
    const [listed, shown, replayed] = await Promise.all([
      command('--url', stack.url),
      command('show', 'tx-pool', 'wallet', String(position), '--url', stack.url),
      command('replay', 'tx-pool', 'wallet', '--url', `${stack.url}/`),
    ]);
    expect(listed).toMatchObject({ code: 0, failed: '' });
    expect(listed.printed).toContain(`tx-pool could not apply event ${position} of wallet: PaymentFailed version 2\n`);
    expect(listed.printed).toContain(`  ${ERROR}\n`);
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.printed).toContain('"message": "told by a newer wallet"');
    expect(replayed).toMatchObject({ code: 1, printed: '' });
    expect(replayed.failed).toBe(
      `event ${position} of wallet: ${ERROR}. Mend what the detail names, then replay it again.\n`,
    );
  });

  it('goes through once it can be read, and nothing behind it is lost', async () => {
    const behind = await appendForeign(stack, 'wallet', failedPayment(1));
    expect(behind).toBeGreaterThan(position);
    await setVersion(stack, 'wallet', position, 1);
    expect(await command('replay', 'tx-pool', 'wallet', '--url', stack.url)).toMatchObject({
      code: 0,
      printed: `tx-pool has applied event ${position} of wallet and goes on behind it.\n`,
    });
    expect((await ask('GET', '/v1/dead-letters')).body).toEqual([]);
    for (const name of ['tx-pool', 'tx-pool-2', 'gateway', 'gateway-2'])
      expect(await readiness(name)).toMatchObject({ ready: true, missing: [] });
    await eventually(() => followedLogs(stack), { withinMs: WITHIN_MS });
    const listed = (await api.getPool()).filter(({ error }) => error);
    expect(listed.filter(({ fromAddr }) => fromAddr === 'somebody')).toHaveLength(2);
    await auditChain(stack);
  });

  it('is then nothing to replay or to show', async () => {
    expect(await ask('POST', '/v1/dead-letters/tx-pool/wallet/replay')).toMatchObject({
      status: 404,
      body: { code: 'no-dead-letter', detail: 'no event of wallet waits here' },
    });
    expect(await ask('GET', `/v1/dead-letters/tx-pool/wallet/${position}`)).toMatchObject({
      status: 404,
      body: { code: 'no-dead-letter', detail: `event ${position} of wallet does not wait here; none does` },
    });
    expect(await command('--url', stack.url)).toMatchObject({
      code: 0,
      printed: 'There is none: every event could be applied.\n',
    });
  });
});

describe('what nobody can answer', () => {
  it.each([
    ['GET', '/v1/dead-letters?service=mint', 400, 'service must be wallet or tx-pool or miner or chainstate, not'],
    ['GET', '/v1/dead-letters?limit=3', 400, 'the query has "limit"; it takes'],
    ['GET', '/v1/dead-letters/mint/wallet/1', 400, 'service must be wallet or tx-pool or miner or chainstate, not'],
    ['GET', '/v1/dead-letters/wallet/chainstate/0', 400, 'position must be a whole number from 1, not'],
    ['GET', '/v1/dead-letters/wallet/chainstate/x', 400, 'position must be a whole number from 1, not'],
    ['GET', '/v1/dead-letters/miner/wallet/1', 404, 'this service does not follow wallet; it follows no log'],
    ['POST', '/v1/dead-letters/wallet/wallet/replay', 404, 'it follows chainstate, tx-pool'],
    ['POST', '/v1/dead-letters', 405, 'does not take POST, it takes GET, HEAD'],
    ['GET', '/v1/dead-letters/wallet/chainstate/replay', 405, 'does not take GET, it takes POST'],
  ] as const)('%s %s is %i', async (method, path, status, detail) => {
    const before = await logHeads(stack);
    const answer = await ask(method, path);
    expect(answer.status).toBe(status);
    expect(answer.body['detail']).toContain(detail);
    expect(await logHeads(stack)).toEqual(before);
  });

  it('is said by the command with what to do', async () => {
    const [nobody, incomplete, nonsense, strange] = await Promise.all([
      command('--url', 'http://127.0.0.1:2999'),
      command('replay', 'tx-pool'),
      command('--url', 'nonsense'),
      command('show', 'mint', 'wallet', '1', '--url', stack.url),
    ]);
    expect(nobody).toMatchObject({ code: 2, printed: '' });
    expect(nobody.failed).toBe(
      'No Pocket-Blockchain answers at http://127.0.0.1:2999 (ECONNREFUSED). Start it with "npm start", or say where it is with --url.\n',
    );
    expect(incomplete).toMatchObject({ code: 1, failed: "error: missing required argument 'source'\n" });
    expect(nonsense).toMatchObject({ code: 1 });
    expect(nonsense.failed).toContain('It must be of the form http://name:port.');
    expect(strange).toMatchObject({ code: 1 });
    expect(strange.failed).toContain('service must be wallet or tx-pool or miner or chainstate, not');
  });
});

describe('a log of a newer version', () => {
  it('stops everybody who follows it, by name', async () => {
    const newer = { stream: 'chain', type: 'BlockPruned', schemaVersion: 1, data: {} };
    const position = await appendForeign(stack, 'chainstate', newer);
    const error = 'UnreadableEventError: chainstate has no event type BlockPruned';
    await eventually(
      async () =>
        expect((await ask('GET', '/v1/dead-letters')).body).toMatchObject([
          { service: 'wallet', source: 'chainstate', position, type: 'BlockPruned', error },
          { service: 'tx-pool', source: 'chainstate', position, type: 'BlockPruned', error },
        ]),
      { withinMs: WITHIN_MS },
    );
  });

  it('is written to by nobody who cannot read it', async () => {
    const before = await logHeads(stack);
    const answer = await post(`${stack.urlOf('chainstate')}/chains`, {});
    expect(answer).toMatchObject({ status: 503, body: { code: 'newer-log' } });
    expect((answer.body as { detail: string }).detail).toBe(
      `event ${before.chainstate} of the log of chainstate cannot be read by this version: chainstate has no event type BlockPruned`,
    );
    expect(await logHeads(stack)).toEqual(before);
  });

  it('keeps its own service from starting, with one sentence', async () => {
    const chainstate = stack.process('chainstate');
    const { chainstate: head } = await logHeads(stack);
    await chainstate.kill('SIGKILL');
    const failure = await chainstate.start().then(
      () => undefined,
      (error: unknown) => error as { details: string[] },
    );
    expect(failure?.details.join('\n')).toBe(
      `chainstate: The log of chainstate was written by a newer version: at its event ${head}, chainstate has no event type BlockPruned. Start the version that wrote it, or begin with empty data.`,
    );
  });
});
