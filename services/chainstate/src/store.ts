/** Where the chain is kept: the log, tables b, l and c, one transaction for all of them. */
import {
  addressOfScript,
  blockHashOf,
  CoinView,
  createdCoins,
  decodeBlock,
  networks,
  outpointKey,
  type Block,
  type BlockHash,
  type NamedCoin,
  type NetworkParameters,
  type Outpoint,
  type Txid,
} from '@pocket/chain';
import type { ChainEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import { postgresAdapter, sql, Writer, type Decided, type EventLog, type Sql } from '@pocket/eventstore';
import { PrismaClient } from './generated/client.ts';
import { CHAIN_STREAM, decide, type ChainCommand, type ChainReply } from './domain/decide.ts';
import type { Chain, ChainState } from './domain/state.ts';

export { PrismaClient };
export type ChainWriter = Writer<ChainCommand, ChainState, ChainReply>;

export function openClient(databaseUrl: string): PrismaClient {
  return new PrismaClient({ errorFormat: 'minimal', adapter: postgresAdapter(databaseUrl, 'chainstate') });
}

export function createChainWriter(client: PrismaClient, log: EventLog): ChainWriter {
  let cached: { chain: Chain | undefined; version: number } | undefined;
  return new Writer({
    log,
    // One block at a time: each needs the coins that the one before it leaves.
    maxBatch: 1,
    load: async (commands, fresh) => {
      const head = fresh || cached === undefined ? await loadChain(client) : cached;
      cached = undefined;
      return { ...head, coins: await loadCoins(client, commands) };
    },
    versionOf: (state) => state.version,
    decide,
    project: (decided) => decided.flatMap(project),
    committed: ({ chain, version }, events) => {
      cached = { chain, version: version + events.length };
    },
  });
}

async function loadChain(client: PrismaClient): Promise<{ chain: Chain | undefined; version: number }> {
  const last = await client.lastBlock.findUnique({ where: { id: 1 } });
  if (last === null) return { chain: undefined, version: 0 };
  const network = networkNamed(last.network);
  const recent = await client.block.findMany({
    select: { time: true },
    orderBy: { height: 'desc' },
    take: network.medianTimeSpan,
  });
  const times = recent.map(({ time }) => time).reverse();
  const { chainId, blockHash, height, version } = last;
  const tip = blockHash === null || height === null ? undefined : { blockHash: blockHash as BlockHash, height, times };
  return { chain: { chainId, network, tip }, version };
}

/** @throws Error for a network this code does not know: a log of a newer version. */
export function networkNamed(name: string): NetworkParameters {
  const network = (networks as Record<string, NetworkParameters>)[name];
  if (network === undefined) throw new Error(`the chain's network ${name} is not known to this version`);
  return network;
}

interface CoinRow {
  txid: string;
  vout: number;
  value: bigint;
  height: number;
  script_pub_key: Uint8Array;
  coinbase: boolean;
}

async function loadCoins(client: PrismaClient, commands: ChainCommand[]): Promise<CoinView> {
  // What a block creates need not be looked for: a coinbase names its height (BIP 34), so no txid can come twice.
  const needed = commands.flatMap((command) => (command.type === 'ConnectBlock' ? spentBy(command.block) : []));
  if (needed.length === 0) return new CoinView();
  const rows = await client.$queryRaw<CoinRow[]>(
    sql`SELECT c.txid, c.vout, c.value, c.height, c.script_pub_key, c.coinbase
          FROM unnest(${txids(needed)}, ${vouts(needed)}) AS n(txid, vout) JOIN c USING (txid, vout)`,
  );
  return new CoinView(rows.map(namedCoin));
}

function spentBy({ transactions }: Block): Outpoint[] {
  return transactions.slice(1).flatMap(({ inputs }) => inputs.map(({ prevout }) => prevout));
}

function namedCoin({ txid, vout, value, height, script_pub_key, coinbase }: CoinRow): NamedCoin {
  return { outpoint: { txid: txid as Txid, vout }, coin: { value, scriptPubKey: script_pub_key, height, coinbase } };
}

/** The read models' changes, from the events alone. */
function project({ events }: Decided<ChainCommand>): Sql[] {
  return events.flatMap((event) => {
    if (event.stream !== CHAIN_STREAM) throw new Error(`unexpected stream ${event.stream}`);
    const { type, data } = event as unknown as ChainEvent;
    return type === 'ChainStarted' ? projectStart(data) : projectBlock(data);
  });
}

function projectStart({ chainId, network }: (ChainEvent & { type: 'ChainStarted' })['data']): Sql[] {
  const { initialBits } = networkNamed(network);
  return [
    sql`DELETE FROM b`,
    sql`DELETE FROM c`,
    sql`INSERT INTO l (id, chain_id, network, block_hash, height, bits, version)
        VALUES (1, ${chainId}, ${network}, NULL, NULL, ${initialBits}, 1)
        ON CONFLICT (id) DO UPDATE
           SET chain_id = excluded.chain_id, network = excluded.network, block_hash = NULL, height = NULL,
               bits = excluded.bits, version = l.version + 1`,
  ];
}

function projectBlock(data: (ChainEvent & { type: 'BlockConnected' })['data']): Sql[] {
  const bytes = hexToBytes(data.block);
  const decoded = decodeBlock(bytes);
  if (!decoded.ok) throw new Error(`a connected block cannot be read: ${decoded.message}`);
  const { block } = decoded;
  const { spent, created } = netCoins(block, data.height);
  const statements = [
    sql`INSERT INTO b (block_hash, height, time, block, undo, first_seen)
        VALUES (${blockHashOf(block.header)}, ${data.height}, ${block.header.time}, ${bytes}, ${hexToBytes(data.undo)},
                ${JSON.stringify(data.firstSeen)}::json)`,
    sql`UPDATE l SET block_hash = ${data.blockHash}, height = ${data.height}, bits = ${block.header.bits}, version = version + 1
         WHERE id = 1`,
    insertCoins(created),
  ];
  if (spent.length > 0)
    statements.push(sql`DELETE FROM c USING unnest(${txids(spent)}, ${vouts(spent)}) AS s(txid, vout)
                         WHERE c.txid = s.txid AND c.vout = s.vout`);
  return statements;
}

interface CreatedCoin extends NamedCoin {
  txIndex: number;
}

/** What a block leaves and takes: coins created and spent inside it are neither. */
function netCoins(block: Block, height: number): { spent: Outpoint[]; created: CreatedCoin[] } {
  const created = new Map<string, CreatedCoin>();
  const spent: Outpoint[] = [];
  block.transactions.forEach((transaction, txIndex) => {
    for (const { prevout } of txIndex === 0 ? [] : transaction.inputs)
      if (!created.delete(outpointKey(prevout))) spent.push(prevout);
    for (const coin of createdCoins(transaction, height)) created.set(outpointKey(coin.outpoint), { ...coin, txIndex });
  });
  return { spent, created: [...created.values()] };
}

function insertCoins(created: CreatedCoin[]): Sql {
  const outpoints = created.map(({ outpoint }) => outpoint);
  const addresses = created.map(({ coin }) => addressOfScript(coin.scriptPubKey, networks.pocket) ?? '');
  return sql`INSERT INTO c (txid, vout, value, height, tx_index, address, script_pub_key, coinbase)
    SELECT * FROM unnest(${txids(outpoints)}, ${vouts(outpoints)}, ${created.map(({ coin }) => coin.value)}::bigint[],
      ${created.map(({ coin }) => coin.height)}::int[], ${created.map(({ txIndex }) => txIndex)}::int[], ${addresses}::text[],
      ${created.map(({ coin }) => coin.scriptPubKey)}::bytea[], ${created.map(({ coin }) => coin.coinbase)}::boolean[])`;
}

const txids = (outpoints: Outpoint[]): Sql => sql`${outpoints.map(({ txid }) => txid)}::text[]`;
const vouts = (outpoints: Outpoint[]): Sql => sql`${outpoints.map(({ vout }) => vout)}::int[]`;
