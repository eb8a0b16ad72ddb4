/*
 * `BlockChain`: the original's methods, in camelCase, on a running gateway. A program written against the original's
 * Python class reads the same here, with `await`. Every method throws a PocketError when the gateway refuses.
 */
import { PocketError } from './error.ts';
import { connectGateway, type Gateway } from './gateway.ts';
import {
  unpackText,
  unpackBalance,
  unpackBlocks,
  unpackChainStart,
  unpackChainstate,
  unpackPool,
  unpackWallets,
  type Block,
  type Chainstate,
  type ChainStart,
  type PoolEntry,
  type Wallet,
} from './payloads.ts';
import { showBlock } from './show-block.ts';

export interface BlockChainOptions {
  /** The gateway's address; default `http://127.0.0.1:8080`. */
  readonly url?: string;
  /** Where `showBlocks` writes, one call a block; default `console.log`. */
  readonly print?: (text: string) => void;
}

const DEFAULT_URL = 'http://127.0.0.1:8080';
const BASE_UNITS_PER_SIGN_UNIT = 100_000_000n;

export class BlockChain {
  readonly #gateway: Gateway;
  readonly #print: (text: string) => void;

  // eslint-disable-next-line no-console -- the original's show_blocks prints
  constructor({ url = DEFAULT_URL, print = console.log }: BlockChainOptions = {}) {
    this.#gateway = connectGateway(url);
    this.#print = print;
  }

  /** Makes a wallet and gives its address. */
  async newWallet(): Promise<string> {
    return this.#gateway.post('/api/new_wallet', undefined, unpackText);
  }

  /**
   * Starts the chain: mines the genesis block, whose reward of 10 units goes to `address`. Kind `chain-already-started`
   * when there is one, unless `startOver`: then a new chain begins; wallets stay, their coins and the pool are gone.
   */
  async initSystem(address: string, { startOver = false }: { startOver?: boolean } = {}): Promise<ChainStart> {
    return this.#gateway.post('/v1/chain', { address, startOver }, unpackChainStart);
  }

  /**
   * Confirmed sign units of any address. Kind `Inexact` when it is no whole number of units or above 2^53 - 1, as raw
   * transactions can make it; `getBalanceInBaseUnits` is exact for all.
   */
  async getBalance(address: string): Promise<number> {
    const baseUnits = await this.getBalanceInBaseUnits(address);
    const units = Number(baseUnits / BASE_UNITS_PER_SIGN_UNIT);
    if (baseUnits % BASE_UNITS_PER_SIGN_UNIT === 0n && Number.isSafeInteger(units)) return units;
    throw new PocketError('Inexact', `${address} has ${baseUnits} base units, which is no whole number of units`);
  }

  /** Confirmed base units of any address; 1 sign unit is 100,000,000 of them. */
  async getBalanceInBaseUnits(address: string): Promise<bigint> {
    return this.#gateway.get(`/v1/addresses/${encodeURIComponent(address)}`, unpackBalance);
  }

  /** Pays `amount` whole sign units. The payment waits in the pool, and `from` is locked until it is in a block. */
  async send(from: string, to: string, amount: number): Promise<void> {
    await this.#gateway.post('/api/send', { from, to, amount }, unpackText);
  }

  /** Mines a block of the `txAmount` oldest payments in the pool; its reward goes to `address`. */
  async mineBlock(address: string, txAmount = 5): Promise<void> {
    await this.#gateway.post('/api/mine_block', { address, txAmount }, unpackText);
  }

  /** Prints all information of all blocks, genesis first, and returns it. */
  async showBlocks(): Promise<Block[]> {
    const blocks = await this.getBlocks();
    blocks.forEach((block, height) => {
      this.#print(showBlock(block, height));
    });
    return blocks;
  }

  /** All wallets of this system, oldest first. */
  async getWallets(): Promise<Wallet[]> {
    return this.#gateway.get('/api/get_wallets', unpackWallets);
  }

  /** All blocks, genesis first; none before the chain is started. */
  async getBlocks(): Promise<Block[]> {
    return this.#gateway.get('/api/get_blocks', unpackBlocks);
  }

  /** All unspent outputs, by transaction id. */
  async getChainstate(): Promise<Chainstate> {
    return this.#gateway.get('/api/get_chainstate', unpackChainstate);
  }

  /** Payments that wait for a block, oldest first, and those that failed. */
  async getPool(): Promise<PoolEntry[]> {
    return this.#gateway.get('/api/get_pool', unpackPool);
  }

  /** Wipes everything and leaves the original's training data: eight wallets, ten blocks, two waiting payments. */
  async resetSystem(): Promise<void> {
    await this.#gateway.post('/api/reset_system', undefined, unpackText);
  }
}
