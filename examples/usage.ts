/*
 * The original README's usage example, line for line, on a running gateway: npx tsx examples/usage.ts [url]
 * Can be run again and again: it starts a new chain each time, so do not point it at one you want to keep.
 * Ends with 1 and a sentence when the gateway cannot be reached or a balance is not what the original's was.
 */
import { BlockChain, PocketError } from '@pocket/sdk';

const EXPECTED_BALANCES = [75, 22, 1, 0, 0, 0, 1, 1];
const EXPECTED_IN_POOL = 2;

async function main(url: string): Promise<void> {
  // Create blockchain system instance
  const bc = new BlockChain({ url });

  // Create wallets
  const address1 = await bc.newWallet();
  const address2 = await bc.newWallet();
  const address3 = await bc.newWallet();
  const address4 = await bc.newWallet();
  const address5 = await bc.newWallet();
  const address6 = await bc.newWallet();
  const address7 = await bc.newWallet();
  const address8 = await bc.newWallet();

  // Init blockchain system, 10 sign units (our coins) - reward
  await bc.initSystem(address1, { startOver: true });

  // Get balance of address1.
  // address1 should have 10 sign units.
  await bc.getBalance(address1);

  // We can send sign units that we have to someone.
  // All we need is to know the address.
  // That is how transactions are created and added to the pool - pool of unconfirmed transactions.
  // Once a new transaction is created and added to pool, you can not use your wallet to
  // create new transactions until it confirmed (added to a new block).
  await bc.send(address1, address2, 3);
  await bc.mineBlock(address1);
  await bc.getBalance(address1);
  //
  await bc.send(address1, address3, 2);
  await bc.mineBlock(address1);
  await bc.getBalance(address1);
  //
  await bc.send(address1, address4, 1);
  await bc.mineBlock(address1);
  await bc.getBalance(address1);
  //
  await bc.send(address1, address5, 1);
  await bc.mineBlock(address1);
  await bc.getBalance(address1);
  //
  await bc.send(address1, address6, 1);
  await bc.mineBlock(address1);
  await bc.getBalance(address1);
  //
  await bc.send(address1, address7, 1);
  await bc.mineBlock(address1);
  await bc.getBalance(address1);
  //
  await bc.send(address1, address8, 1);
  await bc.mineBlock(address1);
  await bc.getBalance(address1);

  // Sending sign units
  await bc.send(address2, address1, 1);
  await bc.send(address3, address1, 1);
  await bc.send(address4, address1, 1);
  await bc.send(address5, address1, 1);
  await bc.send(address6, address1, 1);
  await bc.send(address7, address1, 1);
  await bc.send(address8, address1, 1);

  // After all (in this example) we have 7 transactions in pool from 7 different wallets.
  // We can create two blocks: one with 2 transactions, one with 3 transactions in a block (5 - default).
  // There will be 2 transactions in a pool (not verified).
  await bc.mineBlock(address2, 2);
  await bc.mineBlock(address2, 3);

  // Balances
  const balances = [
    await bc.getBalance(address1), // 75
    await bc.getBalance(address2), // 22
    await bc.getBalance(address3), // 1
    await bc.getBalance(address4), // 0
    await bc.getBalance(address5), // 0
    await bc.getBalance(address6), // 0
    await bc.getBalance(address7), // 1
    await bc.getBalance(address8), // 1
  ];

  // Get all information about all blocks in blockchain system
  await bc.showBlocks();

  const inPool = (await bc.getPool()).filter(({ error }) => !error).length;
  console.log(`Balances: ${balances.join(', ')}`);
  console.log(`Transactions left in the pool: ${inPool}`);
  compare(balances, inPool);
}

function compare(balances: readonly number[], inPool: number): void {
  if (balances.join() === EXPECTED_BALANCES.join() && inPool === EXPECTED_IN_POOL) return;
  fail(`The original ends with the balances ${EXPECTED_BALANCES.join(', ')} and ${EXPECTED_IN_POOL} transactions.`);
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}

const url = process.argv[2] ?? process.env.POCKET_URL ?? 'http://127.0.0.1:8080';
await main(url).catch((error: unknown) => {
  if (!(error instanceof PocketError)) throw error;
  const unreachable = error.kind === 'Unreachable';
  fail(
    unreachable
      ? `No gateway answers at ${url}: run npm start first, or say where it is with POCKET_URL.`
      : error.message,
  );
});
