/**
 * What the wallet's writer remembers between batches, so that following a block reads nothing, and a payment of a wallet
 * that has paid lately neither: the payments that wait, and what these payers own.
 * What it does not know is not believed. A block that confirms anything else than is known here fails as a conflict (see
 * the projection); so does a payment where another replica has followed the chain or changed the payer (see the guards).
 * It needs no `committed`, for which the writer would look at the log after every block of strangers.
 */
import { createdCoins, outpointKey, spentCoins, type NamedCoin } from '@pocket/chain';
import { bytesToHex } from '@pocket/crypto';
import { scriptOf, type FollowBlock, type UnfollowBlock, type WalletCommand } from './domain/decide.ts';
import { emptyState, mayNeedMore, type Means, type WalletState } from './domain/state.ts';

export interface MemorySources {
  /** All payments that wait, with the wallets they are from. */
  readWaiting: () => Promise<WalletState>;
  /** null before a chain was followed. */
  readChain: () => Promise<{ position: number; coinbaseMaturity: number } | null>;
}

interface Payer {
  readonly address: string;
  version: number;
  means: Means;
}

/** The payers of the last batches; with more of them all are forgotten. */
const MAX_PAYERS = 1_000;
/** Coins kept of each; a payment that needs more reads them. */
const MAX_COINS = 64;

export const clears = ({ type }: WalletCommand): boolean => type === 'FollowStart' || type === 'ForgetWallets';
export const isBlock = (command: WalletCommand): command is FollowBlock | UnfollowBlock =>
  command.type === 'FollowBlock' || command.type === 'UnfollowBlock';

export class Memory {
  readonly #sources: MemorySources;
  /** Only payments that wait, and the versions of wallets; undefined before the first batch. */
  #waiting: WalletState | undefined;
  /** The last batch, decided. Where the writer asks for nothing fresh, it has been committed. */
  #last: { commands: WalletCommand[]; state: WalletState } | undefined;
  /** Whether no other replica has been seen to sign; where one does, everything is looked up. */
  #alone = true;
  readonly #payers = new Map<string, Payer>();
  /** The same by the script that pays them, hex. */
  readonly #payersByScript = new Map<string, Payer>();
  /**
   * Up to where the chain's log is known: a height comes again on another branch, or another chain. Undefined where payers
   * are not remembered: what is too young to be spent is read.
   */
  #position: number | undefined;

  constructor(sources: MemorySources) {
    this.#sources = sources;
  }

  /** Brings the memory up to date: with what this process has just written, or from the tables. */
  async update(fresh: boolean): Promise<void> {
    const [last, known] = [this.#last, this.#waiting];
    this.#last = undefined;
    if (!fresh && last !== undefined && known !== undefined) {
      takePayments(known, last.state);
      this.#takePayers(last.commands, last.state);
      return;
    }
    const [found, chain] = await Promise.all([this.#sources.readWaiting(), this.#sources.readChain()]);
    const signedHere = (txid: string): boolean => known === undefined || known.payments.has(txid);
    this.#alone &&= [...found.payments.keys()].every(signedHere);
    this.#waiting = found;
    this.#forgetPayers();
    this.#position = chain?.coinbaseMaturity === 0 ? chain.position : undefined;
  }

  /** Remembers a batch that is about to be decided; what clears tables leaves nothing to remember. */
  keep(commands: WalletCommand[], state: WalletState): void {
    this.#last = commands.some(clears) ? undefined : { commands, state };
  }

  /** The state for these commands; undefined where the tables must be asked. */
  stateFor(commands: WalletCommand[]): WalletState | undefined {
    if (!this.#alone || this.#waiting === undefined) return undefined;
    return this.#stateForBlocks(commands, this.#waiting) ?? this.#stateForPayers(commands, this.#waiting);
  }

  #stateForBlocks(commands: WalletCommand[], waiting: WalletState): WalletState | undefined {
    const state = emptyState();
    for (const command of commands) {
      if (command.type !== 'FollowBlock') return undefined;
      for (const payment of command.txids.flatMap((txid) => waiting.payments.get(txid) ?? [])) {
        const wallet = waiting.wallets.get(payment.from);
        state.payments.set(payment.txid, payment);
        if (wallet !== undefined) state.wallets.set(payment.from, { ...wallet });
      }
    }
    return state;
  }

  #stateForPayers(commands: WalletCommand[], waiting: WalletState): WalletState | undefined {
    const state = { ...emptyState(), rememberedAt: this.#position };
    if (this.#position === undefined) return undefined;
    for (const command of commands) {
      const payer = command.type === 'Pay' ? this.#payers.get(command.from) : undefined;
      if (command.type !== 'Pay' || payer === undefined) return undefined;
      if (mayNeedMore(payer.means, command.amount)) return undefined;
      state.wallets.set(payer.address, { ...payer, added: 0 });
    }
    for (const [txid, payment] of waiting.payments)
      if (state.wallets.has(payment.from)) state.payments.set(txid, payment);
    return state;
  }

  #takePayers(commands: WalletCommand[], { wallets }: WalletState): void {
    for (const { address, version, added, means } of wallets.values()) {
      const known = this.#payers.get(address);
      if (known !== undefined) Object.assign(known, { version: version + added, means: means ?? known.means });
      else if (means !== undefined && this.#position !== undefined)
        this.#add({ address, version: version + added, means });
    }
    for (const command of commands)
      if (command.type === 'FollowBlock') this.#follow(command);
      else if (command.type === 'UnfollowBlock') this.#unfollow(command);
  }

  #add(payer: Payer): void {
    if (this.#payers.size >= MAX_PAYERS) this.#forgetPayers();
    this.#payers.set(payer.address, payer);
    this.#payersByScript.set(bytesToHex(scriptOf(payer.address)), payer);
  }

  #forgetPayers(): void {
    this.#payers.clear();
    this.#payersByScript.clear();
  }

  #follow({ block, undo, height, position }: FollowBlock): void {
    if (this.#position !== undefined) this.#position = position;
    if (this.#payers.size === 0) return;
    for (const coin of block.transactions.flatMap((transaction) => createdCoins(transaction, height)))
      this.#change(coin, addCoin);
    for (const coin of spentCoins(block, undo).flat()) this.#change(coin, removeCoin);
  }

  #unfollow({ position }: UnfollowBlock): void {
    if (this.#position !== undefined) this.#position = position;
    this.#forgetPayers();
  }

  #change(coin: NamedCoin, change: (means: Means, coin: NamedCoin) => Means): void {
    const payer = this.#payersByScript.get(bytesToHex(coin.coin.scriptPubKey));
    if (payer !== undefined) payer.means = change(payer.means, coin);
  }
}

function takePayments(known: WalletState, { wallets, payments }: WalletState): void {
  for (const { address, version, added } of wallets.values())
    known.wallets.set(address, { address, version: version + added, added: 0, means: undefined });
  // Of a payer all that waits was read; what is not among it has ended in another replica.
  for (const [txid, { from }] of known.payments)
    if (wallets.get(from)?.means !== undefined && !payments.has(txid)) known.payments.delete(txid);
  for (const [txid, payment] of payments)
    if (payment.status === 'waiting') known.payments.set(txid, payment);
    else known.payments.delete(txid);
}

/** Of too many coins the smallest is left to the tables. */
function addCoin({ coins, allCoins, balance, privateKey }: Means, added: NamedCoin): Means {
  const all = [...coins, added];
  const smallest = all.reduce((least, each) => (each.coin.value < least.coin.value ? each : least));
  const tooMany = all.length > MAX_COINS;
  return {
    coins: tooMany ? all.filter((each) => each !== smallest) : all,
    allCoins: allCoins && !tooMany,
    balance: balance + added.coin.value,
    privateKey,
  };
}

function removeCoin(means: Means, { outpoint, coin }: NamedCoin): Means {
  const key = outpointKey(outpoint);
  return {
    ...means,
    coins: means.coins.filter((each) => outpointKey(each.outpoint) !== key),
    balance: means.balance - coin.value,
  };
}
