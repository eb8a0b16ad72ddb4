/** How the world fails, as drivers tell it: what is a conflict, what is worth another try, what is neither. */
import { describe, expect, it } from 'vitest';
import { classifyFailure, ConflictError, isTransient, UnavailableError } from '../src/index.ts';

const failure = (message: string, fields: object = {}) => Object.assign(new Error(message), fields);

describe('classifyFailure', () => {
  it.each([
    ['a unique violation of pg', failure('duplicate key', { code: '23505' })],
    ['one inside Prisma’s raw query error', failure('raw', { code: 'P2010', meta: { code: '23505' } })],
    [
      'one inside Prisma’s driver adapter',
      failure('raw', { code: 'P2010', meta: { driverAdapterError: { cause: { originalCode: '23505' } } } }),
    ],
    ['a checkpoint that has moved', failure('checkpoint is not at 5', { cause: { code: 'PK001' } })],
  ])('%s is a conflict', (_, error) => {
    expect(classifyFailure(error)).toBeInstanceOf(ConflictError);
    expect(classifyFailure(error)).toMatchObject({ cause: error });
  });

  it.each([
    ['a connection exception', failure('gone', { code: '08006' })],
    ['a deadlock', failure('deadlock detected', { code: '40P01' })],
    ['too many connections', failure('too many', { code: '53300' })],
    ['a shutdown', failure('terminating connection due to administrator command', { code: '57P01' })],
    ['nobody there', failure('connect ECONNREFUSED 127.0.0.1:5432', { code: 'ECONNREFUSED' })],
    ['a name that nobody has for now', failure('getaddrinfo EAI_AGAIN postgres', { code: 'EAI_AGAIN' })],
    ['a name that nobody has', failure('getaddrinfo ENOTFOUND postgres')],
    ['an address that nobody has', failure('connect EHOSTUNREACH 192.168.144.2:5432')],
    ['nobody who answers', failure('timeout expired')],
    ['Prisma without a database', failure('Can’t reach database server', { code: 'P1001' })],
    [
      'Prisma’s raw query without a database',
      failure('Raw query failed. Code: `N/A`. Message: `Can’t reach database server at 127.0.0.1:5432`', {
        code: 'P2010',
        meta: { driverAdapterError: { cause: { kind: 'DatabaseNotReachable', host: '127.0.0.1', port: 5432 } } },
      }),
    ],
    [
      'Prisma’s raw query on a connection that is cut',
      failure('raw', { code: 'P2010', meta: { driverAdapterError: { cause: { kind: 'ConnectionClosed' } } } }),
    ],
    ['a connection that ended', failure('Connection terminated unexpectedly')],
  ])('%s is worth another try', (_, error) => {
    expect(classifyFailure(error)).toBeInstanceOf(UnavailableError);
    expect(isTransient(classifyFailure(error))).toBe(true);
  });

  it.each([
    ['a value that does not fit', failure('invalid input syntax', { code: '22P02' })],
    ['a missing table', failure('relation does not exist', { code: '42P01' })],
    [
      'a table that Prisma does not find',
      failure('raw', { code: 'P2010', meta: { driverAdapterError: { cause: { kind: 'TableDoesNotExist' } } } }),
    ],
    ['a bug', new TypeError('undefined is not a function')],
    ['no error at all', 'text'],
    ['nothing', undefined],
  ])('%s stays what it is', (_, error) => {
    expect(classifyFailure(error)).toBe(error);
    expect(isTransient(error)).toBe(false);
  });

  it.each([
    ['of pg', failure('terminating connection', { code: '57P01' }), 'Postgres: terminating connection'],
    [
      'of Prisma in its invocation',
      failure(
        '\nInvalid `prisma.$queryRaw()` invocation:\n\n\nRaw query failed. Code: `57P03`. Message: `the database system is starting up`',
        { code: 'P2010' },
      ),
      'Postgres: the database system is starting up (57P03)',
    ],
    [
      'of the driver adapter',
      failure('\nInvalid `prisma.wallet.findMany()` invocation:\n\n\nSomething went wrong', {
        meta: { driverAdapterError: { cause: { originalCode: '53300', originalMessage: 'sorry, too many\nclients' } } },
      }),
      'Postgres: sorry, too many clients (53300)',
    ],
    [
      'of Prisma without a code of Postgres',
      failure('\nInvalid `prisma.$queryRaw()` invocation:\n\n\nCan’t reach database server', { code: 'P1001' }),
      'Postgres: Can’t reach database server',
    ],
  ])('says on one line what Postgres says, and nothing of our calls: %s', (_, error, message) => {
    expect(classifyFailure(error)).toMatchObject({ message });
  });

  it('leaves alone what it has classified before', () => {
    const once = classifyFailure(failure('gone', { code: '08006' }));
    expect(classifyFailure(once)).toBe(once);
  });

  it('does not follow causes without end', () => {
    const loop: { cause?: unknown } = failure('loop');
    loop.cause = loop;
    expect(classifyFailure(loop)).toBe(loop);
  });
});
