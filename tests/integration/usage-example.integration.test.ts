/** The README's usage example run as its user runs it, and the SDK it is written on, against the real services. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { encodeAddress } from '@pocket/crypto';
import { BlockChain, PocketError } from '@pocket/sdk';
import { root } from '@pocket/stack';
import { OriginalClient, randomOf, startTestStack, type TestStack } from '@pocket/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditChain } from './chain-audit.ts';

const EXAMPLE_TIMEOUT_MS = 30_000;

let stack: TestStack;
let bc: BlockChain;
const printed: string[] = [];

beforeAll(async () => {
  stack = await startTestStack();
  bc = new BlockChain({ url: stack.url, print: (text) => printed.push(text) });
  return () => stack.stop();
});

describe('the SDK', () => {
  it('initialises an empty chain with an address, once', async () => {
    expect(await bc.getBlocks()).toEqual([]);
    const address = await bc.newWallet();
    expect(await bc.getBalance(address)).toBe(0);
    const started = await bc.initSystem(address);
    expect(started).toMatchObject({ height: 0, hash: (await bc.getBlocks())[0]?.hash });
    expect(await bc.getBalance(address)).toBe(10);
    expect(await refusalOf(bc.initSystem(address))).toMatchObject({ kind: 'chain-already-started', status: 409 });
    expect(await bc.getBlocks()).toHaveLength(1);
  });

  it('starts over when told to: another chain, the same wallets without their coins', async () => {
    const [first] = await bc.getWallets();
    const second = await bc.newWallet();
    await bc.send(first?.address ?? '', second, 4);
    const started = await bc.initSystem(second, { startOver: true });
    expect(started.height).toBe(0);
    expect((await bc.getWallets()).map(({ balance }) => balance)).toEqual([0, 10]);
    expect(await bc.getPool()).toEqual([]);
    await auditChain(stack);
  });

  it('initialises for addresses only', async () => {
    const blocks = await bc.getBlocks();
    expect(await refusalOf(bc.initSystem('nobody', { startOver: true }))).toMatchObject({
      kind: 'invalid-address',
      status: 400,
    });
    expect(await bc.getBlocks()).toEqual(blocks);
  });

  it('knows the balance of any address', async () => {
    await bc.resetSystem();
    const wallets = await bc.getWallets();
    for (const { address, balance } of wallets) {
      expect(await bc.getBalance(address)).toBe(balance);
      expect(await bc.getBalanceInBaseUnits(address)).toBe(BigInt(balance) * 100_000_000n);
    }
    const stranger = encodeAddress(randomOf(9).bytes(20), 0x6f);
    expect(await bc.getBalance(stranger)).toBe(0);
    await bc.send(wallets[1]?.address ?? '', stranger, 3);
    expect(await bc.getBalance(stranger)).toBe(0);
    await bc.mineBlock(wallets[0]?.address ?? '', 3);
    expect(await bc.getBalance(stranger)).toBe(3);
    expect(await refusalOf(bc.getBalance('nobody'))).toMatchObject({ kind: 'invalid-address', status: 400 });
  });

  it('reads what the original calls answer, unpacked and exact', async () => {
    const { text } = await new OriginalClient(stack.url).request('GET', '/api/get_wallets');
    for (const { wallet } of await bc.getWallets()) expect(text).toContain(`"privateKey":${wallet.privateKey ?? ''},`);
    const blocks = await bc.getBlocks();
    expect(blocks.map(({ prevHash }) => prevHash)).toEqual(['', ...blocks.slice(0, -1).map(({ hash }) => hash)]);
    const units = Object.values(await bc.getChainstate()).flatMap((outputs) => outputs.map(({ val }) => val));
    expect(units.reduce((sum, val) => sum + val, 0)).toBe(10 * blocks.length);
    await bc.showBlocks();
    expect(printed.map((shown) => shown.split('\n')[0])).toEqual(blocks.map((_, height) => `Block ${height}`));
  });

  it('throws what the original refuses, by kind', async () => {
    const [first = '', second = '', poor = ''] = [...(await bc.getWallets()), ...[]].map(({ address }) => address);
    const refusals = [
      bc.send(first, 'nobody', 1),
      bc.send('nobody', first, 1),
      bc.send(first, second, 0),
      bc.send(first, second, 1.5),
      bc.send(poor, first, 1_000),
      bc.mineBlock('nobody'),
    ];
    const kinds = (await Promise.all(refusals.map(refusalOf))).map(({ kind }) => kind);
    expect(kinds).toEqual(['Address', 'Address', 'Request', 'Request', 'Units', 'Address']);
    await bc.send(first, second, 1);
    expect(await refusalOf(bc.send(first, second, 1))).toMatchObject({ kind: 'Pool', status: 200 });
    expect((await bc.getPool()).slice(-1)).toMatchObject([{ txID: 'None', error: true, transaction: null }]);
  });
});

async function refusalOf(call: Promise<unknown>): Promise<PocketError> {
  const refusal: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refusal instanceof PocketError) return refusal;
  throw new Error(`expected a PocketError, got ${String(refusal)}`);
}

describe('examples/usage.ts', () => {
  it.each([1, 2])('prints the balances and the pool of the original (run %i)', async () => {
    const { code, stdout, stderr } = await runExample(stack.url);
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(-2)).toEqual(['Balances: 75, 22, 1, 0, 0, 0, 1, 1', 'Transactions left in the pool: 2']);
    const shown = lines.filter((line) => line.startsWith('Block '));
    expect(shown).toEqual(Array.from({ length: 10 }, (_, height) => `Block ${height}`));
    const blocks = await bc.getBlocks();
    for (const { hash } of blocks) expect(stdout).toContain(hash);
    await auditChain(stack);
  });

  it('says what to do where no gateway answers', async () => {
    const url = 'http://127.0.0.1:1';
    const { code, stderr } = await runExample(url);
    expect(code).toBe(1);
    expect(stderr).toBe(`No gateway answers at ${url}: run npm start first, or say where it is with POCKET_URL.\n`);
  });
});

function runExample(url: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const args = ['--import', 'tsx', join(root, 'examples/usage.ts'), url];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: root, timeout: EXAMPLE_TIMEOUT_MS }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
