/**
 * A Prisma client whose raw statements go to its own driver adapter without the engine in between, which takes two to five
 * times as long for one as the adapter and Postgres together, and has nothing to add: the statement is written already.
 * Values, failures, pool and prepared statements are the same. Typed calls and transactions are Prisma's as before.
 */
import { PrismaClientKnownRequestError } from '@prisma/client/runtime/client';
import {
  ColumnTypeEnum,
  isDriverAdapterError,
  type ColumnType,
  type DriverAdapterError,
  type SqlDriverAdapter,
  type SqlDriverAdapterFactory,
  type SqlQuery,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils';
import { sql, type Sql } from './sql.ts';

export type { SqlDriverAdapterFactory };

export interface TransactionalClient {
  $transaction: (...args: never[]) => unknown;
}
/** As it stands behind the name of a tag, or made beforehand. */
type Statement = [statement: Sql | TemplateStringsArray, ...inserted: unknown[]];
type Row = Record<string, unknown>;
type Reader = (value: unknown) => unknown;

/**
 * @param clientOn makes the client on an adapter; client and raw statements share the connections of one.
 * @returns the client; within its transactions raw statements are Prisma's, which knows their connection.
 */
export function withDirectStatements<Client extends TransactionalClient>(
  factory: SqlDriverAdapterFactory,
  clientOn: (factory: SqlDriverAdapterFactory) => Client,
): Client {
  let connected: Promise<SqlDriverAdapter> | undefined;
  const connect = (): Promise<SqlDriverAdapter> => (connected ??= factory.connect());
  const client = clientOn({ provider: factory.provider, adapterName: factory.adapterName, connect });
  const direct = {
    $queryRaw: async (...statement: Statement) => {
      const adapter = await connect();
      return rowsOf(await adapter.queryRaw(queryOf(...statement)).catch(failAsPrisma));
    },
    $executeRaw: async (...statement: Statement) => {
      const adapter = await connect();
      return adapter.executeRaw(queryOf(...statement)).catch(failAsPrisma);
    },
    $transaction: client.$transaction.bind(client),
  };
  // Defined, not assigned: the client would take an assignment through its heir for itself, and its transactions with it.
  return Object.create(client, Object.getOwnPropertyDescriptors(direct)) as Client;
}

/** The driver knows every kind of value that we hand to a statement; the types only tell lists apart. */
function queryOf(...[statement, ...inserted]: Statement): SqlQuery {
  const { text, values } = 'raw' in statement ? sql(statement, ...inserted) : statement;
  const argTypes = values.map(
    (value) => ({ scalarType: 'unknown', arity: Array.isArray(value) ? 'list' : 'scalar' }) as const,
  );
  return { sql: text, args: values, argTypes };
}

function rowsOf({ columnNames, columnTypes, rows }: SqlResultSet): Row[] {
  const readers = columnTypes.map((type, index) => readerOf(type, columnNames[index] ?? ''));
  return rows.map((values) => {
    const row: Row = {};
    for (const [index, name] of columnNames.entries()) {
      const value = values[index];
      row[name] = value === null ? null : (readers[index] as Reader)(value);
    }
    return row;
  });
}

/** What the driver leaves as text, as Prisma gives it to us; everything else is right already. */
const READERS: Partial<Record<ColumnType, Reader>> = {
  [ColumnTypeEnum.Int64]: (text) => BigInt(text as string),
  [ColumnTypeEnum.Json]: (text) => JSON.parse(text as string) as unknown,
  [ColumnTypeEnum.Date]: (text) => new Date(text as string),
  [ColumnTypeEnum.DateTime]: (text) => new Date(text as string),
  [ColumnTypeEnum.Bytes]: (bytes) => new Uint8Array(bytes as Uint8Array),
};
/** In the enumeration a list's type stands so far behind its element's. */
const LISTS = ColumnTypeEnum.Int32Array - ColumnTypeEnum.Int32;
const asItIs: Reader = (value) => value;

function readerOf(type: ColumnType, column: string): Reader {
  const isList = type >= LISTS && type < ColumnTypeEnum.UnknownNumber;
  const element = (isList ? type - LISTS : type) as ColumnType;
  if (element === ColumnTypeEnum.Numeric || element === ColumnTypeEnum.Time)
    throw new TypeError(`column ${column} is numeric or a time of day: cast it in the statement to what is meant`);
  const read = READERS[element];
  if (read === undefined) return asItIs;
  return isList ? (list) => (list as unknown[]).map((each) => (each === null ? null : read(each))) : read;
}

/** In the shape that Prisma gives the failure of a raw statement, so that there is one to know. */
function failAsPrisma(error: unknown): never {
  if (!isDriverAdapterError(error)) throw error;
  const { originalCode = 'N/A' } = error.cause;
  throw new PrismaClientKnownRequestError(
    `Raw query failed. Code: \`${originalCode}\`. Message: \`${textOf(error)}\``,
    {
      code: 'P2010',
      clientVersion: 'none',
      meta: { driverAdapterError: error },
    },
  );
}

function textOf({ cause, message }: DriverAdapterError): string {
  if (cause.kind === 'DatabaseNotReachable') return `Can't reach database server at ${cause.host}:${cause.port}`;
  return cause.originalMessage ?? message;
}
