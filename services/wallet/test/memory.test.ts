/** What the wallet's writer remembers while another replica signs and fails payments of the same wallets. */
import { describe, expect, it } from 'vitest';
import { coinOf, ownerOf } from '@pocket/testkit/builders';
import type { WalletCommand } from '../src/domain/decide.ts';
import { emptyState, pendingOf, type Means, type Payment, type WalletState } from '../src/domain/state.ts';
import { Memory } from '../src/memory.ts';

const alice = ownerOf(1);
const { address } = alice;
const MEANS: Means = {
  coins: [coinOf(alice, 1_000n, 1)],
  allCoins: true,
  balance: 1_000n,
  privateKey: alice.privateKey,
};
const PAY: WalletCommand[] = [{ type: 'Pay', paymentId: 'payment-1', from: address, to: address, amount: 10n }];

/** Alice as tables tell her, at this version of her stream, with what she waits for. */
function stateOf(version: number, waiting: string[], means: Means | undefined): WalletState {
  const paymentOf = (txid: string): Payment => {
    return { paymentId: txid, txid, from: address, to: address, amount: '10', status: 'waiting' };
  };
  const payments = new Map(waiting.map((txid) => [txid, paymentOf(txid)]));
  return { ...emptyState(), wallets: new Map([[address, { address, version, added: 0, means }]]), payments };
}

/** A memory of what the tables have held when it was filled. */
async function memoryOf(filled: WalletState): Promise<Memory> {
  const memory = new Memory({
    readWaiting: () => Promise.resolve(filled),
    readChain: () => Promise.resolve({ position: 5, coinbaseMaturity: 0 }),
  });
  await memory.update(true);
  return memory;
}

async function readAsPayer(memory: Memory, state: WalletState): Promise<void> {
  memory.keep(PAY, state);
  await memory.update(false);
}

describe('a payer that is read from the tables', () => {
  it('waits for what it was read with', async () => {
    const memory = await memoryOf(stateOf(2, ['a'], undefined));
    await readAsPayer(memory, stateOf(2, ['a'], MEANS));
    const remembered = memory.stateFor(PAY);
    expect(remembered?.wallets.get(address)?.version).toBe(2);
    expect(pendingOf(remembered ?? emptyState(), address).map(({ txid }) => txid)).toEqual(['a']);
  });

  it('waits no more for what has ended in another replica since the memory was filled', async () => {
    const memory = await memoryOf(stateOf(2, ['a'], undefined));
    await readAsPayer(memory, stateOf(3, [], MEANS));
    const remembered = memory.stateFor(PAY);
    expect(remembered?.wallets.get(address)?.version).toBe(3);
    expect(pendingOf(remembered ?? emptyState(), address)).toEqual([]);
  });
});
