/**
 * The original's eight calls over HTTP and nothing else: no check, no repair, so that a test sees what a stranger's
 * client would. The types are written from the contract, not from the code that serves it.
 */

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The text read as JSON; throws when it is none. */
  json(): unknown;
}

/** Exactly these headers, besides what HTTP itself needs; a body brings no content type with it. */
export interface Sending {
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
}

export type Envelope<T> = { data: T; error: null } | { data: null; error: string };

export interface OriginalWallet {
  address: string;
  balance: number;
  /** `JSON.parse` rounds the key; `Answer.text` has all its digits. */
  wallet: { privateKey: number; publicKey: string; publicKeyBytes: string };
}
export interface OriginalBlock {
  hash: string;
  serializedBlock: string;
  txsRootNode: string;
}
export interface OriginalPoolEntry {
  txID: string;
  fromAddr: string;
  toAddr: string;
  amount: number;
  serializedTransaction: string | null;
  error: boolean;
  errorText: string | null;
}
export type OriginalChainstate = Record<string, { serializedUnspentOutputs: string }>;

const JSON_HEADERS = { 'content-type': 'application/json' };

export class OriginalClient {
  readonly #url: string;

  /** @param url the gateway's address, without a slash at its end. */
  constructor(url: string) {
    this.#url = url;
  }

  /** One request as it is given. Throws only when no answer comes. */
  async request(method: string, path: string, { headers = {}, body }: Sending = {}): Promise<Answer> {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    const response = await fetch(this.#url + path, { method, headers, body: bytes ?? null });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) as unknown };
  }

  /** A JSON body, written out by the caller. */
  postJson(path: string, body: string): Promise<Answer> {
    return this.request('POST', path, { headers: JSON_HEADERS, body });
  }

  send(from: string, to: string, amount: number): Promise<Envelope<string>> {
    return this.#post('/api/send', { from, to, amount });
  }

  mineBlock(address: string, txAmount: number): Promise<Envelope<string>> {
    return this.#post('/api/mine_block', { address, txAmount });
  }

  resetSystem(): Promise<Envelope<string>> {
    return this.#post('/api/reset_system');
  }

  /** The new wallet's address. Throws when there is none. */
  async newWallet(): Promise<string> {
    const { data, error } = await this.#post('/api/new_wallet');
    if (data === null) throw new Error(error);
    return data;
  }

  async getWallets(): Promise<OriginalWallet[]> {
    const { data, error } = await this.#get<Envelope<OriginalWallet[]>>('/api/get_wallets');
    if (data === null) throw new Error(error);
    return data;
  }

  getBlocks(): Promise<OriginalBlock[]> {
    return this.#get('/api/get_blocks');
  }

  getChainstate(): Promise<OriginalChainstate> {
    return this.#get('/api/get_chainstate');
  }

  getPool(): Promise<OriginalPoolEntry[]> {
    return this.#get('/api/get_pool');
  }

  async #get<T>(path: string): Promise<T> {
    const answer = await this.request('GET', path);
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.text}`);
    return answer.json() as T;
  }

  /** The envelope, whatever the status. */
  async #post(path: string, body?: object): Promise<Envelope<string>> {
    const answer = await (body === undefined ? this.request('POST', path) : this.postJson(path, JSON.stringify(body)));
    return answer.json() as Envelope<string>;
  }
}
