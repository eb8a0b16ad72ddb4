/** The wallets: everybody owns what the chain says, is locked exactly while a payment waits, and knows how each ended. */
import type { WalletEvent } from '@pocket/contracts';
import { addressOf, type PaymentRow, type WalletTables } from '../wallet/tables.ts';
import type { World } from '../world.ts';
import { minedTransactions, sumOf } from './chain.ts';
import type { Findings } from './findings.ts';
import { saidIn } from './logs.ts';

/** Holds at every moment: balances and coins are of one commit. */
export function judgeBalances({ wallets, coins, keys }: WalletTables, findings: Findings): void {
  for (const { address, balance } of wallets.values()) {
    const owned = sumOf([...coins.values()].filter((coin) => coin.address === address));
    findings.expect(owned === balance, () => `${address} has a balance of ${balance} and coins of ${owned}`);
    findings.expect(keys.has(address), () => `${address} has no key`);
  }
}

/** When everything has been followed. */
export function judgeWallets({ databases }: World, paid: ReadonlySet<string>, findings: Findings): void {
  const { tables } = databases.wallet;
  const chain = databases.chainstate.tables;
  const theirs = [...chain.coins].filter(([, { coin }]) => tables.wallets.has(addressOf(coin))).map(([key]) => key);
  findings.expectSame(tables.coins.keys(), theirs, 'coins of the wallets');
  const mined = minedTransactions(chain);
  for (const payment of tables.payments.values()) judgePayment(payment, mined.has(payment.txid), findings);
  const read = saidIn('wallet', databases.wallet);
  judgeLocks(read, findings);
  const signed = new Set(read.flatMap((event) => (event.type === 'PaymentSigned' ? [event.data.txid] : [])));
  for (const txid of paid)
    findings.expect(signed.has(txid), () => `payment ${txid} was made, and the log knows nothing of it`);
}

function judgePayment({ txid, status }: PaymentRow, isMined: boolean, findings: Findings): void {
  findings.expect((status === 'confirmed') === isMined, () =>
    isMined ? `payment ${txid} is in a block and ${status}` : `payment ${txid} is confirmed and in no block`,
  );
}

/** Nobody signs while an earlier payment of the same wallet waits. */
function judgeLocks(events: readonly WalletEvent[], findings: Findings): void {
  const waiting = new Map<string, string>();
  for (const { type, data } of events) {
    if (type === 'PaymentSigned') {
      const locked = [...waiting].find(([, from]) => from === data.from);
      findings.expect(locked === undefined, () => `${data.from} signed ${data.txid} while ${locked?.[0] ?? ''} waited`);
      waiting.set(data.txid, data.from);
    } else if (type === 'ChainFollowed') waiting.clear();
    else if (type === 'PaymentUnconfirmed') waiting.set(data.txid, data.from);
    else if (type === 'PaymentConfirmed' || type === 'PaymentFailed') waiting.delete(data.txid ?? '');
  }
}
