/** The height and the extra nonce in a coinbase's script, where it is made as libs/chain makes one. Pure. */
import { coinbaseHeight, createCoinbase, isCoinbase, type Transaction } from '@pocket/chain';
import { equalBytes } from '@pocket/crypto';

export interface CoinbaseScript {
  readonly height: number;
  /** 8 bytes. */
  readonly extraNonce: Uint8Array;
}

const EXTRA_NONCE_BYTES = 8;

/** undefined for any other transaction, and for a coinbase of another make. */
export function coinbaseScript(transaction: Transaction): CoinbaseScript | undefined {
  const height = coinbaseHeight(transaction);
  const script = transaction.inputs[0]?.scriptSig;
  if (!isCoinbase(transaction) || height === undefined || script === undefined || script.length < EXTRA_NONCE_BYTES)
    return undefined;
  const parts = { height, extraNonce: script.slice(-EXTRA_NONCE_BYTES) };
  return equalBytes(scriptOf(parts), script) ? parts : undefined;
}

/** The coinbase with other parts in its script. */
export function withCoinbaseScript(coinbase: Transaction, changes: Partial<CoinbaseScript>): Transaction {
  const parts = coinbaseScript(coinbase);
  if (parts === undefined) return coinbase;
  const scriptSig = scriptOf({ ...parts, ...changes });
  return { ...coinbase, inputs: coinbase.inputs.map((input) => ({ ...input, scriptSig })) };
}

function scriptOf({ height, extraNonce }: CoinbaseScript): Uint8Array {
  const [input] = createCoinbase({ height, extraNonce, outputs: [] }).inputs;
  if (input === undefined) throw new Error('a coinbase has no input');
  return input.scriptSig;
}
