/** What others' events mean to wallets: a block moves coins and frees payers, a new chain empties everybody. */
import {
  addressOfScript,
  createdCoins,
  decodeBlock,
  decodeCoins,
  networks,
  txidOf,
  type Block,
  type Coin,
} from '@pocket/chain';
import { readEvent, type ChainEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import type { RecordedEvent, Source } from '@pocket/eventstore';
import { followBy } from '@pocket/service-kit';
import type { CoinChanges, WalletCommand } from './domain/decide.ts';
import type { WalletWriter } from './store.ts';

type SourceLog = Pick<Source, 'fetchHead' | 'fetchLog'>;

/** @param logs how to ask each source about its log. */
export function subscriptionsOf(writer: WalletWriter, logs: Record<'chainstate' | 'tx-pool', SourceLog>): Source[] {
  return [
    { source: 'chainstate', ...logs.chainstate, isRelevant: () => true, handle: followBy(writer, chainCommand) },
    {
      source: 'tx-pool',
      ...logs['tx-pool'],
      isRelevant: ({ type }) => type === 'TransactionEvicted',
      handle: followBy(writer, poolCommand),
    },
  ];
}

function chainCommand(recorded: RecordedEvent): WalletCommand {
  const event = readEvent('chainstate', recorded);
  switch (event.type) {
    case 'ChainStarted':
      return { type: 'FollowStart' };
    case 'BlockConnected':
      return confirmation(event.data);
    default:
      return event satisfies never;
  }
}

function confirmation(data: Extract<ChainEvent, { type: 'BlockConnected' }>['data']): WalletCommand {
  const decoded = decodeBlock(hexToBytes(data.block));
  const undo = decodeCoins(hexToBytes(data.undo));
  if (!decoded.ok || !undo.ok) throw new Error(`block ${data.blockHash} of the chain's log cannot be read`);
  const { blockHash, height } = data;
  const txids = decoded.block.transactions.slice(1).map(txidOf);
  return { type: 'ConfirmPayments', txids, blockHash, height, coins: coinChanges(decoded.block, undo.coins, height) };
}

function coinChanges(block: Block, undo: Coin[], height: number): CoinChanges {
  const spentOutpoints = block.transactions.slice(1).flatMap(({ inputs }) => inputs.map(({ prevout }) => prevout));
  return {
    created: block.transactions
      .flatMap((transaction) => createdCoins(transaction, height))
      .map((named) => ({ ...named, address: addressOf(named.coin) })),
    spent: undo.flatMap((coin, index) => {
      const outpoint = spentOutpoints[index];
      return outpoint === undefined ? [] : [{ outpoint, coin, address: addressOf(coin) }];
    }),
  };
}

function addressOf({ scriptPubKey }: Coin): string {
  return addressOfScript(scriptPubKey, networks.pocket) ?? '';
}

function poolCommand(recorded: RecordedEvent): WalletCommand {
  const event = readEvent('tx-pool', recorded);
  if (event.type !== 'TransactionEvicted') throw new Error(`${event.type} means nothing to a wallet`);
  return { type: 'FailPayment', txid: event.data.txid, reason: event.data.reason };
}
