/**
 * Somebody who makes transactions and blocks of their own, with the protocol library and a wallet's key, and hands
 * them to the services directly, past the gateway and its good manners.
 */
import {
  createBlockTemplate,
  networks,
  p2pkhScript,
  templateTime,
  type Block,
  type BlockHash,
  type NamedCoin,
  type Transaction,
} from '@pocket/chain';
import { decodeAddress, hash160, hexToBytes, publicKeyOf, bytesToHex } from '@pocket/crypto';
import type { TestStack } from '@pocket/testkit';
import { mined, signed, type Owner } from '@pocket/testkit/builders';

/** What the chainstate says the next block must carry. */
export interface Tip {
  chainId: string;
  next: { height: number; previousBlockHash: BlockHash; bits: number; medianTimePast: number };
}
export interface ServiceAnswer {
  status: number;
  body: unknown;
}

/** A wallet of the system with its private key, as the test stand reveals it. */
export async function ownerAt(stack: TestStack, address: string): Promise<Owner> {
  const wallets = (await getJson(`${stack.urlOf('wallet')}/wallets`)) as { address: string; privateKey: string }[];
  const wallet = wallets.find((candidate) => candidate.address === address);
  const decoded = decodeAddress(address, networks.pocket.addressVersion);
  if (wallet === undefined || !decoded.ok) throw new Error(`${address} is no wallet of this system`);
  const privateKey = hexToBytes(wallet.privateKey);
  const publicKey = publicKeyOf(privateKey);
  return {
    privateKey,
    publicKey: bytesToHex(publicKey),
    address: decoded.address,
    script: p2pkhScript(hash160(publicKey)),
  };
}

/** The confirmed coins of an address, oldest first. */
export async function coinsOf(stack: TestStack, address: string): Promise<NamedCoin[]> {
  const decoded = decodeAddress(address, networks.pocket.addressVersion);
  if (!decoded.ok) throw new Error(decoded.message);
  const script = bytesToHex(p2pkhScript(decoded.hash160));
  const coins = (await getJson(`${stack.urlOf('chainstate')}/coins`)) as {
    txid: NamedCoin['outpoint']['txid'];
    vout: number;
    value: string;
    scriptPubKey: string;
    height: number;
  }[];
  return coins
    .filter(({ scriptPubKey }) => scriptPubKey === script)
    .map(({ txid, vout, value, height }) => ({
      outpoint: { txid, vout },
      coin: { value: BigInt(value), scriptPubKey: hexToBytes(script), height, coinbase: false },
    }));
}

/** A transaction of these coins, every input signed with the signer's key, whoever owns the coin. */
export function payment(
  coins: readonly NamedCoin[],
  signer: Owner,
  outputs: readonly [script: Uint8Array, value: bigint][],
): Transaction {
  const inputs = coins.map(({ outpoint }) => ({
    prevout: outpoint,
    scriptSig: new Uint8Array(0),
    sequence: 0xffffffff,
  }));
  const unsigned = {
    version: 1,
    inputs,
    outputs: outputs.map(([scriptPubKey, value]) => ({ value, scriptPubKey })),
    lockTime: 0,
  };
  return signed(unsigned, coins, signer);
}

/** A block on top of the chain with proof of work; `fees` are what its reward claims beyond the subsidy, base units. */
export async function blockOnTip(
  stack: TestStack,
  miner: Owner,
  { transactions, fees = 0n }: { transactions: readonly Transaction[]; fees?: bigint },
): Promise<{ tip: Tip; block: Block }> {
  const tip = (await getJson(`${stack.urlOf('chainstate')}/tip`)) as Tip;
  const { height, previousBlockHash, bits, medianTimePast } = tip.next;
  const { subsidy } = networks.pocket;
  const block = createBlockTemplate({
    height,
    previousBlockHash,
    bits,
    time: templateTime(Math.floor(Date.now() / 1000), medianTimePast),
    transactions: transactions.map((transaction) => ({ transaction, fee: 0n })),
    payTo: miner.address,
    extraNonce: new Uint8Array(8),
    params: { ...networks.pocket, subsidy: (at) => subsidy(at) + fees },
  });
  return { tip, block: mined(block) };
}

/** The pool's verdict on one transaction. */
export async function submitTransaction(stack: TestStack, hex: string): Promise<unknown> {
  const { status, body } = await post(`${stack.urlOf('tx-pool')}/transactions`, [{ hex }]);
  if (status !== 200 || !Array.isArray(body)) throw new Error(`the pool answered ${status} ${JSON.stringify(body)}`);
  return body[0];
}

export function submitBlock(stack: TestStack, { chainId }: Tip, hex: string): Promise<ServiceAnswer> {
  return post(`${stack.urlOf('chainstate')}/blocks`, { chainId, hex, firstSeen: [] });
}

/** One POST of JSON to a service. */
export async function post(url: string, body: object): Promise<ServiceAnswer> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`GET ${url}: ${response.status} ${await response.text()}`);
  return response.json();
}
