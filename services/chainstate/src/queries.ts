/** What the chainstate tells: the tip, the blocks, the unspent outputs, an address's balance. Reads only. */
import type { AddressView, BlockView, CoinView, TipView } from '@pocket/contracts';
import { medianTimePast, NULL_BLOCK_HASH } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { sql } from '@pocket/eventstore';
import { networkNamed, type PrismaClient } from './store.ts';

const MAX_MEDIAN_TIME_SPAN = 11;

interface TipRow {
  chainId: string;
  network: string;
  blockHash: string | null;
  height: number | null;
  bits: number;
  times: number[] | null;
  position: bigint;
}

export interface TipAtPosition {
  tip: TipView;
  /** The position of the log at which the tip was read. */
  position: number;
}

/** One statement, so that tip and times are of one moment. undefined until the first chain has been started. */
export async function readTip(client: PrismaClient): Promise<TipAtPosition | undefined> {
  const [row] = await client.$queryRaw<TipRow[]>(
    sql`SELECT chain_id AS "chainId", network, block_hash AS "blockHash", height, bits,
               (SELECT array_agg(time ORDER BY height) FROM b WHERE b.height > l.height - ${MAX_MEDIAN_TIME_SPAN}) AS times,
               (SELECT position FROM log_head) AS position
          FROM l WHERE id = 1`,
  );
  if (row === undefined) return undefined;
  const { chainId, network, blockHash, height, bits, times, position } = row;
  const next = {
    height: height === null ? 0 : height + 1,
    previousBlockHash: blockHash ?? NULL_BLOCK_HASH,
    bits,
    medianTimePast: medianTimePast(times ?? [], networkNamed(network).medianTimeSpan),
  };
  return { tip: { chainId, network, blockHash, height, next }, position: Number(position) };
}

/** All blocks of the chain, genesis first. */
export async function readBlocks(client: PrismaClient): Promise<BlockView[]> {
  const rows = await client.block.findMany({ orderBy: { height: 'asc' } });
  return rows.map(({ blockHash, height, block, firstSeen }) => ({
    blockHash,
    height,
    hex: bytesToHex(block),
    firstSeen: firstSeen as (number | null)[],
  }));
}

/** All unspent outputs in the order of the blocks. */
export async function readCoins(client: PrismaClient): Promise<CoinView[]> {
  const rows = await client.coin.findMany({ orderBy: [{ height: 'asc' }, { txIndex: 'asc' }, { vout: 'asc' }] });
  return rows.map(({ txid, vout, value, scriptPubKey, height }) => ({
    txid,
    vout,
    value: value.toString(),
    scriptPubKey: bytesToHex(scriptPubKey),
    height,
  }));
}

export async function readAddress(client: PrismaClient, address: string): Promise<AddressView> {
  const { _sum } = await client.coin.aggregate({ where: { address }, _sum: { value: true } });
  return { address, confirmedBalance: (_sum.value ?? 0n).toString() };
}
