/**
 * What is asked of the gateway to tell how a payment was made: the transaction, the coins it spends, and, where a wallet of
 * this system made it, all coins that the payer had at that moment.
 */
import {
  ADDRESS_VERSION,
  decodeTransaction,
  networkNamed,
  p2pkhScript,
  type Coin,
  type NamedCoin,
  type Transaction,
} from '@pocket/chain';
import type { SpentCoin, WalletEvent } from '@pocket/contracts';
import { bytesToHex, decodeAddress, hexToBytes } from '@pocket/crypto';
import { chainstate, flight, transaction as readTransaction, type Moment } from '../../api/chain.ts';
import { event as readEvent } from '../../api/events.ts';
import { ApiError } from '../../api/problem.ts';
import { prevoutsOf } from '../explorer/prevouts.ts';
import type { MadePayment } from './coin-choice.ts';

export type Signed = Extract<WalletEvent, { type: 'PaymentSigned' }>['data'];

export interface Payer {
  signed: Signed;
  /** The event that recorded it, as `log:position`. */
  atEvent: string;
  payment: MadePayment;
  /** What the payer could spend then; undefined where there were too many coins to ask for. */
  coins: NamedCoin[] | undefined;
}

export interface PaymentStory {
  transaction: Transaction;
  /** Base units; null for a coinbase. */
  fee: string | null;
  /** By input; undefined for one that is not known. */
  spent: (Coin | undefined)[];
  /** undefined for a transaction that came from outside. */
  payer: Payer | undefined;
}

const PAGE_COINS = 1_000;
const MOST_PAGES = 20;

export async function readStory(txid: string, moment: Moment, signal: AbortSignal): Promise<PaymentStory> {
  const detail = await readTransaction(txid, moment, signal);
  const decoded = decodeTransaction(hexToBytes(detail.hex));
  if (!decoded.ok) throw new Error(decoded.message);
  const { transaction } = decoded;
  if (detail.fee === null) return { transaction, fee: null, spent: [], payer: undefined };
  const spent = detail.block === null ? await prevoutsOf(transaction, moment, signal) : (detail.spent ?? []);
  const payer = await readPayer(txid, signal);
  return { transaction, fee: detail.fee, spent: spent.map((coin) => coin && coinOf(coin)), payer };
}

function coinOf({ value, scriptPubKey, height, coinbase }: SpentCoin): Coin {
  return { value: BigInt(value), scriptPubKey: hexToBytes(scriptPubKey), height, coinbase };
}

async function readPayer(txid: string, signal: AbortSignal): Promise<Payer | undefined> {
  const known = await flight(txid, signal).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  });
  const step = known?.steps.find(({ type }) => type === 'PaymentSigned');
  if (step === undefined) return undefined;
  const signed = (await readEvent(step.service, String(step.position), signal)).data as Signed;
  const atEvent = `${step.service}:${step.position}`;
  const payment = {
    ...{ amount: BigInt(signed.amount), fee: BigInt(signed.fee) },
    ...{ toScript: scriptOf(signed.to), changeScript: scriptOf(signed.from) },
  };
  return { signed, atEvent, payment, coins: await coinsOf(payment.changeScript, { atEvent }, signal) };
}

function scriptOf(address: string): Uint8Array {
  const decoded = decodeAddress(address, ADDRESS_VERSION);
  if (!decoded.ok) throw new Error(decoded.message);
  return p2pkhScript(decoded.hash160);
}

/** What a script owned on the best chain at a moment and could spend in the next block. */
async function coinsOf(script: Uint8Array, moment: Moment, signal: AbortSignal): Promise<NamedCoin[] | undefined> {
  const wanted = bytesToHex(script);
  const found: NamedCoin[] = [];
  let after: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const view = await chainstate(moment, { limit: PAGE_COINS, ...(after === undefined ? {} : { after }) }, signal);
    const own = view.coins.filter(({ scriptPubKey }) => scriptPubKey === wanted);
    found.push(...own.map(({ txid, vout, value, height }) => namedCoin(txid, vout, { value, height, script })));
    if (view.next === null) return ripe(found, (view.height ?? -1) + 1, view.network, moment, signal);
    after = view.next;
  }
  return undefined;
}

interface ListedCoin {
  value: string;
  height: number;
  script: Uint8Array;
}

function namedCoin(txid: string, vout: number, { value, height, script }: ListedCoin): NamedCoin {
  const outpoint = { txid: txid as NamedCoin['outpoint']['txid'], vout };
  return { outpoint, coin: { value: BigInt(value), scriptPubKey: script, height, coinbase: false } };
}

/** Without the rewards that are too young to be spent: only of young coins it is asked whether they are rewards. */
async function ripe(
  coins: NamedCoin[],
  nextHeight: number,
  network: string | null,
  moment: Moment,
  signal: AbortSignal,
): Promise<NamedCoin[]> {
  const maturity = network === null ? 0 : (networkNamed(network)?.coinbaseMaturity ?? 0);
  const isYoung = ({ coin }: NamedCoin): boolean => coin.height + maturity > nextHeight;
  const kept = await Promise.all(
    coins.map(async (each) => {
      if (!isYoung(each)) return [each];
      const { fee } = await readTransaction(each.outpoint.txid, moment, signal);
      return fee === null ? [] : [each];
    }),
  );
  return kept.flat();
}
