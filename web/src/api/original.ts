/**
 * The original's writes and its list of wallets, by the same calls as its own test stand made. Numbers are read without
 * loss, because a private key has up to 78 digits.
 */
import { parse } from 'lossless-json';
import { ApiError, reached } from './problem.ts';
import { request, type Asked } from './request.ts';

export interface WalletKeys {
  address: string;
  /** Decimal digits; null where the server does not show keys. */
  privateKey: string | null;
  /** PEM. */
  publicKey: string;
}

interface Envelope {
  data: unknown;
  error: string | null;
}

interface OriginalWallet {
  address: string;
  wallet: { privateKey: string | null; publicKey: string };
}

/** @throws ApiError with the original's text where the envelope holds one. */
async function ask(path: string, asked: Asked): Promise<unknown> {
  const response = await request(path, asked);
  const text = await reached(response.text());
  const { data, error } = envelopeOf(text, response);
  if (error !== null) throw new ApiError(response.status, { code: 'refused', detail: error });
  return data;
}

/** Every number becomes its digits. */
function envelopeOf(text: string, { status, statusText }: Response): Envelope {
  try {
    return parse(text, undefined, (digits) => digits) as Envelope;
  } catch {
    throw new ApiError(status, { code: `http-${status}`, detail: statusText });
  }
}

const post = async (path: string, body?: object): Promise<string> =>
  String(await ask(path, { method: 'POST', ...(body === undefined ? {} : { body }) }));

/** The new wallet's address. */
export const newWallet = (): Promise<string> => post('/api/new_wallet');

/** @param amount in whole sign units. */
export const send = (from: string, to: string, amount: number): Promise<string> =>
  post('/api/send', { from, to, amount });

/** Mines a block with at most `txAmount` of the waiting transactions, in the order they came. */
export const mineBlock = (address: string, txAmount: number): Promise<string> =>
  post('/api/mine_block', { address, txAmount });

export const resetSystem = (): Promise<string> => post('/api/reset_system');

/** The keys of all wallets, oldest first. */
export async function walletKeys(signal?: AbortSignal): Promise<WalletKeys[]> {
  const wallets = (await ask('/api/get_wallets', { signal })) as OriginalWallet[];
  return wallets.map(({ address, wallet: { privateKey, publicKey } }) => ({ address, privateKey, publicKey }));
}
