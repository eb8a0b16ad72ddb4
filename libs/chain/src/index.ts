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
  transactionSize,
  txidOf,
} from './transaction.ts';
export {
  type Block,
  type BlockHeader,
  type DecodedBlock,
  type DecodedHeader,
  blockHashOf,
  blockSize,
  decodeBlock,
  decodeHeader,
  encodeBlock,
  encodeHeader,
} from './block.ts';
export { type Coin, type DecodedCoins, decodeCoins, encodeCoins } from './coin.ts';
export { CoinView, type NamedCoin } from './coin-view.ts';
export { type MerkleRoot, merkleLevels, merkleRoot } from './merkle.ts';
export { bitsFromTarget, hashMeetsTarget, targetFromBits, workOfBits } from './target.ts';
export {
  type IndexedBlock,
  type InvalidReason,
  type Reorganization,
  BlockIndex,
  ancestorAt,
  isBetter,
  nextBits,
  recentTimes,
  reorganization,
} from './block-index.ts';
export { CoinChanges } from './coin-changes.ts';
export { coinsHash } from './coins-hash.ts';
export { RecentCoins } from './recent-coins.ts';
export { subsidiesUpTo, unclaimedBy } from './supply.ts';
export {
  ADDRESS_VERSION,
  MAX_MONEY,
  type NetworkDescription,
  type NetworkName,
  type NetworkParameters,
  type Retargeting,
  UNIT,
  describeNetwork,
  networkNamed,
  networkOf,
  networks,
} from './network.ts';
export {
  type P2pkhScriptSig,
  SIGHASH_ALL,
  addressOfScript,
  isP2pkhScript,
  p2pkhHash,
  p2pkhScript,
  p2pkhScriptSig,
  parseP2pkhScriptSig,
  scriptOfAddress,
} from './script.ts';
export { signatureHash } from './sighash.ts';
export { type PrivateKeys, signTransaction, verifyInput } from './signing.ts';
export { type CoinbaseContent, coinbaseHeight, createCoinbase, isCoinbase } from './coinbase.ts';
export { type Accepted, type RejectCode, type Rejection, type RejectionDetails, reject } from './rejection.ts';
export {
  type AcceptedInputs,
  checkFinal,
  checkTransaction,
  checkTransactionInputs,
  checkTransactionScripts,
  isFinal,
} from './consensus/transaction-rules.ts';
export { MAX_BLOCK_SIGNATURE_OPERATIONS, signatureOperationsOf } from './consensus/signature-operations.ts';
export {
  type BlockContext,
  checkBlock,
  checkBlockAlone,
  checkBlockBody,
  checkBlockInContext,
  medianTimePast,
} from './consensus/block-rules.ts';
export { contextOn } from './consensus/block-context.ts';
export {
  type ConnectedBlock,
  coinsNeededBy,
  connectBlock,
  createdCoins,
  disconnectBlock,
  spentCoins,
} from './consensus/connect.ts';
export { type CoinSelection, type Payment, buildPayment, selectCoins } from './coin-selection.ts';
export {
  type TemplateRequest,
  type TransactionWithFee,
  createBlockTemplate,
  rollTemplate,
  roomForTransactions,
  templateTime,
} from './template.ts';
