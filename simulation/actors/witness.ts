/** What clients have been told. A promise to a client is one that the logs must keep. */
export interface Witness {
  /** Transactions that the pool has said it took, by txid. */
  readonly accepted: Set<string>;
  /** Payments that the wallet has said it made, by txid. */
  readonly paid: Set<string>;
  /** Blocks that were said to be on the best chain, by hash. */
  readonly blocks: Set<string>;
  /** Addresses of wallets that were made. */
  readonly wallets: Set<string>;
  /** Wishes and what became of them. */
  readonly outcomes: Record<'done' | 'refused' | 'unanswered', number>;
}

export function createWitness(): Witness {
  return {
    accepted: new Set(),
    paid: new Set(),
    blocks: new Set(),
    wallets: new Set(),
    outcomes: { done: 0, refused: 0, unanswered: 0 },
  };
}
