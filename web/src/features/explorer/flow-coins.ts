/** A transaction's coins on both sides, as they are drawn: what is spent, what is made, and who spends that. Pure. */
import { isCoinbase, type Transaction } from '@pocket/chain';
import type { SpentCoin, TransactionDetail } from '@pocket/contracts';
import { ownerOfScript } from '../../format/owner.ts';

export interface FlowCoin {
  key: string;
  /** Base units; undefined while it is not known. */
  value: bigint | undefined;
  owner: string | undefined;
  /** The transaction at its other end; undefined for an unspent output and for a coinbase's input. */
  txid: string | undefined;
}

export interface Flow {
  coinbase: boolean;
  inputs: FlowCoin[];
  outputs: FlowCoin[];
}

/** @param spent the coins of the inputs; null while they are not known. */
export function flowOf(
  transaction: Transaction,
  spent: readonly (SpentCoin | undefined)[] | null,
  spentBy: TransactionDetail['spentBy'],
): Flow {
  const coinbase = isCoinbase(transaction);
  const inputs = transaction.inputs.map(({ prevout }, index) => {
    const coin = spent?.[index];
    return {
      key: `${prevout.txid}:${prevout.vout}`,
      value: coin && BigInt(coin.value),
      owner: coin && ownerOfScript(coin.scriptPubKey),
      txid: prevout.txid,
    };
  });
  const outputs = transaction.outputs.map(({ value, scriptPubKey }, index) => ({
    ...{ key: String(index), value, owner: ownerOfScript(scriptPubKey) },
    txid: spentBy[index]?.txid,
  }));
  return { coinbase, inputs: coinbase ? [] : inputs, outputs };
}
