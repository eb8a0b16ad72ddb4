/** What replicas remember must be what the tables say: each one is asked by itself, and nothing goes wrong meanwhile. */
import { type CandidateTransactions, type BlockReceipt, type PaymentOutcome, type TipView } from '@pocket/contracts';
import { contextOfOwn, type Answer } from '@pocket/service-kit';
import { bestChain } from '../chainstate/tables.ts';
import { waitingPayments, type WalletRow } from '../wallet/tables.ts';
import type { AnyReplica, World } from '../world.ts';
import type { Request } from '../world/wire.ts';
import type { Findings } from './findings.ts';

export async function judgeReplicas(world: World, findings: Findings): Promise<void> {
  const { services } = world;
  for (const replica of services.chainstate.replicas) await judgeChainMemory(world, replica, findings);
  for (const replica of services['tx-pool'].replicas) await judgePoolMemory(world, replica, findings);
  // What the first question has made it read, the second one is answered by from memory.
  for (const replica of services.wallet.replicas.flatMap((each) => [each, each]))
    await judgeWalletMemory(world, replica, findings);
}

async function ask<T>(replica: AnyReplica, method: string, path: string, request: Partial<Request>): Promise<T> {
  const route = replica.program?.routes.find((each) => each.method === method && each.path === path);
  if (route === undefined) throw new Error(`${replica.name} has no ${method} ${path}`);
  const whole = { context: contextOfOwn(), params: {}, query: new URLSearchParams(), body: undefined, ...request };
  const answer = (await route.handle(whole)) as Answer<T>;
  if (!answer.ok) throw new Error(`${replica.name}: ${answer.problem.detail}`);
  return answer.value;
}

/** Knows every block of the best chain as such, and the tip. */
async function judgeChainMemory({ databases }: World, replica: AnyReplica, findings: Findings): Promise<void> {
  const tip = await ask<TipView>(replica, 'GET', '/tip', {});
  for (const { blockHash, hex, height } of bestChain(databases.chainstate.tables).slice(-3)) {
    const receipt = await ask<BlockReceipt>(replica, 'POST', '/blocks', { body: { hex } });
    findings.expect(
      receipt.onBestChain && receipt.height === height,
      () => `${replica.name} does not know ${blockHash}`,
    );
  }
  const { last } = databases.chainstate.tables;
  findings.expect(tip.blockHash === (last?.blockHash ?? null), () => `${replica.name} tells another tip`);
}

async function judgePoolMemory({ databases }: World, replica: AnyReplica, findings: Findings): Promise<void> {
  const { waiting, tip } = databases['tx-pool'].tables;
  const query = new URLSearchParams({ limit: '1000', order: 'fee-rate', explain: 'true' });
  const known = await ask<CandidateTransactions>(replica, 'GET', '/candidates', { query });
  const txids = [...known.transactions, ...known.leftOut].map(({ txid }) => txid);
  findings.expectSame(txids, waiting.keys(), `the memory of ${replica.name}`);
  findings.expect(known.tip === (tip?.blockHash ?? null), () => `${replica.name} remembers another tip`);
}

const TOO_MUCH = 10n ** 15n;

/** Asks for a payment that nobody can make: the refusal says what the wallet is taken to own, or that it is locked. */
async function judgeWalletMemory({ databases }: World, replica: AnyReplica, findings: Findings): Promise<void> {
  const { tables } = databases.wallet;
  for (const row of tables.wallets.values()) {
    const isLocked = waitingPayments(tables, row.address).length > 0;
    const body = [{ from: row.address, to: row.address, amount: TOO_MUCH.toString() }];
    const [outcome] = await ask<PaymentOutcome[]>(replica, 'POST', '/payments', { body });
    const said = outcome?.ok === false ? outcome : { code: 'made', message: '' };
    const expected = isLocked ? 'wallet-locked' : 'insufficient-funds';
    findings.expect(said.code === expected, () => `${replica.name} calls ${row.address} ${said.code}, not ${expected}`);
    if (!isLocked)
      findings.expect(
        namesBalance(said.message, row),
        () => `${row.balance} base units, ${replica.name}: ${said.message}`,
      );
  }
}

/** What can be spent and what is too young are together the balance. */
function namesBalance(message: string, { balance }: WalletRow): boolean {
  const [spendable = '0', , young = '0'] = message.match(/\b\d+(?= (base units|more|are needed))/g) ?? [];
  return BigInt(spendable) + BigInt(young) === balance;
}
