/** The lab's own key, made in the page and forgotten with it, and what it can sign: its own coins, nobody else's. Pure. */
import { p2pkhHash, p2pkhScript, signTransaction, type Coin, type Outpoint, type Transaction } from '@pocket/chain';
import { equalBytes, hash160, hexToBytes, isPrivateKey, publicKeyOf } from '@pocket/crypto';

export interface LabKey {
  /** 32 bytes. */
  readonly privateKey: Uint8Array;
  /** Pays to it. */
  readonly script: Uint8Array;
}

/** @param random fills bytes by chance. */
export function makeLabKey(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): LabKey {
  for (;;) {
    const privateKey = random(new Uint8Array(32));
    const key = keyOf(privateKey);
    if (key !== undefined) return key;
  }
}

/** undefined for bytes that are no private key. */
export function keyOf(privateKey: Uint8Array): LabKey | undefined {
  if (!isPrivateKey(privateKey)) return undefined;
  return { privateKey, script: p2pkhScript(hash160(publicKeyOf(privateKey))) };
}

export interface SignedAgain {
  readonly transaction: Transaction;
  /** The inputs that are signed now, and those whose coins the key does not own or which spend no coin that is known. */
  readonly signed: readonly number[];
  readonly lacking: readonly number[];
}

/** The transaction signed anew where the key is the owner's; other inputs keep what they had. */
export function signAgain(
  transaction: Transaction,
  coinOf: (outpoint: Outpoint) => Coin | undefined,
  { privateKey, script }: LabKey,
): SignedAgain {
  const places = transaction.inputs.map((_, index) => index);
  const coins = transaction.inputs.map(({ prevout }) => coinOf(prevout));
  const owns = (index: number) => isSameOwner(coins[index]?.scriptPubKey, script);
  const signed = places.filter(owns);
  if (signed.length === 0) return { transaction, signed, lacking: places };
  // What one input shows is no part of what another one signs, so the coins of others may be any.
  const shown = coins.map((coin) => coin ?? { value: 0n, scriptPubKey: script, height: 0, coinbase: false });
  const anew = signTransaction(transaction, shown, () => privateKey);
  const inputs = transaction.inputs.map((input, index) => (owns(index) ? (anew.inputs[index] ?? input) : input));
  return { transaction: { ...transaction, inputs }, signed, lacking: places.filter((index) => !owns(index)) };
}

function isSameOwner(left: Uint8Array | undefined, right: Uint8Array): boolean {
  const [one, other] = [left && p2pkhHash(left), p2pkhHash(right)];
  return one !== undefined && other !== undefined && equalBytes(one, other);
}

/** A private key as the stand shows it, in decimal digits; undefined for any other text. */
export function privateKeyOf(text: string): Uint8Array | undefined {
  if (!/^\d{1,78}$/.test(text) || text.length === 64) return undefined;
  const digits = BigInt(text).toString(16).padStart(64, '0');
  return digits.length === 64 ? hexToBytes(digits) : undefined;
}
