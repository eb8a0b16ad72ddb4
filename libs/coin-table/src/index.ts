/**
 * Coins in a Postgres table of a service: read by outpoint, written as what blocks have changed. Which table, and whether
 * it keeps addresses, is the service's; which coins change is the protocol library's.
 */
import {
  ADDRESS_VERSION,
  p2pkhHash,
  type Coin,
  type CoinChanges,
  type NamedCoin,
  type Outpoint,
  type Txid,
} from '@pocket/chain';
import { bytesToHex, encodeAddress } from '@pocket/crypto';
import { empty, sql, type Sql, type SqlClient } from '@pocket/eventstore';

export interface CoinWrites {
  /** The table's name. */
  readonly table: Sql;
  /** What stands in the column `address`; without it the table has none. */
  readonly addressOf?: (coin: Coin) => string;
  /** A condition on `u`, the new coin; the others are left out. */
  readonly only?: Sql;
}

interface CoinRow {
  txid: string;
  vout: number;
  value: bigint;
  height: number;
  script_pub_key: Uint8Array;
  coinbase: boolean;
}

/** No transaction that fits into a block has so many outputs, and no column takes a greater index. */
const MAX_VOUT = 0x7fffffff;

/** The coins of these names that there are, in no order to rely on; one that is wanted twice comes twice. */
export async function readCoins(
  client: Pick<SqlClient, '$queryRaw'>,
  table: Sql,
  wanted: readonly Outpoint[],
): Promise<NamedCoin[]> {
  const possible = wanted.filter(({ vout }) => vout <= MAX_VOUT);
  if (possible.length === 0) return [];
  const rows = await client.$queryRaw<CoinRow[]>(
    sql`SELECT c.txid, c.vout, c.value, c.height, c.script_pub_key, c.coinbase
          FROM unnest(${txids(possible)}, ${vouts(possible)}) AS n(txid, vout) JOIN ${table} c USING (txid, vout)`,
  );
  return rows.map(({ txid, vout, value, height, script_pub_key, coinbase }) => ({
    outpoint: { txid: txid as Txid, vout },
    coin: { value, scriptPubKey: script_pub_key, height, coinbase },
  }));
}

/** The statements that write what blocks have changed; none where nothing has. */
export function writeCoins(changes: CoinChanges, writes: CoinWrites): Sql[] {
  const [removed, added] = [changes.removed(), changes.added()];
  return [
    ...(removed.length === 0 ? [] : [deleteCoins(removed, writes)]),
    ...(added.length === 0 ? [] : [insertCoins(added, writes)]),
  ];
}

/** So many addresses are remembered before all are forgotten. */
const MAX_REMEMBERED = 20_000;

/** Whose a coin is, empty for nobody's. An address takes two hashes; most coins have a script that another has too. */
export function addressReader(): (coin: Pick<Coin, 'scriptPubKey'>) => string {
  const remembered = new Map<string, string>();
  return ({ scriptPubKey }) => {
    const script = bytesToHex(scriptPubKey);
    const known = remembered.get(script);
    if (known !== undefined) return known;
    const hash = p2pkhHash(scriptPubKey);
    if (hash === undefined) return '';
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    const address = encodeAddress(hash, ADDRESS_VERSION);
    remembered.set(script, address);
    return address;
  };
}

function deleteCoins(removed: readonly Outpoint[], { table }: CoinWrites): Sql {
  return sql`DELETE FROM ${table} c USING unnest(${txids(removed)}, ${vouts(removed)}) AS s(txid, vout)
              WHERE c.txid = s.txid AND c.vout = s.vout`;
}

/** A coin comes again, with another height, when another block confirms its transaction. */
function insertCoins(added: readonly NamedCoin[], { table, addressOf, only }: CoinWrites): Sql {
  const outpoints = added.map(({ outpoint }) => outpoint);
  const of = <T>(value: (coin: Coin) => T): T[] => added.map(({ coin }) => value(coin));
  const [column, addresses] =
    addressOf === undefined ? [empty, empty] : [sql`, address`, sql`, ${of(addressOf)}::text[]`];
  return sql`INSERT INTO ${table} (txid, vout, value, height, script_pub_key, coinbase${column})
    SELECT u.* FROM unnest(${txids(outpoints)}, ${vouts(outpoints)}, ${of(({ value }) => value)}::bigint[],
      ${of(({ height }) => height)}::int[], ${of(({ scriptPubKey }) => scriptPubKey)}::bytea[],
      ${of(({ coinbase }) => coinbase)}::boolean[]${addresses})
      AS u(txid, vout, value, height, script_pub_key, coinbase${column})
     ${only === undefined ? empty : sql`WHERE ${only}`}
    ON CONFLICT (txid, vout) DO UPDATE SET height = excluded.height`;
}

const txids = (outpoints: readonly Outpoint[]): Sql => sql`${outpoints.map(({ txid }) => txid)}::text[]`;
const vouts = (outpoints: readonly Outpoint[]): Sql => sql`${outpoints.map(({ vout }) => vout)}::int[]`;
