/**
 * Raw statements past Prisma's engine, held against the same ones through it: values of every kind in both directions,
 * failures, and transactions.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PrismaClient } from '../../../services/miner/src/generated/client.ts';
import {
  classifyFailure,
  ConflictError,
  postgresAdapter,
  sql,
  UnavailableError,
  withDirectStatements,
  type Sql,
  type SqlDriverAdapterFactory,
} from '../src/index.ts';
import { openDatabase } from './notes.ts';
import { openProxy } from './tcp-proxy.ts';

let database: Awaited<ReturnType<typeof openDatabase>>;
let direct: PrismaClient;
let through: PrismaClient;

const clientOn = (adapter: SqlDriverAdapterFactory) => new PrismaClient({ errorFormat: 'minimal', adapter });
const open = (url: string) => withDirectStatements(postgresAdapter(url, 'public'), clientOn);

beforeAll(async () => {
  database = await openDatabase();
  direct = open(database.databaseUrl);
  through = clientOn(postgresAdapter(database.databaseUrl, 'public'));
  await direct.$executeRaw(sql`CREATE TABLE kept (id int PRIMARY KEY, note text)`);
});
afterAll(async () => {
  await Promise.all([direct.$disconnect(), through.$disconnect()]);
  await database.drop();
});

const BYTES = Uint8Array.from([0, 1, 127, 128, 255]);
const MOMENT = new Date('2026-01-02T03:04:05.678Z');

const VALUES: Record<string, Sql> = {
  'whole numbers': sql`SELECT ${7}::int AS small, ${-7n}::bigint AS big, ${9007199254740993n}::bigint AS bigger, count(*) AS counted`,
  'texts and truths': sql`SELECT ${'Zoë\n€'}::text AS text, ${true}::bool AS yes, ${'a'}::char(3) AS padded, 1.5::float8 AS real`,
  nothing: sql`SELECT ${null}::text AS text, ${null}::bigint AS big, ${null}::jsonb AS json, ${null}::timestamptz AS at`,
  bytes: sql`SELECT ${BYTES}::bytea AS bytes, ${Buffer.from('abc')}::bytea AS buffer, ''::bytea AS empty`,
  moments: sql`SELECT ${MOMENT}::timestamptz AS at, ${MOMENT.toISOString()}::timestamptz AS told, '2026-01-02'::date AS day`,
  documents: sql`SELECT ${JSON.stringify({ a: [1, 'b', null] })}::jsonb AS binary, '{"a": 1}'::json AS text, ${{ b: 2 }}::jsonb AS given`,
  identifiers: sql`SELECT '7b44f1a4-6a63-4b4a-8a11-0d6c2b7a9f00'::uuid AS id`,
  lists: sql`SELECT ${[1, 2]}::int[] AS small, ${[1n, 2n]}::bigint[] AS big, ${['a', 'b,"c']}::text[] AS texts,
                    ARRAY['{"a":1}', NULL]::jsonb[] AS json, ARRAY['\\x01'::bytea] AS bytes, ${[]}::text[] AS none,
                    ${[BYTES]}::bytea[] AS given, ARRAY[1, NULL]::bigint[] AS gaps`,
  'no rows': sql`SELECT 1 AS one WHERE false`,
};

describe('a raw statement', () => {
  it.each(Object.entries(VALUES))('gives and takes %s as Prisma does', async (_, statement) => {
    const [ours, theirs] = await Promise.all([direct.$queryRaw(statement), through.$queryRaw(statement)]);
    expect(ours).toStrictEqual(theirs);
  });

  it('says how many rows it has changed', async () => {
    expect(await direct.$executeRaw(sql`INSERT INTO kept VALUES (1, 'one'), (2, ${'two'})`)).toBe(2);
    expect(await through.$executeRaw(sql`UPDATE kept SET note = 'second' WHERE id = ${2}`)).toBe(1);
  });

  it('names a column whose kind nobody has chosen', async () => {
    await expect(direct.$queryRaw(sql`SELECT sum(x) AS total FROM (VALUES (1::bigint)) AS v(x)`)).rejects.toThrow(
      'column total is numeric or a time of day: cast it in the statement to what is meant',
    );
  });

  it.each([
    ['a taken key', sql`INSERT INTO kept VALUES (${1}, 'again')`, ConflictError],
    ['a missing table', sql`SELECT ${1} FROM missing`, Error],
    ['a division', sql`SELECT 1 / ${0}::int`, Error],
  ])('fails as Prisma does: %s', async (_, statement, kind) => {
    const failureOf = (client: PrismaClient) =>
      client.$queryRaw(statement).then(
        () => undefined,
        (error: unknown) => classifyFailure(error) as Error,
      );
    const [ours, theirs] = await Promise.all([failureOf(direct), failureOf(through)]);
    expect(ours).toBeInstanceOf(kind);
    // Prisma puts its own call in front.
    expect(theirs?.message.replace(/^\s*Invalid [^]* invocation:\s*/, '')).toBe(ours?.message);
  });

  it('in a transaction belongs to it', async () => {
    const rolledBack = direct.$transaction(async (transaction) => {
      await transaction.$executeRaw(sql`INSERT INTO kept VALUES (3, 'three')`);
      throw new Error('not after all');
    });
    await expect(rolledBack).rejects.toThrow('not after all');
    expect(await direct.$queryRaw(sql`SELECT id FROM kept ORDER BY id`)).toEqual([{ id: 1 }, { id: 2 }]);
  });
});

it('a Postgres that goes and comes back is told and found again', async () => {
  const proxy = await openProxy(database.databaseUrl);
  const client = open(proxy.url);
  try {
    expect(await client.$queryRaw(sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
    proxy.cut();
    const failure = await client.$queryRaw(sql`SELECT 1 AS one`).catch(classifyFailure);
    expect(failure).toBeInstanceOf(UnavailableError);
    proxy.restore();
    await expect.poll(() => client.$queryRaw(sql`SELECT 1 AS one`).catch(() => undefined)).toEqual([{ one: 1 }]);
  } finally {
    await client.$disconnect();
    await proxy.close();
  }
});
