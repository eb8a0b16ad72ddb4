/** The wallet's writer on tables in memory: what it loads and remembers, as store.ts does it on Postgres. */
import type { NamedCoin } from '@pocket/chain';
import { Writer, type Condition, type Decided } from '@pocket/eventstore';
import { decide, type WalletCommand, type WalletReply } from '../../services/wallet/src/domain/decide.ts';
import { MAX_PAYMENT_INPUTS } from '../../services/wallet/src/domain/policy.ts';
import {
  emptyState,
  mayNeedMore,
  type Means,
  type Payment,
  type WalletState,
} from '../../services/wallet/src/domain/state.ts';
import type { KeyVault } from '../../services/wallet/src/key-vault.ts';
import { clears, isBlock, Memory } from '../../services/wallet/src/memory.ts';
import type { Session, Statement } from '../world/database.ts';
import type { MemoryLog } from '../world/memory-log.ts';
import {
  bySigning,
  foldWallet,
  waitingPayments,
  type PaymentRow,
  type WalletRow,
  type WalletTables,
} from './tables.ts';

export type WalletWriter = Writer<WalletCommand, WalletState, WalletReply, Statement<WalletTables>>;
type WalletSession = Session<WalletTables>;
type WalletStatement = Statement<WalletTables>;

/** Coins a payment usually needs; so few that reading more of them happens too. */
const USUAL_INPUTS = 2;

export function createWalletWriter(
  session: WalletSession,
  log: MemoryLog<WalletTables>,
  vault: KeyVault,
): WalletWriter {
  const memory = new Memory({
    readWaiting: () => session.read((tables) => paymentsOf(tables, waitingPayments(tables))),
    readChain: () => session.read(({ chain }) => ({ ...chain })),
  });
  return new Writer<WalletCommand, WalletState, WalletReply, WalletStatement>({
    log,
    load: async (commands, fresh) => {
      await memory.update(fresh);
      const state = (fresh ? undefined : memory.stateFor(commands)) ?? (await loadState(session, vault, commands));
      memory.keep(commands, state);
      return state;
    },
    versionOf: ({ wallets }, stream) => wallets.get(stream.replace(/^wallet-/, ''))?.version ?? 0,
    decide,
    mayShare,
    project: (decided) => [(tables, base) => foldWallet(tables, base, decided)],
    guards: (decided, state) => [...payerGuards(state), ...blockGuards(decided)],
  });
}

/** Where payers were remembered, no other replica may have followed the chain or changed them since. */
function payerGuards({ wallets, rememberedAt }: WalletState): Condition<WalletStatement>[] {
  if (rememberedAt === undefined) return [];
  const payers = [...wallets.values()];
  return [
    { condition: ({ chain }) => chain.position === rememberedAt, message: 'the chain has moved' },
    {
      condition: (tables) => payers.every(({ address, version }) => tables.wallets.get(address)?.version === version),
      message: 'a payer has changed',
    },
  ];
}

/** The payments that a block confirms must be exactly those that were known for ours. */
function blockGuards(decided: Decided<WalletCommand>[]): Condition<WalletStatement>[] {
  const txids = decided.flatMap(({ command }) => (command.type === 'FollowBlock' ? command.txids : []));
  if (txids.length === 0) return [];
  const confirmed = decided
    .flatMap(({ events }) => events)
    .flatMap(({ type, data }) => (type === 'PaymentConfirmed' ? [(data as { txid: string }).txid] : []));
  const known = new Set(confirmed);
  const condition: WalletStatement = ({ payments }) =>
    [...new Set(txids)].filter((txid) => {
      const payment = payments.get(txid);
      return payment !== undefined && (payment.status !== 'confirmed' || known.has(txid));
    }).length === known.size;
  return [{ condition, message: 'the payments in the block are others than were known' }];
}

function mayShare(first: WalletCommand, other: WalletCommand): boolean {
  if (clears(first) || clears(other)) return false;
  return isBlock(first) === isBlock(other);
}

async function loadState(session: WalletSession, vault: KeyVault, commands: WalletCommand[]): Promise<WalletState> {
  const [first] = commands;
  if (first?.type === 'ForgetWallets') return session.read(allWallets);
  if (first?.type === 'FollowStart') return session.read((tables) => paymentsOf(tables, waitingPayments(tables)));
  if (first !== undefined && isBlock(first)) {
    const txids = new Set(commands.filter(isBlock).flatMap((command) => command.txids));
    if (txids.size === 0) return emptyState();
    return session.read((tables) =>
      paymentsOf(
        tables,
        [...tables.payments.values()].filter(({ txid }) => txids.has(txid)),
      ),
    );
  }
  const state = await findWallets(session, vault, commands, USUAL_INPUTS);
  return commands.some(isShort(state)) ? findWallets(session, vault, commands, MAX_PAYMENT_INPUTS) : state;
}

function allWallets({ wallets }: WalletTables): WalletState {
  const rows = [...wallets.values()].sort((left, right) => left.ordinal - right.ordinal);
  const known = rows.map(
    ({ address, version }) => [address, { address, version, added: 0, means: undefined }] as const,
  );
  return { ...emptyState(), wallets: new Map(known) };
}

/** These payments with the wallets they are from. */
function paymentsOf({ wallets }: WalletTables, rows: PaymentRow[]): WalletState {
  const state = emptyState();
  for (const row of [...rows].sort(bySigning)) {
    const wallet = wallets.get(row.from);
    if (wallet === undefined) continue;
    state.payments.set(row.txid, paymentOf(row));
    state.wallets.set(row.from, { address: row.from, version: wallet.version, added: 0, means: undefined });
  }
  return state;
}

function paymentOf({ paymentId, txid, from, to, amount, status }: PaymentRow): Payment {
  return { paymentId, txid, from, to, amount, status };
}

function isShort({ wallets }: WalletState): (command: WalletCommand) => boolean {
  return (command) => {
    const means = command.type === 'Pay' ? wallets.get(command.from)?.means : undefined;
    return means !== undefined && command.type === 'Pay' && mayNeedMore(means, command.amount);
  };
}

/** The payers with keys and coins, the wallets that wait for a payment which is to fail; all with all they wait for. */
function findWallets(
  session: WalletSession,
  vault: KeyVault,
  commands: WalletCommand[],
  limit: number,
): Promise<WalletState> {
  const payers = new Set(commands.flatMap((command) => (command.type === 'Pay' ? [command.from] : [])));
  const failing = commands.flatMap((command) => (command.type === 'FailPayment' ? [command.txid] : []));
  if (payers.size + failing.length === 0) return Promise.resolve(emptyState());
  return session.read((tables) => {
    const senders = new Set(failing.flatMap((txid) => tables.payments.get(txid)?.from ?? []));
    const state = emptyState();
    for (const wallet of tables.wallets.values()) {
      const { address, version } = wallet;
      if (!payers.has(address) && !senders.has(address)) continue;
      const means = payers.has(address) ? meansOf(tables, wallet, vault, limit) : undefined;
      state.wallets.set(address, { address, version, added: 0, means });
      for (const row of waitingPayments(tables, address)) state.payments.set(row.txid, paymentOf(row));
    }
    return state;
  });
}

function meansOf(
  tables: WalletTables,
  { address, balance }: WalletRow,
  vault: KeyVault,
  limit: number,
): Means | undefined {
  const encryptedKey = tables.keys.get(address);
  if (encryptedKey === undefined) return undefined;
  const { nextHeight, coinbaseMaturity } = tables.chain;
  const coins = [...tables.coins.values()]
    .filter((each) => each.address === address)
    .filter(({ coin }) => !coin.coinbase || coin.height <= nextHeight - coinbaseMaturity)
    .map(({ outpoint, coin }) => ({ outpoint, coin }))
    .sort(largestFirst);
  const privateKey = vault.decrypt(encryptedKey, address);
  return { coins: coins.slice(0, limit), allCoins: coins.length <= limit, balance, privateKey };
}

function largestFirst(left: NamedCoin, right: NamedCoin): number {
  if (left.coin.value !== right.coin.value) return left.coin.value > right.coin.value ? -1 : 1;
  if (left.outpoint.txid !== right.outpoint.txid) return left.outpoint.txid < right.outpoint.txid ? -1 : 1;
  return left.outpoint.vout - right.outpoint.vout;
}
