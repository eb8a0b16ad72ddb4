/** The parts of `/v1` through which strangers hand in blocks and transactions, as a stranger's client sees them. */

export interface NodeAnswer<T> {
  status: number;
  body: T;
}

/** A refusal as problem+json. */
export interface Refusal {
  code: string;
  detail: string;
  remedy: string;
  details?: Record<string, string | number>;
}

export interface SubmittedBlock {
  hash: string;
  height: number | null;
  onBestChain: boolean;
  waitsFor?: string;
}

export interface Info {
  chainId: string;
  network: string;
  blockHash: string | null;
  height: number | null;
  unspentOutputs: number;
  totalAmount: string;
  subsidies: string;
  unclaimed: string;
  coinsHash: string;
}

export interface TipOfBranch {
  height: number;
  hash: string;
  branchlen: number;
  status: string;
}

export interface Result {
  status: number;
  txid?: string;
  code?: string;
  detail?: string;
  details?: Record<string, string | number>;
}

export class NodeClient {
  readonly #url: string;

  /** @param url the gateway's address, without a slash at its end. */
  constructor(url: string) {
    this.#url = url;
  }

  submitBlock(hex: string): Promise<NodeAnswer<SubmittedBlock & Partial<Refusal>>> {
    return this.send('POST', '/v1/blocks', { hex });
  }

  submitTransaction(hex: string, query = ''): Promise<NodeAnswer<{ txid: string } & Partial<Refusal>>> {
    return this.send('POST', `/v1/transactions${query}`, { hex });
  }

  submitTransactions(hexes: readonly string[], query = ''): Promise<NodeAnswer<Result[]>> {
    return this.send(
      'POST',
      `/v1/transactions${query}`,
      hexes.map((hex) => ({ hex })),
    );
  }

  async info(): Promise<Info> {
    return (await this.send<Info>('GET', '/v1/chainstate/info')).body;
  }

  async tips(): Promise<TipOfBranch[]> {
    return (await this.send<TipOfBranch[]>('GET', '/v1/chain/tips')).body;
  }

  operate(verdict: 'invalidate' | 'reconsider', hash: string): Promise<NodeAnswer<{ hash: string; height: number }>> {
    return this.send('POST', `/v1/blocks/${hash}/${verdict}`);
  }

  /** One request; throws only when no answer comes or it is no JSON. */
  async send<T>(method: string, path: string, body?: unknown): Promise<NodeAnswer<T>> {
    const json = { 'content-type': 'application/json' };
    const response = await fetch(this.#url + path, {
      method,
      ...(body === undefined ? {} : { headers: json, body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as T };
  }
}
