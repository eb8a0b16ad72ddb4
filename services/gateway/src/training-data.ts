/** The training data of `reset_system`: eight wallets, ten blocks, two transactions left in the pool, all really made. */
import { expectAnswer, type Commands } from './commands.ts';

/** What A1 sends to A2 … A8. */
const FIRST_PAYMENTS = [3n, 2n, 1n, 1n, 1n, 1n, 1n];
const USUAL_BLOCK = 5;
const LAST_BLOCKS = [2, 3];

/** Leaves balances 75, 22, 1, 0, 0, 0, 1, 1. */
export async function makeTrainingData(commands: Commands): Promise<void> {
  await commands.wipe();
  await Promise.all(Array.from({ length: FIRST_PAYMENTS.length + 1 }, () => commands.newWallet()));
  const [first = '', ...others] = await commands.walletAddresses();
  const mine = async (address: string, maxTransactions: number) =>
    expectAnswer(await commands.mine({ address, maxTransactions }));
  await mine(first, USUAL_BLOCK);
  for (const [index, amount] of FIRST_PAYMENTS.entries()) {
    expectAnswer(await commands.send(first, others[index] ?? '', amount));
    await mine(first, USUAL_BLOCK);
  }
  for (const address of others) expectAnswer(await commands.send(address, first, 1n));
  for (const count of LAST_BLOCKS) await mine(others[0] ?? '', count);
}
