/** What is said of a transaction that waits, whoever has brought it: a submission, or a block that was left. */
import { addressOfScript, type Coin, type CoinView, type Transaction } from '@pocket/chain';
import type { PoolEvent } from '@pocket/contracts';
import type { Waiting } from './pool.ts';
import type { PoolTip } from './state.ts';

type WaitingEvent = Extract<PoolEvent, { type: 'TransactionAccepted' }>;

/** What the events say of a transaction that waits from now on; its first input tells whose it is. */
export function waitingData(
  { txid, transaction, fee, receivedAt }: Waiting,
  hex: string,
  firstCoin: Coin | undefined,
  { network }: PoolTip,
): WaitingEvent['data'] {
  const addressOf = (output: Pick<Coin, 'scriptPubKey'> | undefined): string =>
    output === undefined ? '' : (addressOfScript(output.scriptPubKey, network) ?? '');
  const [payment] = transaction.outputs;
  return {
    txid,
    hex,
    from: addressOf(firstCoin),
    to: addressOf(payment),
    amount: (payment?.value ?? 0n).toString(),
    fee: fee.toString(),
    receivedAt,
  };
}

/** The height of the youngest coinbase among the coins that a transaction spends; undefined for none. */
export function youngestCoinbase(transaction: Transaction, coins: CoinView): number | undefined {
  const heights = transaction.inputs.flatMap(({ prevout }) => {
    const coin = coins.get(prevout);
    return coin?.coinbase === true ? [coin.height] : [];
  });
  return heights.length === 0 ? undefined : Math.max(...heights);
}
