/** The training data of `reset_system`: eight wallets, ten blocks, two transactions left in the pool, all really made. */
import { expectAnswer, type Commands, type Payment } from './commands.ts';

/** What A1 sends to A2 … A8. */
const FIRST_PAYMENTS = [3n, 2n, 1n, 1n, 1n, 1n, 1n];
const USUAL_BLOCK = 5;
const LAST_BLOCKS = [2, 3];

/** Ten units for a block, to be spent at once. */
const NETWORK = 'pocket';

/** Leaves balances 75, 22, 1, 0, 0, 0, 1, 1; on another network changes nothing and says why, in the original's manner. */
export async function makeTrainingData(commands: Commands): Promise<string | undefined> {
  const [network] = await Promise.all([commands.network(), commands.listFailures()]);
  if (network !== NETWORK)
    return `System: The training data needs the network ${NETWORK}, this chain is of the network ${network}.`;
  const [first = '', ...others] = await commands.startAnew(1 + FIRST_PAYMENTS.length);
  const mine = async (address: string, maxTransactions: number) =>
    expectAnswer(await commands.mine({ address, maxTransactions }));
  const pay = async (payments: Payment[]) => {
    for (const outcome of await commands.send(payments))
      if (!outcome.ok) throw new Error(`the training data cannot be made: ${outcome.message}`);
  };
  await mine(first, USUAL_BLOCK);
  for (const [index, amount] of FIRST_PAYMENTS.entries()) {
    await pay([{ from: first, to: others[index] ?? '', amount }]);
    await mine(first, USUAL_BLOCK);
  }
  await pay(others.map((from) => ({ from, to: first, amount: 1n })));
  for (const count of LAST_BLOCKS) await mine(others[0] ?? '', count);
  return undefined;
}
