/** What the chainstate tells: the tip, the blocks, the branches, the unspent outputs and their sum. Reads only. */
import {
  coinsHash,
  contextOn,
  networks,
  NULL_BLOCK_HASH,
  subsidiesUpTo,
  type BlockHash,
  type IndexedBlock,
  type NetworkParameters,
  type Txid,
} from '@pocket/chain';
import type {
  AddressView,
  BlockPage,
  BlockView,
  ChainstateInfo,
  ChainstateView,
  ChainTipView,
  CoinView,
  TipView,
} from '@pocket/contracts';
import { bytesToHex } from '@pocket/crypto';
import { sql, type EventLog } from '@pocket/eventstore';
import { knownNetwork } from './known-network.ts';
import type { PrismaClient, Reader, RememberedChain } from './store.ts';

/** As many of the last blocks as the rules of any network look back at. */
const WINDOW = Math.max(...Object.values(networks).map(windowOf));

function windowOf({ medianTimeSpan, retargeting }: NetworkParameters): number {
  return Math.max(medianTimeSpan, retargeting?.intervalBlocks ?? 0);
}

interface TipRow {
  chainId: string;
  network: string;
  blockHash: string | null;
  height: number | null;
  times: number[] | null;
  bits: number[] | null;
  position: bigint;
}

export interface TipAtPosition {
  tip: TipView;
  /** The position of the log at which the tip was read. */
  position: number;
}

/**
 * From memory where nobody else has written since, which is known by the log's head and costs a tenth of the reading; else as
 * the tables say.
 */
export async function readTipOf(
  client: PrismaClient,
  log: Pick<EventLog, 'head'>,
  remembered: RememberedChain,
): Promise<TipAtPosition | undefined> {
  const { position } = await log.head();
  const known = remembered();
  if (known?.position !== position) return readTip(client);
  const { chainId, network, tip } = known.chain;
  return { tip: tipOn(chainId, network, tip), position };
}

/** One statement, so that tip and times are of one moment. undefined until the first chain has been started. */
export async function readTip(client: PrismaClient): Promise<TipAtPosition | undefined> {
  const [row] = await client.$queryRaw<TipRow[]>(
    sql`SELECT chain_id AS "chainId", network, block_hash AS "blockHash", l.height, w.times, w.bits,
               (SELECT position FROM log_head) AS position
          FROM l, LATERAL (SELECT array_agg(time ORDER BY height) AS times, array_agg(bits ORDER BY height) AS bits
                             FROM b WHERE b.active AND b.height > l.height - ${WINDOW}) w WHERE id = 1`,
  );
  if (row === undefined) return undefined;
  const tip = tipOn(row.chainId, knownNetwork(row.network), lastBlocks(row));
  return { tip, position: Number(row.position) };
}

function tipOn(chainId: string, network: NetworkParameters, last: IndexedBlock | undefined): TipView {
  const { height, bits, medianTimePast } = contextOn(last, network, 0);
  const [blockHash, tipHeight] = [last?.blockHash ?? null, last?.height ?? null];
  const next = { height, previousBlockHash: blockHash ?? NULL_BLOCK_HASH, bits, medianTimePast };
  return { chainId, network: network.name, blockHash, height: tipHeight, next };
}

/** The tip on top of as many blocks as were read. */
function lastBlocks({ blockHash, height, times, bits }: TipRow): IndexedBlock | undefined {
  let parent: IndexedBlock | undefined;
  const first = (height ?? 0) - (times?.length ?? 0) + 1;
  for (const [index, time] of (times ?? []).entries()) {
    const place = { height: first + index, time, bits: bits?.[index] ?? 0, chainWork: 0n, ordinal: 0 };
    parent = { ...place, blockHash: (blockHash ?? '') as BlockHash, parent };
  }
  return parent;
}

/** All blocks of the best chain, genesis first. */
export async function readBlocks(reader: Reader): Promise<BlockView[]> {
  const rows = await reader.$queryRaw<BlockRow[]>(sql`SELECT ${blockColumns} FROM b WHERE active ORDER BY height`);
  return rows.map(blockView);
}

interface BlockRow {
  blockHash: string;
  height: number;
  block: Uint8Array;
  firstSeen: (number | null)[];
}

const blockColumns = sql`block_hash AS "blockHash", height, block, first_seen AS "firstSeen"`;

function blockView({ blockHash, height, block, firstSeen }: BlockRow): BlockView {
  return { blockHash, height, hex: bytesToHex(block), firstSeen };
}

/** A page ends with the block that takes it beyond this; the largest block is a quarter of it. */
const PAGE_BYTES = 4_000_000;

/** At most `limit` blocks of the best chain from height `from` on; fewer where they are large. */
export async function readBlockPage(
  reader: Reader,
  { from, limit }: { from: number; limit: number },
): Promise<BlockPage> {
  const rows = await reader.$queryRaw<(BlockRow & { tip: number })[]>(
    sql`SELECT ${blockColumns}, (SELECT height FROM l) AS tip
          FROM (SELECT *, sum(octet_length(block)) OVER (ORDER BY height) - octet_length(block) AS bytes_before
                  FROM b WHERE active AND height >= ${from} ORDER BY height LIMIT ${limit}) page
         WHERE bytes_before < ${PAGE_BYTES} ORDER BY height`,
  );
  const last = rows.at(-1);
  return {
    blocks: rows.map(blockView),
    next: last === undefined || last.height >= last.tip ? null : last.height + 1,
  };
}

/**
 * The position of the event that put the present block of this height on the best chain: the last one by which the
 * chain came to that height, since it has not been lower from then on.
 */
export async function readConnection(reader: Reader, height: number): Promise<number | undefined> {
  const [row] = await reader.$queryRaw<{ position: bigint }[]>(
    sql`SELECT coalesce(max(position), 0) AS position
          FROM (SELECT position, type,
                       sum(CASE type WHEN 'BlockConnected' THEN 1 ELSE -1 END) OVER (ORDER BY position) - 1 AS height
                  FROM events
                 WHERE type IN ('BlockConnected', 'BlockDisconnected')
                   AND position > (SELECT max(position) FROM events WHERE type = 'ChainStarted')) steps
         WHERE type = 'BlockConnected' AND height = ${height}`,
  );
  return row === undefined || row.position === 0n ? undefined : Number(row.position);
}

/** All unspent outputs in the order of the blocks; in a block the coinbase's first, the others by txid. */
export async function readCoins(reader: Reader): Promise<CoinView[]> {
  const rows = await reader.$queryRaw<Omit<CoinRow, 'coinbase'>[]>(
    sql`SELECT txid, vout, value, script_pub_key AS "scriptPubKey", height FROM c
         ORDER BY height, coinbase DESC, txid, vout`,
  );
  return rows.map(coinView);
}

function coinView({ txid, vout, value, scriptPubKey, height }: Omit<CoinRow, 'coinbase'>): CoinView {
  return { txid, vout, value: value.toString(), scriptPubKey: bytesToHex(scriptPubKey), height };
}

export async function readAddress(client: PrismaClient, address: string): Promise<AddressView> {
  const { _sum } = await client.coin.aggregate({ where: { address }, _sum: { value: true } });
  return { address, confirmedBalance: (_sum.value ?? 0n).toString() };
}

interface BranchRow {
  blockHash: string;
  previousBlockHash: string;
  height: number;
  active: boolean;
  checked: boolean;
  invalid: boolean;
}

/** The leaves of the tree of blocks, the best chain's tip among them, highest first. */
export async function readTips(reader: Reader): Promise<ChainTipView[]> {
  const rows = await reader.$queryRaw<BranchRow[]>(
    sql`SELECT block_hash AS "blockHash", previous_block_hash AS "previousBlockHash", height, active,
               undo IS NOT NULL AS checked, invalid_code IS NOT NULL AS invalid
          FROM b WHERE NOT active OR block_hash = (SELECT block_hash FROM l) ORDER BY height DESC, ordinal`,
  );
  const byHash = new Map(rows.map((row) => [row.blockHash, row]));
  const parents = new Set(rows.map(({ previousBlockHash }) => previousBlockHash));
  return rows.filter((row) => row.active || !parents.has(row.blockHash)).map((row) => tipView(row, byHash));
}

function tipView(leaf: BranchRow, byHash: Map<string, BranchRow>): ChainTipView {
  const { blockHash: hash, height, active } = leaf;
  if (active) return { height, hash, branchlen: 0, status: 'active' };
  let branchlen = 0;
  let invalid = false;
  for (let at: BranchRow | undefined = leaf; at !== undefined && !at.active; at = byHash.get(at.previousBlockHash)) {
    branchlen++;
    invalid ||= at.invalid;
  }
  const status = invalid ? 'invalid' : leaf.checked ? 'valid-fork' : 'valid-headers';
  return { height, hash, branchlen, status };
}

interface InfoRow {
  chainId: string;
  network: string;
  blockHash: string | null;
  height: number | null;
  unspentOutputs: bigint;
  totalAmount: bigint;
  unclaimed: bigint;
}

interface CoinRow {
  txid: string;
  vout: number;
  value: bigint;
  height: number;
  scriptPubKey: Uint8Array;
  coinbase: boolean;
}

/**
 * Counts and hashes the whole set of coins; the two reads must be of one moment. undefined until the first chain has been
 * started.
 */
export async function readInfo(reader: Reader): Promise<ChainstateInfo | undefined> {
  const [info] = await reader.$queryRaw<InfoRow[]>(
    sql`SELECT chain_id AS "chainId", network, block_hash AS "blockHash", height,
               (SELECT count(*) FROM c) AS "unspentOutputs",
               (SELECT coalesce(sum(value), 0)::bigint FROM c) AS "totalAmount",
               (SELECT coalesce(sum(unclaimed), 0)::bigint FROM b WHERE active) AS unclaimed
          FROM l WHERE id = 1`,
  );
  if (info === undefined) return undefined;
  const coins = await reader.$queryRaw<CoinRow[]>(
    sql`SELECT txid, vout, value, height, script_pub_key AS "scriptPubKey", coinbase FROM c`,
  );
  const { unspentOutputs, totalAmount, unclaimed, ...tip } = info;
  return {
    ...tip,
    unspentOutputs: Number(unspentOutputs),
    totalAmount: totalAmount.toString(),
    subsidies: subsidiesUpTo(tip.height ?? undefined, knownNetwork(tip.network)).toString(),
    unclaimed: unclaimed.toString(),
    coinsHash: coinsHash(coins.map(({ txid, vout, ...coin }) => ({ outpoint: { txid: txid as Txid, vout }, coin }))),
  };
}

/** What is counted before the first chain was started. */
const NOTHING = {
  ...{ chainId: null, network: null, blockHash: null, height: null },
  ...{ unspentOutputs: 0, totalAmount: '0', subsidies: '0', unclaimed: '0', coinsHash: coinsHash([]) },
};

export interface CoinPage {
  limit: number;
  /** The outpoint that the page before ended with. */
  after: { txid: string; vout: number } | undefined;
}

/** The counted chainstate with a page of its coins, by txid and vout; the reads must be of one moment. */
export async function readState(reader: Reader, { limit, after }: CoinPage): Promise<ChainstateView> {
  const info = (await readInfo(reader)) ?? NOTHING;
  const beyond = after === undefined ? sql`true` : sql`(txid, vout) > (${after.txid}, ${after.vout}::int)`;
  const rows = await reader.$queryRaw<CoinRow[]>(
    sql`SELECT txid, vout, value, height, script_pub_key AS "scriptPubKey", coinbase
          FROM c WHERE ${beyond} ORDER BY txid, vout LIMIT ${limit + 1}`,
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return { ...info, coins: page.map(coinView), next: last === undefined ? null : `${last.txid}:${last.vout}` };
}
