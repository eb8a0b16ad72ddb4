/** What this wallet allows although the protocol would allow more. Not consensus. */

/** A payment of more inputs would not pass the pool's limit of 100,000 bytes; an input has at most 148. */
export const MAX_PAYMENT_INPUTS = 600;

/** Payments carry no fee unless a network asks for one. */
export const PAYMENT_FEE = 0n;
