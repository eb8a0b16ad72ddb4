/**
 * A stranger with keys and a miner of its own: sends transactions of every kind, blocks on the tip and beside it, whole
 * branches in any order, and is the operator who invalidates blocks and takes it back.
 */
import {
  ancestorAt,
  encodeTransaction,
  txidOf,
  type BlockIndex,
  type IndexedBlock,
  type NamedCoin,
  type Transaction,
} from '@pocket/chain';
import type { BlockReceipt, TransactionOutcome } from '@pocket/contracts';
import { bytesToHex, equalBytes } from '@pocket/crypto';
import { ownerOf, spend, type Owner } from '@pocket/testkit/builders';
import type { Wish } from '../gateway/program.ts';
import { pause } from '../world/time.ts';
import { buildBlock, indexOf, spoil, type BuiltBlock } from './block-builder.ts';
import { ask, type Actor } from './user.ts';

const OWNERS: readonly Owner[] = [201, 202, 203].map(ownerOf);
const HASH_MS = 10;
const MAX_FORK_DEPTH = 6;
const MAX_REMEMBERED = 50;

interface Memory {
  /** Transactions it has made; some are sent again. */
  readonly made: Transaction[];
  readonly blocks: string[];
}

export async function runOutsider(actor: Actor): Promise<void> {
  const { world, chance } = actor;
  const memory: Memory = { made: [], blocks: [] };
  while (!actor.done()) {
    await pause(chance.below(world.plan.thinkMs));
    const dice = chance.below(100);
    if (dice < 35) await sendTransactions(actor, memory);
    else if (dice < 50) await sendBlocks(actor, memory, extension(actor));
    else if (dice < 75) await sendBlocks(actor, memory, branch(actor));
    else if (dice < 85) await sendAgain(actor, memory);
    else await decree(actor);
  }
}

const outpointsOf = ({ inputs }: Transaction): string[] =>
  inputs.map(({ prevout }) => `${prevout.txid}:${prevout.vout}`);

async function sendTransactions(actor: Actor, memory: Memory): Promise<void> {
  const { chance, world } = actor;
  const hexes = Array.from({ length: chance.pick([1, 1, 3]) }, () => transactionHex(actor, memory)).flat();
  if (hexes.length === 0) return;
  const path = chance.perMille(150) ? '/transactions?dryRun=true' : '/transactions';
  await ask(actor, async ({ services, context, gate }: Wish) => {
    const body = hexes.map((hex) => ({ hex }));
    const answer = await gate.shared(() => services['tx-pool'].post<TransactionOutcome[]>(context, path, body));
    if (!answer.ok) return false;
    for (const outcome of answer.value) {
      world.trace.note(() => `${actor.name}: ${outcome.ok ? outcome.txid : outcome.code}`);
      if (outcome.ok && path === '/transactions') actor.witness.accepted.add(outcome.txid);
    }
    return answer.value.some(({ ok }) => ok);
  });
}

/** Of one's own coins, confirmed or still waiting, with or without a fee, sometimes spent already, sometimes forged. */
function transactionHex(actor: Actor, memory: Memory): string[] {
  const { chance } = actor;
  const coin = chance.pick([...ownCoins(actor), ...waitingOutputs(memory), undefined]);
  if (coin === undefined) return [];
  const owner = OWNERS.find(({ script }) => equalBytes(script, coin.coin.scriptPubKey)) ?? chance.pick(OWNERS);
  const signer = chance.perMille(30) ? chance.pick(OWNERS) : owner;
  const fee = BigInt(chance.pick([0, 0, 300, 1_000, 5_000]));
  const left = coin.coin.value - fee;
  if (left < 4n) return [];
  const part = BigInt(chance.between(1, 3));
  const transaction = spend(
    [coin],
    signer,
    [chance.pick(OWNERS), (left * part) / 4n],
    [owner, left - (left * part) / 4n],
  );
  memory.made.push(transaction);
  if (memory.made.length > MAX_REMEMBERED) memory.made.shift();
  return [bytesToHex(encodeTransaction(transaction))];
}

function ownCoins({ world }: Actor): NamedCoin[] {
  const coins = [...world.databases.chainstate.tables.coins.values()];
  return coins.filter(({ coin }) => OWNERS.some(({ script }) => equalBytes(script, coin.scriptPubKey)));
}

/** Outputs that are in no block yet, or in one that has gone. */
function waitingOutputs({ made }: Memory): NamedCoin[] {
  return made.slice(-4).map((transaction) => {
    const [output] = transaction.outputs;
    if (output === undefined) throw new Error('a transaction without outputs was made');
    return { outpoint: { txid: txidOf(transaction), vout: 0 }, coin: { ...output, height: 0, coinbase: false } };
  });
}

async function sendAgain(actor: Actor, memory: Memory): Promise<void> {
  const { chance } = actor;
  if (memory.blocks.length > 0 && chance.perMille(500)) return sendBlock(actor, chance.pick(memory.blocks));
  if (memory.made.length === 0) return;
  const body = [{ hex: bytesToHex(encodeTransaction(chance.pick(memory.made))) }];
  await ask(
    actor,
    async ({ services, context }) => (await services['tx-pool'].post(context, '/transactions', body)).ok,
  );
}

interface Place {
  index: BlockIndex;
  parent: IndexedBlock | undefined;
  length: number;
}

function extension({ world }: Actor): Place {
  const { tables } = world.databases.chainstate;
  const index = indexOf(tables);
  const { blockHash } = tables.last ?? {};
  return { index, parent: blockHash === undefined ? undefined : index.get(blockHash), length: 1 };
}

/** From some blocks below the tip, as long as it takes to be heavier, or not quite. */
function branch(actor: Actor): Place {
  const { chance } = actor;
  const { index, parent: tip } = extension(actor);
  if (tip === undefined) return { index, parent: tip, length: 1 };
  const depth = Math.min(chance.between(1, MAX_FORK_DEPTH), tip.height);
  return { index, parent: ancestorAt(tip, tip.height - depth), length: Math.max(1, depth + chance.between(-1, 1)) };
}

async function sendBlocks(actor: Actor, memory: Memory, { index, parent, length }: Place): Promise<void> {
  const { chance, world } = actor;
  const network = world.databases.chainstate.tables.last?.network;
  if (network === undefined || (parent === undefined && network.genesis !== null)) return;
  const blocks: BuiltBlock[] = [];
  for (let below = parent; blocks.length < length;) {
    const order = { network, parent: below, owner: chance.pick(OWNERS), transactions: contentOf(actor, memory) };
    const good = buildBlock(chance, order);
    const built = good !== undefined && chance.perMille(80) ? spoil(chance, good) : good;
    if (built === undefined) break;
    blocks.push(built);
    below = index.add(built.blockHash, built.block.header);
  }
  await pause(blocks.reduce((sum, { work }) => sum + work, 0) * HASH_MS);
  memory.blocks.push(...blocks.map(({ hex }) => hex));
  memory.blocks.splice(0, Math.max(0, memory.blocks.length - MAX_REMEMBERED));
  const inOrder = chance.perMille(500) ? blocks : shuffled(actor, blocks);
  if (chance.perMille(300)) await Promise.all(inOrder.map(({ hex }) => sendBlock(actor, hex)));
  else for (const { hex } of inOrder) await sendBlock(actor, hex);
}

/** Some of what waits, some of what it has made itself: not all of it is right for every place. */
function contentOf({ chance, world }: Actor, { made }: Memory): Transaction[] {
  if (chance.perMille(500)) return [];
  const rows = [...world.databases['tx-pool'].tables.waiting.values()];
  const waiting = new Set(rows.slice(0, chance.below(4)).map(({ txid }) => txid));
  const candidates = made.filter((transaction) => waiting.has(txidOf(transaction)) || chance.perMille(50));
  const spent = new Set<string>();
  return candidates.filter((transaction) => {
    const outpoints = outpointsOf(transaction);
    const isFree = outpoints.every((outpoint) => !spent.has(outpoint));
    for (const outpoint of outpoints) spent.add(outpoint);
    return isFree;
  });
}

function shuffled<T>({ chance }: Actor, items: readonly T[]): T[] {
  const left = [...items];
  return items.map(() => left.splice(chance.below(left.length), 1)).flat();
}

async function sendBlock(actor: Actor, hex: string): Promise<void> {
  await ask(actor, async ({ services, context, gate }) => {
    const answer = await gate.shared(() => services.chainstate.post<BlockReceipt>(context, '/blocks', { hex }));
    if (!answer.ok) {
      actor.world.trace.note(() => `${actor.name}: ${answer.problem.code} ${answer.problem.detail}`);
      return false;
    }
    if (answer.value.onBestChain) actor.witness.blocks.add(answer.value.blockHash);
    return true;
  });
}

/** An operator's word on a block near the tip. */
async function decree(actor: Actor): Promise<void> {
  const { chance, world } = actor;
  const rows = [...world.databases.chainstate.tables.blocks.values()].slice(-2 * MAX_FORK_DEPTH);
  if (rows.length === 0) return;
  const invalid = rows.filter((row) => row.invalid !== undefined);
  const verdict = invalid.length > 0 && chance.perMille(600) ? 'reconsider' : 'invalidate';
  const { blockHash } = chance.pick(verdict === 'reconsider' ? invalid : rows);
  const path = `/blocks/${blockHash}/${verdict}`;
  await ask(actor, async ({ services, context, gate }) => {
    const answer = await gate.shared(() => services.chainstate.post(context, path));
    return answer.ok;
  });
}
