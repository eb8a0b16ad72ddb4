/** What an explorer asks: one block, one transaction, what an address has had, the tree of blocks. Reads only. */
import {
  decodeBlock,
  decodeCoins,
  encodeTransaction,
  isCoinbase,
  p2pkhHash,
  spentCoins,
  transactionSize,
  txidOf,
  type Block,
  type NamedCoin,
  type Transaction,
} from '@pocket/chain';
import type {
  AddressEntry,
  AddressHistory,
  BranchBlock,
  BranchList,
  SpentCoin,
  StandingBlock,
  TransactionDetail,
} from '@pocket/contracts';
import { bytesToHex, equalBytes } from '@pocket/crypto';
import { sql, type Sql } from '@pocket/eventstore';
import { keyOfOwner, keyOfTxid } from './mentions.ts';
import type { Reader } from './store.ts';

interface BlockRow {
  blockHash: string;
  height: number;
  active: boolean;
  block: Uint8Array;
  undo: Uint8Array | null;
  firstSeen: (number | null)[];
  tip: number;
}

const columns = sql`b.block_hash AS "blockHash", b.height, b.active, b.block, b.undo, b.first_seen AS "firstSeen",
                    coalesce((SELECT height FROM l), 0) AS tip`;

interface ReadBlock extends Omit<BlockRow, 'undo'> {
  decoded: Block;
  /** By transaction, the coinbase's nothing included; null where it never was on the best chain. */
  spent: NamedCoin[][] | null;
}

function readRow({ undo, ...row }: BlockRow): ReadBlock {
  const decoded = decodeBlock(row.block);
  const coins = undo === null ? undefined : decodeCoins(undo);
  if (!decoded.ok || coins?.ok === false) throw new Error(`block ${row.blockHash} of table b cannot be read`);
  const spent = coins === undefined ? null : spentCoins(decoded.block, coins.coins);
  return { ...row, decoded: decoded.block, spent };
}

const confirmationsOf = ({ active, tip, height }: BlockRow | ReadBlock): number | null =>
  active ? tip - height + 1 : null;

function spentCoin({ coin: { value, scriptPubKey, height, coinbase } }: NamedCoin): SpentCoin {
  return { value: value.toString(), scriptPubKey: bytesToHex(scriptPubKey), height, coinbase };
}

/** undefined for a block that is not known. */
export async function readBlock(reader: Reader, blockHash: string): Promise<StandingBlock | undefined> {
  const [row] = await reader.$queryRaw<
    (BlockRow & { code: string | null; message: string | null; nextHash: string | null })[]
  >(
    sql`SELECT ${columns}, b.invalid_code AS code, b.invalid_message AS message,
               (SELECT n.block_hash FROM b n WHERE n.active AND b.active AND n.height = b.height + 1) AS "nextHash"
          FROM b WHERE b.block_hash = ${blockHash}`,
  );
  if (row === undefined) return undefined;
  const { height, active, block, firstSeen, code, message, nextHash } = row;
  return {
    ...{ blockHash, height, hex: bytesToHex(block), firstSeen, onBestChain: active, nextHash },
    confirmations: confirmationsOf(row),
    invalid: code === null ? null : { code, message: message ?? '' },
    spent:
      readRow(row)
        .spent?.slice(1)
        .map((coins) => coins.map(spentCoin)) ?? null,
  };
}

/** The blocks of the best chain that mention what has this key, lowest first. */
async function blocksWith(reader: Reader, key: bigint, more: Sql = sql``): Promise<ReadBlock[]> {
  const rows = await reader.$queryRaw<BlockRow[]>(
    sql`SELECT ${columns} FROM b WHERE b.active AND b.mentions @> ARRAY[${key}::bigint] ${more}`,
  );
  return rows.map(readRow);
}

/** undefined for a transaction that is not on the best chain. */
export async function readTransaction(reader: Reader, txid: string): Promise<TransactionDetail | undefined> {
  const blocks = await blocksWith(reader, keyOfTxid(txid), sql`ORDER BY b.height`);
  for (const found of blocks) {
    const index = found.decoded.transactions.findIndex((transaction) => txidOf(transaction) === txid);
    const transaction = found.decoded.transactions[index];
    if (transaction !== undefined) return transactionDetail(found, index, transaction, blocks);
  }
  return undefined;
}

function transactionDetail(
  found: ReadBlock,
  index: number,
  transaction: Transaction,
  blocks: readonly ReadBlock[],
): TransactionDetail {
  const spent = isCoinbase(transaction) ? null : (found.spent?.[index] ?? null);
  const sum = (values: readonly { value: bigint }[]): bigint => values.reduce((total, { value }) => total + value, 0n);
  const fee = spent === null ? null : sum(spent.map(({ coin }) => coin)) - sum(transaction.outputs);
  const { blockHash, height, decoded, firstSeen } = found;
  return {
    txid: txidOf(transaction),
    hex: bytesToHex(encodeTransaction(transaction)),
    sizeBytes: transactionSize(transaction),
    block: { blockHash, height, time: decoded.header.time, index },
    confirmations: confirmationsOf(found),
    firstSeen: firstSeen[index] ?? null,
    fee: fee?.toString() ?? null,
    spent: spent?.map(spentCoin) ?? null,
    spentBy: spendersOf(transaction, blocks),
  };
}

/** Who spends the outputs, among these blocks. */
function spendersOf(transaction: Transaction, blocks: readonly ReadBlock[]): TransactionDetail['spentBy'] {
  const txid = txidOf(transaction);
  const spenders: TransactionDetail['spentBy'] = transaction.outputs.map(() => null);
  for (const { decoded, height } of blocks)
    for (const spender of decoded.transactions)
      for (const [input, { prevout }] of spender.inputs.entries())
        if (prevout.txid === txid) spenders[prevout.vout] = { txid: txidOf(spender), input, height };
  return spenders;
}

interface HistoryQuestion {
  address: string;
  hash160: Uint8Array;
  limit: number;
  before: number | undefined;
}

/** Newest first, whole blocks. The reads must be of one moment. */
export async function readHistory(
  reader: Reader,
  { address, hash160, limit, before }: HistoryQuestion,
): Promise<AddressHistory> {
  const [owned] = await reader.$queryRaw<{ balance: bigint; count: bigint }[]>(
    sql`SELECT coalesce(sum(value), 0)::bigint AS balance, count(*) AS count FROM c WHERE address = ${address}`,
  );
  const below = before === undefined ? sql`` : sql`AND b.height < ${before}`;
  const page = sql`${below} ORDER BY b.height DESC LIMIT ${limit + 1}`;
  const blocks = await blocksWith(reader, keyOfOwner(hash160), page);
  const transactions: AddressEntry[] = [];
  let read = 0;
  while (read < blocks.length && transactions.length < limit) {
    const block = blocks[read++];
    if (block !== undefined) transactions.push(...entriesOf(block, hash160));
  }
  return {
    ...{ address, confirmedBalance: (owned?.balance ?? 0n).toString(), unspentOutputs: Number(owned?.count ?? 0) },
    transactions,
    next: read < blocks.length ? (blocks[read - 1]?.height ?? null) : null,
  };
}

/** What a block's transactions did to an owner, the last one first. */
function entriesOf({ decoded, spent, blockHash, height }: ReadBlock, hash160: Uint8Array): AddressEntry[] {
  const ownedOf = (coins: readonly { value: bigint; scriptPubKey: Uint8Array }[]): bigint | undefined => {
    const own = coins.filter(({ scriptPubKey }) => equalBytes(p2pkhHash(scriptPubKey) ?? NOBODY, hash160));
    return own.length === 0 ? undefined : own.reduce((sum, { value }) => sum + value, 0n);
  };
  return decoded.transactions.toReversed().flatMap((transaction, fromLast) => {
    const index = decoded.transactions.length - 1 - fromLast;
    const received = ownedOf(transaction.outputs);
    const sent = ownedOf((spent?.[index] ?? []).map(({ coin }) => coin));
    if (received === undefined && sent === undefined) return [];
    const amounts = { received: (received ?? 0n).toString(), sent: (sent ?? 0n).toString() };
    return [{ txid: txidOf(transaction), height, blockHash, time: decoded.header.time, ...amounts }];
  });
}

const NOBODY = new Uint8Array();

interface TreeRow extends Omit<BranchBlock, 'invalid'> {
  code: string | null;
  message: string | null;
}

/** All known blocks from a height on; whole heights, so that a page may be a little longer than asked for. */
export async function readBranches(
  reader: Reader,
  { from, limit }: { from: number; limit: number },
): Promise<BranchList> {
  const rows = await reader.$queryRaw<(TreeRow & { highest: number })[]>(
    sql`SELECT block_hash AS hash, previous_block_hash AS "previousHash", height, time, active AS "onBestChain",
               undo IS NOT NULL AS checked, invalid_code AS code, invalid_message AS message,
               (SELECT max(height) FROM b) AS highest
          FROM b WHERE height BETWEEN ${from} AND
               (SELECT max(height) FROM (SELECT height FROM b WHERE height >= ${from} ORDER BY height LIMIT ${limit}) page)
         ORDER BY height, ordinal`,
  );
  const last = rows.at(-1);
  return {
    blocks: rows.map(({ code, message, hash, previousHash, height, time, onBestChain, checked }) => ({
      ...{ hash, previousHash, height, time, onBestChain, checked },
      invalid: code === null ? null : { code, message: message ?? '' },
    })),
    next: last === undefined || last.height === last.highest ? null : last.height + 1,
  };
}
