/** The coins that a waiting transaction spends, read from the transactions that made them. */
import { decodeTransaction, type Transaction } from '@pocket/chain';
import type { SpentCoin } from '@pocket/contracts';
import { bytesToHex, hexToBytes } from '@pocket/crypto';
import { transaction as readTransaction, type Moment } from '../../api/chain.ts';
import { ApiError } from '../../api/problem.ts';

/** By input; undefined for one whose transaction is not there. */
export async function prevoutsOf(
  { inputs }: Transaction,
  moment: Moment,
  signal: AbortSignal,
): Promise<(SpentCoin | undefined)[]> {
  const txids = [...new Set(inputs.map(({ prevout }) => prevout.txid))];
  const found = await Promise.all(txids.map(async (txid) => [txid, await outputsOf(txid, moment, signal)] as const));
  const outputs = new Map(found);
  return inputs.map(({ prevout }) => outputs.get(prevout.txid)?.[prevout.vout]);
}

async function outputsOf(txid: string, moment: Moment, signal: AbortSignal): Promise<SpentCoin[]> {
  const parent = await readTransaction(txid, moment, signal).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  });
  const decoded = parent && decodeTransaction(hexToBytes(parent.hex));
  if (parent === undefined || decoded?.ok !== true) return [];
  const place = { height: parent.block?.height ?? 0, coinbase: parent.fee === null };
  return decoded.transaction.outputs.map(({ value, scriptPubKey }) => ({
    ...{ value: value.toString(), scriptPubKey: bytesToHex(scriptPubKey) },
    ...place,
  }));
}
