/**
 * The whole system proved from its logs and rebuilt from them, while it runs: what is right is found right, whatever is
 * changed by hand is found and named, and a rebuild loses and doubles nothing however much is going on.
 */
import pg from 'pg';
import { OriginalClient, eventually, followedLogs, startTestStack, type TestStack } from '@pocket/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeReport } from '../../scripts/ledger/description.ts';
import { rebuild } from '../../scripts/ledger/rebuilding.ts';
import { ledgerServices } from '../../scripts/ledger/services.ts';
import { isRight, verifySystem } from '../../scripts/ledger/verification.ts';
import { auditChain } from './chain-audit.ts';
import { appendForeign } from './foreign-pen.ts';
import { NodeClient } from './node-client.ts';
import { operatorsProgram } from './operators-program.ts';

const WITHIN_MS = 30_000;

let stack: TestStack;
let api: OriginalClient;
let node: NodeClient;
let database: pg.Client;
/** Before anything was rebuilt. */
let migrated: unknown;

beforeAll(async () => {
  const replicas = { wallet: 2, 'tx-pool': 2, miner: 2, chainstate: 2 };
  stack = await startTestStack({ replicas, settings: { POCKET_STATE_HASH_EVERY: '15' } });
  api = new OriginalClient(stack.url);
  node = new NodeClient(stack.url);
  database = new pg.Client({ connectionString: stack.databaseUrl });
  await database.connect();
  migrated = await readSchemas();
  await liveAWhile();
  return async () => {
    await database.end();
    await stack.stop();
  };
});

/** Payments, refusals, blocks, a reorganization, a new chain, and more of it. */
async function liveAWhile(): Promise<void> {
  await payAndMine(3);
  const tip = (await api.getBlocks()).at(-1)?.hash ?? '';
  await node.operate('invalidate', tip);
  await payAndMine(3);
  await node.operate('reconsider', tip);
  await api.resetSystem();
  await payAndMine(4);
}

async function payAndMine(rounds: number): Promise<void> {
  if ((await api.getWallets()).length === 0) await api.resetSystem();
  const [first = '', second = '', third = ''] = (await api.getWallets()).map(({ address }) => address);
  for (let round = 0; round < rounds; round++) {
    await api.send(first, second, 1);
    await api.send(third, first, 100_000);
    expect((await api.mineBlock(third, 5)).error).toBeNull();
  }
}

const read = async <Row extends object>(text: string): Promise<Row[]> => (await database.query<Row>(text)).rows;
/** Of all services: tables and whether they outlive a crash, indexes, columns, constraints. */
const readSchemas = async () => {
  const ours = `nspname NOT LIKE 'pg_%' AND nspname <> 'information_schema'`;
  const relations = `FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace`;
  return {
    tables: await read(`SELECT nspname, relname, relpersistence ${relations} WHERE ${ours} ORDER BY 1, 2`),
    indexes: await read(
      `SELECT indexdef FROM pg_indexes JOIN pg_namespace ON nspname = schemaname WHERE ${ours} ORDER BY 1`,
    ),
    columns: await read(
      `SELECT nspname, relname, attname, format_type(atttypid, atttypmod) AS type, attnotnull,
              pg_get_expr(adbin, adrelid) AS value
         ${relations} JOIN pg_attribute a ON attrelid = c.oid LEFT JOIN pg_attrdef ON adrelid = c.oid AND adnum = attnum
        WHERE ${ours} AND relkind = 'r' AND attnum > 0 AND NOT attisdropped ORDER BY nspname, relname, attnum`,
    ),
    constraints: await read(
      `SELECT nspname, conname, pg_get_constraintdef(k.oid) AS definition
         FROM pg_constraint k JOIN pg_namespace n ON n.oid = connamespace WHERE ${ours} ORDER BY 1, 2, 3`,
    ),
  };
};
/** Where a service has recorded its state, oldest first. */
const stateEvents = async (schema: string): Promise<number[]> =>
  (
    await read<{ position: string }>(
      `SELECT position FROM "${schema}".events WHERE type = 'StateHashed' ORDER BY position`,
    )
  ).map(({ position }) => Number(position));
/** Gives the chainstate something to hash until it has recorded one state more. */
async function recordOnce(before: number[]): Promise<void> {
  await payAndMine(1);
  if ((await stateEvents('chainstate')).length <= before.length) throw new Error('no state was recorded yet');
}
const settled = () => eventually(() => followedLogs(stack), { withinMs: WITHIN_MS });
const verified = async () => {
  await settled();
  return verifySystem({ databaseUrl: stack.databaseUrl });
};
const serviceNamed = (name: string) => {
  const found = ledgerServices.find(({ service }) => service === name);
  if (found === undefined) throw new RangeError(name);
  return found;
};

describe('verify', () => {
  it('finds history, recorded states and tables right', async () => {
    await eventually(
      async () => {
        const reports = await verified();
        expect(reports.map((report) => [report.service, isRight(report)])).toEqual([
          ['wallet', true],
          ['tx-pool', true],
          ['miner', true],
          ['chainstate', true],
        ]);
        for (const { events, states } of reports) expect([events > 10, states > 0]).toEqual([true, true]);
      },
      { withinMs: WITHIN_MS },
    );
  });

  it('holds while payments and blocks go on', async () => {
    const living = payAndMine(6);
    const reports = await verifySystem({ databaseUrl: stack.databaseUrl });
    await living;
    expect(reports.filter((report) => !isRight(report))).toEqual([]);
  });

  const tables: [what: string, service: string, table: string, change: string, restore: string][] = [
    [
      'a balance',
      'wallet',
      'wallets',
      'UPDATE wallet.wallets SET balance = balance + 7 WHERE ordinal = (SELECT min(ordinal) FROM wallet.wallets)',
      'UPDATE wallet.wallets SET balance = balance - 7 WHERE ordinal = (SELECT min(ordinal) FROM wallet.wallets)',
    ],
    [
      'a payment',
      'wallet',
      'payments',
      "UPDATE wallet.payments SET status = 'failed' WHERE txid = (SELECT min(txid) FROM wallet.payments)",
      "UPDATE wallet.payments SET status = 'confirmed' WHERE txid = (SELECT min(txid) FROM wallet.payments)",
    ],
    [
      'the tip of the pool',
      'tx-pool',
      'tip',
      'UPDATE tx_pool.tip SET height = height + 1',
      'UPDATE tx_pool.tip SET height = height - 1',
    ],
    [
      'a coin',
      'chainstate',
      'c',
      'UPDATE chainstate.c SET value = value + 1 WHERE txid = (SELECT min(txid) FROM chainstate.c)',
      'UPDATE chainstate.c SET value = value - 1 WHERE txid = (SELECT min(txid) FROM chainstate.c)',
    ],
    [
      'a search',
      'miner',
      'searches',
      'UPDATE miner.searches SET height = height + 1 WHERE ordinal = (SELECT min(ordinal) FROM miner.searches)',
      'UPDATE miner.searches SET height = height - 1 WHERE ordinal = (SELECT min(ordinal) FROM miner.searches)',
    ],
  ];

  it.each(tables)(
    'names the table and the row where %s was changed by hand',
    async (_what, service, table, change, restore) => {
      await settled();
      await database.query(change);
      const reports = await verified();
      await database.query(restore);
      const wrong = reports.filter((report) => !isRight(report));
      expect(wrong.map(({ service: name, wrongTables }) => [name, wrongTables])).toEqual([[service, [table]]]);
      const [divergence] = wrong[0]?.divergences ?? [];
      expect(divergence?.table).toBe(table);
      expect(divergence?.told).not.toBe(divergence?.found);
    },
  );

  it('finds by bisection the event whose effect a table lacks', async () => {
    await settled();
    const [coin] = await read<{ txid: string; position: string }>(
      `SELECT c.txid, (SELECT max(e.position) FROM chainstate.events e
                        WHERE e.type = 'BlockConnected' AND (e.data->>'height')::int = c.height) AS position
         FROM chainstate.c WHERE coinbase ORDER BY height DESC LIMIT 1`,
    );
    await database.query(`CREATE TABLE public.kept AS SELECT * FROM chainstate.c WHERE txid = '${coin?.txid ?? ''}'`);
    await database.query(`DELETE FROM chainstate.c WHERE txid = '${coin?.txid ?? ''}'`);
    const reports = await verified();
    const [proved] = await read<{ position: string }>(
      `SELECT data->'positions'->>'chainstate' AS position FROM chainstate.events
        WHERE type = 'StateHashed' ORDER BY position DESC LIMIT 1`,
    );
    await database.query('INSERT INTO chainstate.c SELECT * FROM public.kept; DROP TABLE public.kept');
    const position = Number(coin?.position);
    // Before a state that was proved with the coin in it, no event can be at fault.
    const event = Number(proved?.position) >= position ? null : { source: 'chainstate', position };
    const [divergence] = reports.flatMap(({ divergences }) => divergences);
    expect(divergence).toMatchObject({ table: 'c', found: null, event });
    expect(JSON.parse(divergence?.key ?? '{}')).toMatchObject({ txid: coin?.txid });
  });

  it('finds a single changed byte of any log, and says that its tables cannot be judged', async () => {
    await settled();
    for (const { service, schema } of ledgerServices) {
      const { rows } = await database.query<{ data: string }>(
        `SELECT data::text FROM "${schema}".events WHERE position = 4`,
      );
      const data = rows[0]?.data ?? '';
      const changed = data.replace(/[0-9]/, (digit) => String((Number(digit) + 1) % 10));
      const write = `UPDATE "${schema}".events SET data = $1::json WHERE position = 4`;
      await database.query(write, [changed]);
      const reports = await verified();
      await database.query(write, [data]);
      const wrong = reports.filter((report) => !isRight(report));
      expect(wrong.map((report) => [report.service, report.faults.map(({ position }) => position)])).toEqual([
        [service, [4]],
      ]);
      expect(wrong[0]?.faults[0]?.what).toMatch(/^event 4 \(.*content was changed/);
    }
  });

  it('tells of damage that is over, and finds everything right', async () => {
    await settled();
    const change = (by: number) => database.query(`UPDATE chainstate.l SET version = version + ${by}`);
    const recorded = () => stateEvents('chainstate');
    await change(1);
    const before = await recorded();
    await eventually(() => recordOnce(before), { withinMs: WITHIN_MS });
    await change(-1);
    const report = (await verified()).find(({ service }) => service === 'chainstate');
    expect(report && isRight(report)).toBe(true);
    expect(report?.wrongStates).toMatchObject([{ tables: ['l'], rightUntil: before.at(-1) }]);
    expect(report && describeReport(report).join('\n')).toMatch(
      /were wrong .*: l \(the tip of the best chain\); right /,
    );
  });

  it('holds a log to the heads that were kept elsewhere', async () => {
    await settled();
    const [wallet] = await verified();
    if (wallet === undefined) throw new Error('no report');
    const kept = { service: wallet.service, position: wallet.events, hash: wallet.headHash };
    const faultsWith = async (...keptHeads: (typeof kept)[]) =>
      (await verifySystem({ databaseUrl: stack.databaseUrl, keptHeads }))[0]?.faults.map(({ what }) => what);
    expect(await faultsWith(kept)).toEqual([]);
    const [other, later] = [
      { ...kept, hash: '0'.repeat(64) },
      { ...kept, position: kept.position + 1_000 },
    ];
    const faults = (await faultsWith(kept, other, later)) ?? [];
    expect(faults).toHaveLength(2);
    expect(faults[0]).toMatch(`event ${kept.position} has the hash ${kept.hash}, and the one kept elsewhere is 000`);
    expect(faults[1]).toMatch(/the log ends at \d+, and once reached \d+: its end was cut off/);
  });

  it('finds everything right again', async () => {
    expect((await verified()).filter((report) => !isRight(report))).toEqual([]);
  });
});

describe('rebuild', () => {
  const rebuildOf = (name: string, tables?: string[], signal = new AbortController().signal) => {
    const service = serviceNamed(name);
    const wanted = service.fold.tables.filter((table) => tables?.includes(table.name) ?? true);
    return rebuild({ databaseUrl: stack.databaseUrl, service, tables: wanted, onProgress: () => undefined, signal });
  };

  it.each(['wallet', 'tx-pool', 'miner', 'chainstate'])('of %s goes on beside payments and blocks', async (name) => {
    const living = payAndMine(5);
    const rebuilt = await rebuildOf(name);
    await living;
    expect(rebuilt.events).toBeGreaterThan(10);
    await payAndMine(1);
    expect((await verified()).filter((report) => !isRight(report))).toEqual([]);
    await auditChain(stack);
  });

  it('puts right what was changed by hand, also what replicas remember of it', async () => {
    await settled();
    const [poorest] = (
      await database.query<{ address: string }>('SELECT address FROM wallet.wallets ORDER BY ordinal DESC')
    ).rows;
    await database.query({
      text: 'UPDATE wallet.wallets SET balance = balance + 700000000 WHERE address = $1',
      values: [poorest?.address],
    });
    await database.query('DELETE FROM chainstate.c WHERE coinbase AND height = (SELECT max(height) FROM chainstate.c)');
    await rebuildOf('wallet', ['wallets']);
    await rebuildOf('chainstate');
    expect((await verified()).filter((report) => !isRight(report))).toEqual([]);
    await payAndMine(2);
    await auditChain(stack);
  });

  it('leaves the schemas as the migrations make them, and nothing beside them', async () => {
    for (const name of ['wallet', 'tx-pool', 'miner', 'chainstate']) await rebuildOf(name);
    expect(await readSchemas()).toEqual(migrated);
    const { rows } = await database.query(`SELECT nspname FROM pg_namespace WHERE nspname LIKE '%rebuild%'`);
    expect(rows).toEqual([]);
  });

  it('that is interrupted changes nothing', async () => {
    const answers = async () => JSON.stringify([await api.getWallets(), await api.getPool(), await api.getBlocks()]);
    const before = await answers();
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    await expect(rebuildOf('wallet', undefined, stop.signal)).rejects.toThrow('enough');
    expect(await answers()).toBe(before);
    expect((await verified()).filter((report) => !isRight(report))).toEqual([]);
  });

  it('does not run twice at once', async () => {
    const outcomes = await Promise.allSettled([rebuildOf('wallet'), rebuildOf('wallet')]);
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));
    for (const text of failed)
      expect(text).toBe('StackError: Another rebuild of wallet is under way: wait for it, or end it.');
    expect(failed.length).toBeLessThan(2);
  });

  it('says in a sentence why it cannot', async () => {
    const held = new pg.Client({ connectionString: stack.databaseUrl });
    await held.connect();
    await held.query(`SELECT pg_advisory_lock(hashtext('pocket-rebuild'), hashtext('wallet'))`);
    const refused = await runProgram('rebuild', 'wallet');
    await held.end();
    expect(refused).toMatchObject({
      code: 1,
      failed: expect.stringMatching(/^Another rebuild of wallet is under way.*\n$/) as string,
    });
    expect(await runProgram('rebuild', 'nobody')).toMatchObject({
      code: 1,
      failed: expect.stringMatching(/^There is no service "nobody".*\n$/) as string,
    });
  });
});

describe('a log of a newer version', () => {
  it('leaves its own service unproved and says at which event; the others are proved', async () => {
    await settled();
    const foreign = { stream: 'payments', type: 'PaymentFailed', schemaVersion: 99, data: {} };
    const position = await appendForeign(stack, 'wallet', foreign);
    const sentence = `event ${position} of the log of wallet cannot be read by this version: PaymentFailed version 99`;
    const { code, printed } = await runProgram('verify');
    expect(code).toBe(1);
    expect(printed).toContain(`  its tables cannot be proved: ${sentence}`);
    for (const name of ['tx-pool', 'miner', 'chainstate'])
      expect(printed).toMatch(new RegExp(`^${name}: \\d+ events, history and tables are right`, 'm'));
    const rebuilt = await runProgram('rebuild', 'wallet');
    expect(rebuilt).toMatchObject({ code: 1, failed: expect.stringContaining(sentence) as string });
    expect(rebuilt.failed).not.toContain(' at ');
  });
});

/** One of our programs on this system. */
function runProgram(name: 'verify' | 'rebuild', ...args: string[]) {
  return operatorsProgram(name, { DATABASE_URL: stack.databaseUrl }, ...args);
}
