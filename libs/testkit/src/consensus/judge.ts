/** Who decides on blocks and transactions: the rules alone, a service on its database, or a whole system over HTTP. */

export type Verdict =
  | {
      readonly ok: true;
      /** A block that is kept until its unknown parent comes. */
      readonly waits?: boolean;
    }
  | {
      readonly ok: false;
      readonly code: string;
      readonly details?: Readonly<Record<string, string | number>> | undefined;
    };

/** Where the best chain ends; null for a chain without blocks. */
export interface JudgedTip {
  readonly height: number | null;
  readonly hash: string | null;
}

export interface Judge {
  submitBlock(hex: string): Promise<Verdict>;
  /** Answers when every block so far has reached whoever decides on transactions. */
  submitTransaction(hex: string): Promise<Verdict>;
  /** Answers when nothing is left to do about the blocks so far. */
  tip(): Promise<JudgedTip>;
}
