/*
 * @pocket/sdk: the original's methods for programs in Node and browsers. Needs `fetch` and nothing else.
 */
export { BlockChain, type BlockChainOptions } from './block-chain.ts';
export { PocketError } from './error.ts';
export type {
  Block,
  Chainstate,
  ChainStart,
  PoolEntry,
  Transaction,
  TransactionInput,
  TransactionOutput,
  UnspentOutput,
  Wallet,
  WalletKeys,
} from './payloads.ts';
