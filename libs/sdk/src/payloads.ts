/*
 * What the original's calls answer, as types, and its JSON inside JSON strings unpacked into one tree.
 * Field names are the original's; "latin1" says that a string holds bytes, one character each.
 */

export interface Wallet {
  readonly address: string;
  /** Confirmed sign units. */
  readonly balance: number;
  readonly wallet: WalletKeys;
}

export interface WalletKeys {
  /** `null` unless the gateway is a stand-alone test stand on loopback. */
  readonly privateKey: bigint | null;
  readonly publicKey: string;
  /** x followed by y, 64 characters, latin1. */
  readonly publicKeyBytes: string;
}

export interface Block {
  readonly hash: string;
  /** Empty for the genesis block. */
  readonly prevHash: string;
  readonly txsRootNode: string;
  /** ISO 8601 without a zone, UTC. */
  readonly timeStamp: string;
  readonly nonce: number;
  /** In pool order, the miner's reward last. */
  readonly transactions: readonly Transaction[];
}

export interface Transaction {
  readonly id: string;
  readonly inputs: readonly TransactionInput[];
  readonly outputs: readonly TransactionOutput[];
  readonly created: string;
  /** Absent while the transaction waits in the pool. */
  readonly included_in_block?: string;
}

export interface TransactionInput {
  /** Transaction whose output is spent; 0 in the genesis transaction. */
  readonly id: string | 0;
  readonly output: number;
  /** DER, latin1. */
  readonly sig: string | null;
  readonly publicKey: string;
  readonly publicKeyBytes: string;
}

export interface TransactionOutput {
  /** Sign units. */
  readonly val: number;
  /** 20 bytes, latin1. */
  readonly publicKeyHash: string;
}

export interface UnspentOutput extends TransactionOutput {
  readonly outputID: number;
}

/** Unspent outputs by transaction id. */
export type Chainstate = Readonly<Record<string, readonly UnspentOutput[]>>;

export interface PoolEntry {
  /** `"None"` for a payment that failed. */
  readonly txID: string;
  readonly fromAddr: string;
  readonly toAddr: string;
  readonly amount: number;
  readonly transaction: Transaction | null;
  readonly error: boolean;
  readonly errorText: string | null;
}

/** The first block of a new chain. */
export interface ChainStart {
  readonly chainId: string;
  readonly height: number;
  readonly hash: string;
}

interface PackedTransaction extends Omit<Transaction, 'inputs' | 'outputs'> {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

interface PackedBlock extends Omit<Block, 'transactions'> {
  readonly transactions: readonly string[];
}

interface PackedPoolEntry extends Omit<PoolEntry, 'transaction'> {
  readonly serializedTransaction: string | null;
}

/** The value in the envelope `{"data": …, "error": null}`. An address, or the sentence that says it is done. */
export function unpackText(answer: unknown): string {
  const { data } = answer as { data: unknown };
  if (typeof data !== 'string') throw new TypeError('data is no text');
  return data;
}

/** `GET /api/get_wallets`: `JSON.parse` would round a private key of up to 78 digits, so it is read from the text. */
export function unpackWallets(_answer: unknown, text: string): Wallet[] {
  const quoted = text.replace(/"privateKey"(\s*):(\s*)(\d+)/g, '"privateKey"$1:$2"$3"');
  const { data } = JSON.parse(quoted, keyAsBigint) as { data: unknown };
  if (!Array.isArray(data)) throw new TypeError('data is no list of wallets');
  return data as Wallet[];
}

function keyAsBigint(name: string, value: unknown): unknown {
  return name === 'privateKey' && typeof value === 'string' ? BigInt(value) : value;
}

/** `POST /v1/chain`. */
export function unpackChainStart(answer: unknown): ChainStart {
  const { chainId, height, hash } = answer as ChainStart;
  if (typeof hash !== 'string') throw new TypeError('hash is no text');
  return { chainId, height, hash };
}

/** `GET /v1/addresses/:address`: the confirmed balance in base units. */
export function unpackBalance(answer: unknown): bigint {
  const { confirmedBalance } = answer as { confirmedBalance: string };
  return BigInt(confirmedBalance);
}

/** `GET /api/get_blocks`. */
export function unpackBlocks(answer: unknown): Block[] {
  return (answer as readonly { serializedBlock: string }[]).map(({ serializedBlock }) => {
    const block = JSON.parse(serializedBlock) as PackedBlock;
    return { ...block, transactions: block.transactions.map(unpackTransaction) };
  });
}

/** `GET /api/get_chainstate`. */
export function unpackChainstate(answer: unknown): Chainstate {
  const packed = Object.entries(answer as Record<string, { serializedUnspentOutputs: string }>);
  return Object.fromEntries(
    packed.map(([txid, entry]) => [txid, JSON.parse(entry.serializedUnspentOutputs) as UnspentOutput[]]),
  );
}

/** `GET /api/get_pool`. */
export function unpackPool(answer: unknown): PoolEntry[] {
  return (answer as readonly PackedPoolEntry[]).map(({ serializedTransaction, ...entry }) => ({
    ...entry,
    transaction: serializedTransaction === null ? null : unpackTransaction(serializedTransaction),
  }));
}

function unpackTransaction(text: string): Transaction {
  const packed = JSON.parse(text) as PackedTransaction;
  return {
    ...packed,
    inputs: packed.inputs.map((input) => JSON.parse(input) as TransactionInput),
    outputs: packed.outputs.map((output) => JSON.parse(output) as TransactionOutput),
  };
}
