/*
 * A story for four logs that a real system could have told: wallets are created, then every block pays one of them and
 * confirms one payment of the reward before it. Coins, undo data and Merkle roots are right; signatures and nonces are
 * filling, since whoever folds a log does not judge it again.
 */
import {
  blockHashOf,
  createCoinbase,
  createdCoins,
  describeNetwork,
  encodeBlock,
  encodeCoins,
  encodeTransaction,
  merkleRoot,
  networks,
  NULL_BLOCK_HASH,
  p2pkhScript,
  p2pkhScriptSig,
  txidOf,
  type Block,
  type NamedCoin,
  type Transaction,
} from '@pocket/chain';
import {
  chainEvents,
  minerEvents,
  poolEvents,
  walletEvents,
  type ChainEvent,
  type EventSource,
  type MinerEvent,
  type PoolEvent,
  type WalletEvent,
} from '@pocket/contracts';
import { bytesToHex, encodeAddress } from '@pocket/crypto';
import type { NewEvent } from '@pocket/eventstore';

/** What each service says of one step. */
export type Told = Record<EventSource, NewEvent[]>;

const NETWORK = networks.pocket;
const CHAIN_ID = 'bench';
const WALLETS = 1_000;
const FIRST_SECOND = 1_700_000_000;
const BLOCK_SECONDS = 600;
const FILLED_SIGNATURE = new Uint8Array(71).fill(0x30);

interface Owner {
  readonly address: string;
  readonly publicKey: Uint8Array;
  readonly script: Uint8Array;
}

/** The beginning, then block after block. */
export function* storyOf(blocks: number): Generator<Told> {
  const owners = Array.from({ length: WALLETS }, (_, number) => ownerOf(number));
  yield beginning(owners);
  let previousBlockHash = NULL_BLOCK_HASH;
  let reward: NamedCoin | undefined;
  for (let height = 0; height < blocks; height++) {
    const [payer, payee] = [ownerAt(owners, height - 1), ownerAt(owners, height * 7 + 3)];
    const payment = reward && paymentOf(reward, payer, payee);
    const block = blockOf(height, previousBlockHash, ownerAt(owners, height), payment);
    yield tellBlock({ block, height, spent: reward, payment, payer, payee, miner: ownerAt(owners, height) });
    previousBlockHash = blockHashOf(block.header);
    [reward] = block.transactions.flatMap((transaction) => createdCoins(transaction, height));
  }
}

function ownerOf(number: number): Owner {
  const hash = new Uint8Array(20).fill(0x11);
  new DataView(hash.buffer).setUint32(0, number);
  const publicKey = Uint8Array.of(2, ...hash, ...hash.subarray(0, 12));
  return { address: encodeAddress(hash, NETWORK.addressVersion), publicKey, script: p2pkhScript(hash) };
}

function ownerAt(owners: readonly Owner[], number: number): Owner {
  const owner = owners[(number + owners.length) % owners.length];
  if (owner === undefined) throw new RangeError('owners are numbered from -1 on');
  return owner;
}

function beginning(owners: readonly Owner[]): Told {
  const parameters = { ...describeNetwork(NETWORK) };
  const created = owners.map(({ address, publicKey }) =>
    walletEvent(address, { type: 'WalletCreated', data: { address, publicKey: bytesToHex(publicKey) } }),
  );
  const started = { chainId: CHAIN_ID, network: NETWORK.name };
  return {
    chainstate: [chainEvent({ type: 'ChainStarted', data: { ...started, parameters } })],
    'tx-pool': [poolEvent({ type: 'PoolCleared', data: { chainId: CHAIN_ID } })],
    wallet: [walletEvent('chain', { type: 'ChainFollowed', data: started }), ...created],
    miner: [],
  };
}

function paymentOf({ outpoint, coin }: NamedCoin, payer: Owner, payee: Owner): Transaction {
  const value = coin.value / 4n;
  return {
    version: 1,
    inputs: [{ prevout: outpoint, scriptSig: p2pkhScriptSig(FILLED_SIGNATURE, payer.publicKey), sequence: 0xffffffff }],
    outputs: [
      { value, scriptPubKey: payee.script },
      { value: coin.value - value, scriptPubKey: payer.script },
    ],
    lockTime: 0,
  };
}

function blockOf(
  height: number,
  previousBlockHash: Block['header']['previousBlockHash'],
  miner: Owner,
  payment: Transaction | undefined,
): Block {
  const outputs = [{ value: NETWORK.subsidy(height), scriptPubKey: miner.script }];
  const coinbase = createCoinbase({ height, extraNonce: new Uint8Array(8), outputs });
  const transactions = payment === undefined ? [coinbase] : [coinbase, payment];
  const time = FIRST_SECOND + height * BLOCK_SECONDS;
  const { root } = merkleRoot(transactions.map(txidOf));
  const header = {
    version: 0x20000000,
    previousBlockHash,
    merkleRoot: root,
    time,
    bits: NETWORK.initialBits,
    nonce: 0,
  };
  return { header, transactions };
}

interface Step {
  block: Block;
  height: number;
  spent: NamedCoin | undefined;
  payment: Transaction | undefined;
  payer: Owner;
  payee: Owner;
  miner: Owner;
}

function tellBlock(step: Step): Told {
  const { block, height, spent, payment, miner } = step;
  const blockHash = blockHashOf(block.header);
  const seenAt = block.header.time * 1_000 - 1;
  const data = {
    ...{ chainId: CHAIN_ID, height, blockHash, block: bytesToHex(encodeBlock(block)) },
    firstSeen: block.transactions.map((_, index) => (index === 0 ? null : seenAt)),
    undo: bytesToHex(encodeCoins(spent === undefined ? [] : [spent.coin])),
  };
  return {
    chainstate: [chainEvent({ type: 'BlockConnected', data })],
    miner: tellSearch(block, blockHash, height, miner),
    ...(payment === undefined
      ? { 'tx-pool': [], wallet: [] }
      : tellPayment(step, payment, { blockHash, height }, seenAt)),
  };
}

function tellSearch(
  { header, transactions }: Block,
  blockHash: string,
  height: number,
  { address }: Owner,
): NewEvent[] {
  const searchId = `search-${height}`;
  const { previousBlockHash, bits, nonce } = header;
  const wanted = { searchId, address, height, previousBlockHash, bits, transactionCount: transactions.length };
  return [
    minerEvent(searchId, { type: 'MiningRequested', data: wanted }),
    minerEvent(searchId, { type: 'BlockFound', data: { searchId, blockHash, height, nonce } }),
  ];
}

function tellPayment(
  { payer, payee }: Step,
  payment: Transaction,
  place: { blockHash: string; height: number },
  receivedAt: number,
): Pick<Told, 'tx-pool' | 'wallet'> {
  const txid = txidOf(payment);
  const paymentId = `00000000-0000-4000-8000-${place.height.toString(16).padStart(12, '0')}`;
  const amount = (payment.outputs[0]?.value ?? 0n).toString();
  const sent = {
    from: payer.address,
    to: payee.address,
    amount,
    fee: '0',
    txid,
    hex: bytesToHex(encodeTransaction(payment)),
  };
  const confirmed = { paymentId, from: payer.address, txid, ...place };
  return {
    'tx-pool': [
      poolEvent({ type: 'TransactionAccepted', data: { ...sent, receivedAt } }),
      poolEvent({ type: 'TransactionConfirmed', data: { txid, ...place } }),
      poolEvent({ type: 'BlockFollowed', data: place }),
    ],
    wallet: [
      walletEvent(payer.address, { type: 'PaymentSigned', data: { paymentId, ...sent } }),
      walletEvent(payer.address, { type: 'PaymentConfirmed', data: confirmed }),
    ],
  };
}

function chainEvent(event: ChainEvent): NewEvent {
  return { ...event, stream: 'chain', schemaVersion: chainEvents[event.type].schemaVersion };
}

function poolEvent(event: PoolEvent): NewEvent {
  return { ...event, stream: 'pool', schemaVersion: poolEvents[event.type].schemaVersion };
}

function walletEvent(name: string, event: WalletEvent): NewEvent {
  return { ...event, stream: `wallet-${name}`, schemaVersion: walletEvents[event.type].schemaVersion };
}

function minerEvent(searchId: string, event: MinerEvent): NewEvent {
  return { ...event, stream: searchId, schemaVersion: minerEvents[event.type].schemaVersion };
}
