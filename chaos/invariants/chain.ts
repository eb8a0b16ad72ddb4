/** The best chain is valid from its first block on by the pure rules, the heaviest there is, and spends nothing twice. */
import {
  blockHashOf,
  checkBlock,
  CoinView,
  connectBlock,
  isCoinbase,
  medianTimePast,
  networkNamed,
  NULL_BLOCK_HASH,
  outpointKey,
  subsidiesUpTo,
  txidOf,
  unclaimedBy,
  type Block,
  type BlockHash,
  type NetworkParameters,
} from '@pocket/chain';
import type { BlockView, ChainstateInfo } from '@pocket/contracts';
import { readBlock, readTransaction, type ChainHistory } from '../chain-history.ts';
import type { Evidence } from '../evidence.ts';
import { breachesOf, type Finding } from '../finding.ts';

/** The blocks of the best chain, replayed. */
export interface Replay {
  /** As they are told, also those behind a breach. */
  readonly blocks: readonly Block[];
  readonly coins: CoinView;
  /** What miners have left of subsidies and fees, base units. */
  readonly unclaimed: bigint;
  readonly breaches: readonly string[];
}

/** Every block through all rules, on the coins that the ones below it leave. Stops at the first that breaks one. */
export function replayChain({ blocks, info }: Pick<Evidence, 'blocks' | 'info'>): Replay {
  const params = paramsOf(info);
  const placed = blocks.map(({ hex, ...place }) => ({ ...place, block: readBlock(hex) }));
  const coins = new CoinView();
  let unclaimed = 0n;
  for (const [index, { block, blockHash, height }] of placed.entries()) {
    const broken = checkPlace(placed, index, params);
    const connected = broken ?? connectBlock(coins, block, index, params);
    if (!connected.ok) {
      const breaches = [`block ${blockHash} at ${height}: ${connected.code}: ${connected.message}`];
      return { blocks: placed.map((one) => one.block), coins, unclaimed, breaches };
    }
    unclaimed += unclaimedBy(block, connected.undo, index, params);
  }
  return { blocks: placed.map(({ block }) => block), coins, unclaimed, breaches: [] };
}

type Placed = Pick<BlockView, 'blockHash' | 'height'> & { readonly block: Block };
interface Refusal {
  readonly ok: false;
  readonly code: string;
  readonly message: string;
}

/** All rules that need no coin; the target is the first one's, for a network that never changes it. */
function checkPlace(blocks: readonly Placed[], index: number, params: NetworkParameters): Refusal | undefined {
  const [below, at] = [blocks[index - 1], blocks[index]];
  if (at === undefined || at.height !== index || blockHashOf(at.block.header) !== at.blockHash)
    return { ok: false, code: 'misplaced', message: `it must be told with height ${index} and its own hash` };
  const times = blocks.slice(0, index).map(({ block }) => block.header.time);
  const context = {
    height: index,
    previousBlockHash: below === undefined ? NULL_BLOCK_HASH : (below.blockHash as BlockHash),
    bits: params.initialBits,
    medianTimePast: medianTimePast(times, params.medianTimeSpan),
    now: Math.floor(Date.now() / 1000),
  };
  const checked = checkBlock(at.block, context, params);
  return checked.ok ? undefined : checked;
}

/** Throws for a network that this code does not know, or that changes its target. */
function paramsOf({ network }: Pick<ChainstateInfo, 'network'>): NetworkParameters {
  const params = networkNamed(network);
  if (params === undefined || params.retargeting !== null)
    throw new Error(`a chain of ${network} cannot be replayed here`);
  return params;
}

export function chainIsValid({ blocks }: Evidence, replay: Replay): Finding {
  return {
    invariant: 'valid-chain',
    says: 'the best chain is valid from the first block on, replayed through the pure rules',
    count: blocks.length,
    detail: `${blocks.length} blocks, ${replay.blocks.reduce((sum, block) => sum + block.transactions.length, 0)} transactions`,
    breaches: breachesOf(replay.breaches),
  };
}

/** Counted without the rules: a set of what is spent, and by whom. */
export function nothingIsSpentTwice({ pool }: Pick<Evidence, 'pool'>, { blocks }: Replay): Finding {
  const waiting = pool.flatMap(({ hex }) => (hex === null ? [] : [readTransaction(hex)]));
  const transactions = [...blocks.flatMap((block) => block.transactions), ...waiting];
  const spender = new Map<string, string>();
  const breaches: string[] = [];
  for (const transaction of transactions.filter((one) => !isCoinbase(one))) {
    const txid = txidOf(transaction);
    for (const { prevout } of transaction.inputs) {
      const earlier = spender.get(outpointKey(prevout));
      if (earlier !== undefined) breaches.push(`${prevout.txid}:${prevout.vout} is spent by ${earlier} and by ${txid}`);
      spender.set(outpointKey(prevout), txid);
    }
  }
  return {
    invariant: 'spent-once',
    says: 'no output is spent twice, by blocks or by what waits',
    count: spender.size,
    detail: `${spender.size} outputs spent`,
    breaches: breachesOf(breaches),
  };
}

/** The tip of the log is what is told, and no known valid branch has more work. */
export function chainIsHeaviest({ blocks, info }: Pick<Evidence, 'blocks' | 'info'>, chain: ChainHistory): Finding {
  const best = chain.index.bestTip()?.blockHash;
  const tip = chain.best.at(-1);
  const breaches = [
    ...(best === tip
      ? []
      : [`the heaviest valid branch ends with ${best ?? 'nothing'}, the chain with ${tip ?? 'nothing'}`]),
    ...(info.blockHash === (tip ?? null)
      ? []
      : [`the log ends with ${tip ?? 'nothing'}, /info tells ${info.blockHash}`]),
    ...(blocks.map(({ blockHash }) => blockHash).join() === chain.best.join()
      ? []
      : ['/blocks are not those of the log']),
  ];
  return {
    invariant: 'heaviest',
    says: 'the best chain is the heaviest valid one that is known',
    count: chain.index.size,
    detail: `${chain.index.size} blocks known, ${blocks.length} on the chain`,
    breaches: breachesOf(breaches),
  };
}

/** What there is, and what miners have left, is what the blocks were allowed to create. */
export function supplyEqualsSubsidies({ info, coins }: Pick<Evidence, 'info' | 'coins'>, replay: Replay): Finding {
  const subsidies = subsidiesUpTo(replay.blocks.length - 1, paramsOf(info));
  const total = coins.reduce((sum, { value }) => sum + BigInt(value), 0n);
  const sums: [string, bigint, bigint][] = [
    ['subsidies of /info', BigInt(info.subsidies), subsidies],
    ['totalAmount of /info', BigInt(info.totalAmount), total],
    ['unclaimed of /info', BigInt(info.unclaimed), replay.unclaimed],
    ['all coins and what is unclaimed', total + replay.unclaimed, subsidies],
  ];
  return {
    invariant: 'supply',
    says: 'supply equals subsidies: totalAmount + unclaimed = subsidies',
    count: coins.length,
    detail: `${coins.length} coins of ${total} base units, ${replay.unclaimed} unclaimed`,
    breaches: breachesOf(
      sums
        .filter(([, found, wanted]) => found !== wanted)
        .map(([what, found, wanted]) => `${what}: ${found}, must be ${wanted}`),
    ),
  };
}
