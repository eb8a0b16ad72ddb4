/** A user of the gateway: makes wallets, pays, mines, looks, and now and then begins everything anew. */
import { type PaymentOutcome, type WalletView } from '@pocket/contracts';
import { UnavailableError } from '@pocket/eventstore';
import type { Wish } from '../gateway/program.ts';
import type { World } from '../world.ts';
import type { Chance } from '../world/chance.ts';
import { pause } from '../world/time.ts';
import type { Witness } from './witness.ts';

export interface Actor {
  readonly name: string;
  readonly world: World;
  readonly chance: Chance;
  readonly witness: Witness;
  /** Whether it is over. */
  readonly done: () => boolean;
}

const MAX_WALLETS = 5;
const MAX_AMOUNT = 1_500_000_000;

export async function runUser(actor: Actor): Promise<void> {
  const { world, chance } = actor;
  while (!actor.done()) {
    await pause(chance.below(world.plan.thinkMs));
    await ask(actor, wishOf(actor));
  }
}

/** One wish by one gateway. What is not answered may have happened. */
export async function ask(actor: Actor, wish: (wish: Wish) => Promise<boolean>): Promise<boolean> {
  const { world, chance, witness, name } = actor;
  try {
    const isDone = await chance.pick(world.gateways).serve(wish);
    witness.outcomes[isDone ? 'done' : 'refused']++;
    return isDone;
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    world.trace.note(() => `${name} got no answer: ${error.message}`);
    witness.outcomes.unanswered++;
    return false;
  }
}

function wishOf(actor: Actor): (wish: Wish) => Promise<boolean> {
  const { chance, world, witness } = actor;
  const wallets = [...witness.wallets];
  if (wallets.length < 2) return (wish) => makeWallet(wish, witness);
  if (chance.perMille(world.plan.resetPerMille)) return (wish) => startOver(actor, wish, wallets);
  const dice = chance.below(100);
  if (dice < 4 && wallets.length < MAX_WALLETS) return (wish) => makeWallet(wish, witness);
  if (dice < 50) return (wish) => pay(actor, wish, wallets);
  if (dice < 85) return (wish) => mine(actor, wish, wallets);
  if (dice < 92) return (wish) => look(actor, wish, wallets);
  return (wish) => lookAtTemplate(actor, wish, wallets);
}

async function makeWallet({ commands, gate }: Wish, witness: Witness): Promise<boolean> {
  witness.wallets.add(await gate.shared(() => commands.newWallet()));
  return true;
}

async function pay({ chance, witness }: Actor, { services, context, gate }: Wish, wallets: string[]): Promise<boolean> {
  const payments = Array.from({ length: chance.pick([1, 1, 2, 4]) }, () => ({
    from: chance.pick(wallets),
    to: chance.pick(wallets),
    amount: String(chance.between(1, MAX_AMOUNT)),
  }));
  const answer = await gate.shared(() => services.wallet.post<PaymentOutcome[]>(context, '/payments', payments));
  if (!answer.ok) return false;
  for (const outcome of answer.value) if (outcome.ok) witness.paid.add(outcome.txid);
  return answer.value.some(({ ok }) => ok);
}

async function mine({ chance, witness }: Actor, { commands, gate }: Wish, wallets: string[]): Promise<boolean> {
  const order = { address: chance.pick(wallets), maxTransactions: chance.pick([0, 2, 100]) };
  const answer = await gate.shared(() => (chance.perMille(500) ? commands.mine(order) : commands.mineForWallet(order)));
  if (answer.ok) witness.blocks.add(answer.value.blockHash);
  return answer.ok;
}

/** Reads may be answered by any replica, but none may have forgotten what this gateway has seen. */
async function look({ chance }: Actor, { services, context }: Wish, wallets: string[]): Promise<boolean> {
  const path = chance.pick(['/wallets', `/wallets/${chance.pick(wallets)}`]);
  const [wallet, pool] = await Promise.all([
    services.wallet.get<WalletView>(context, path),
    services['tx-pool'].get(context, '/transactions'),
  ]);
  return wallet.ok && pool.ok;
}

async function lookAtTemplate({ chance }: Actor, { services, context }: Wish, wallets: string[]): Promise<boolean> {
  const query = new URLSearchParams({ address: chance.pick(wallets), order: chance.pick(['arrival', 'fee-rate']) });
  return (await services.miner.get(context, `/template?${query.toString()}`)).ok;
}

async function startOver({ chance, witness }: Actor, { commands, gate }: Wish, wallets: string[]): Promise<boolean> {
  if (chance.perMille(500)) {
    const answer = await gate.exclusive(() => commands.startChain(chance.pick(wallets), true));
    return answer.ok;
  }
  const addresses = await gate.exclusive(async () => {
    await commands.listFailures();
    return commands.startAnew(chance.between(1, 4));
  });
  witness.wallets.clear();
  for (const address of addresses) witness.wallets.add(address);
  return true;
}
