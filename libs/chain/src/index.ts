// The public face of the protocol: formats, rules, and the pure steps services are made of. Runs in a browser.
export {
  type BlockHash,
  NULL_BLOCK_HASH,
  NULL_OUTPOINT,
  NULL_TXID,
  NULL_VOUT,
  type Outpoint,
  type Txid,
  isBlockHash,
  isNullOutpoint,
  isTxid,
  outpointKey,
} from './outpoint.ts';
export {
  type DecodedTransaction,
  FINAL_SEQUENCE,
  type Transaction,
  type TransactionInput,
  type TransactionOutput,
  decodeTransaction,
  encodeTransaction,
  txidOf,
} from './transaction.ts';
export {
  type Block,
  type BlockHeader,
  type DecodedBlock,
  type DecodedHeader,
  blockHashOf,
  decodeBlock,
  decodeHeader,
  encodeBlock,
  encodeHeader,
} from './block.ts';
export { type Coin, type DecodedCoins, decodeCoins, encodeCoins } from './coin.ts';
export { CoinView, type NamedCoin } from './coin-view.ts';
export { type MerkleRoot, merkleRoot } from './merkle.ts';
export { bitsFromTarget, hashMeetsTarget, targetFromBits, workOfBits } from './target.ts';
export {
  MAX_MONEY,
  type NetworkDescription,
  type NetworkParameters,
  UNIT,
  describeNetwork,
  networkOf,
  networks,
} from './network.ts';
export {
  type P2pkhScriptSig,
  SIGHASH_ALL,
  addressOfScript,
  p2pkhHash,
  p2pkhScript,
  p2pkhScriptSig,
  parseP2pkhScriptSig,
  scriptOfAddress,
} from './script.ts';
export { signatureHash } from './sighash.ts';
export { type PrivateKeys, signTransaction, verifyInput } from './signing.ts';
export { type CoinbaseContent, coinbaseHeight, createCoinbase, isCoinbase } from './coinbase.ts';
export type { Accepted, RejectCode, Rejection } from './rejection.ts';
export {
  type AcceptedInputs,
  checkTransaction,
  checkTransactionInputs,
  checkTransactionScripts,
  isFinal,
} from './consensus/transaction-rules.ts';
export { type BlockContext, checkBlock, checkHeader, medianTimePast } from './consensus/block-rules.ts';
export {
  type ConnectedBlock,
  coinsNeededBy,
  connectBlock,
  createdCoins,
  disconnectBlock,
} from './consensus/connect.ts';
export { type CoinSelection, type Payment, buildPayment, selectCoins } from './coin-selection.ts';
export { type TemplateRequest, type TransactionWithFee, createBlockTemplate, templateTime } from './template.ts';
