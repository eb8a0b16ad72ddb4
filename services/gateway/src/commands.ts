/** What a client can have done, as calls to the services. Both outer contracts and the training data use these. */
import {
  problem,
  type BlockReceipt,
  type MiningOrder,
  type PaymentOutcome,
  type TipView,
  type WalletView,
} from '@pocket/contracts';
import { ADDRESS_VERSION, networkNamed, UNIT } from '@pocket/chain';
import { decodeAddress } from '@pocket/crypto';
import { UnavailableError } from '@pocket/eventstore';
import type { Answer, RequestContext } from '@pocket/service-kit';
import type { ReachableServices } from './services.ts';

export interface Payment {
  from: string;
  to: string;
  /** Whole sign units. */
  amount: bigint;
}

export interface Commands {
  newWallet(): Promise<string>;
  /** At most 100 at once. */
  newWallets(count: number): Promise<string[]>;
  /** Makes payments in their order. */
  send(payments: Payment[]): Promise<PaymentOutcome[]>;
  mine(order: MiningOrder): Promise<Answer<BlockReceipt>>;
  /** Mines for a wallet of this system only. */
  mineForWallet(order: MiningOrder): Promise<Answer<BlockReceipt>>;
  /**
   * Begins a new chain whose first mined block pays `address`: the genesis block, or the one on top of it where the
   * network has its own. Refused where mined blocks exist, unless `startOver`.
   */
  startChain(address: string, startOver: boolean): Promise<Answer<BlockReceipt>>;
  /** The name of the network that the chain is of. */
  network(): Promise<string>;
  /** Has the pool list what has failed so far: where a new chain begins before, it would be listed there. */
  listFailures(): Promise<void>;
  /** Begins a new, empty chain, forgets all wallets and makes so many new ones. */
  startAnew(wallets: number): Promise<string[]>;
}

export function commandsOf(services: ReachableServices, context: RequestContext): Commands {
  const { wallet, miner, chainstate } = services;
  const pool = services['tx-pool'];
  const readTip = async () => expectAnswer(await chainstate.get<TipView>(context, '/tip'));
  const newWallets = async (count: number) =>
    expectAnswer(await wallet.post<{ addresses: string[] }>(context, '/wallets', { count })).addresses;
  const mine = (order: MiningOrder) => miner.post<BlockReceipt>(context, '/blocks', order);
  return {
    newWallet: async () => (await newWallets(1))[0] ?? '',
    newWallets,
    send: async (payments) => {
      const body = payments.map(({ from, to, amount }) => ({ from, to, amount: (amount * UNIT).toString() }));
      return expectAnswer(await wallet.post<PaymentOutcome[]>(context, '/payments', body));
    },
    mine,
    async mineForWallet(order) {
      // What is no address is no wallet's: only addresses are fit for a path.
      if (!decodeAddress(order.address, ADDRESS_VERSION).ok)
        return { ok: false, problem: problem('unknown-wallet', `${order.address} is no address`) };
      const known = await wallet.get<WalletView>(context, `/wallets/${encodeURIComponent(order.address)}`);
      return known.ok ? mine(order) : known;
    },
    async startChain(address, startOver) {
      const tip = await readTip();
      const first = typeof networkNamed(tip.network)?.genesis === 'string' ? 1 : 0;
      const isBegun = tip.next.height > first;
      if (isBegun && !startOver)
        return { ok: false, problem: problem('chain-already-started', `the chain has ${tip.next.height} blocks`) };
      if (isBegun) expectAnswer(await chainstate.post(context, '/chains'));
      return mine({ address, maxTransactions: 0, height: first });
    },
    network: async () => (await readTip()).network,
    async listFailures() {
      expectAnswer(await pool.get(context, '/transactions'));
    },
    async startAnew(wallets) {
      const forgotten = wallet.delete(context, '/wallets').then(expectAnswer);
      const made = forgotten.then(() => newWallets(wallets));
      const [addresses, started] = await Promise.all([made, chainstate.post(context, '/chains')]);
      expectAnswer(started);
      return addresses;
    },
  };
}

/** For calls that no rule can refuse. */
export function expectAnswer<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new UnavailableError(answer.problem.detail);
  return answer.value;
}
