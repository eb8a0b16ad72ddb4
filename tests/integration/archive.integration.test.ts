/**
 * The whole system to one file and back, by the commands that a person types: a busy history with a reorganization is
 * exported while it runs, imported elsewhere, answers the same to the byte, exports the same bytes again, and goes on.
 */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { createDatabase } from '@pocket/stack';
import { eventually, followedLogs, OriginalClient, startTestStack, type TestStack } from '@pocket/testkit';
import { ownerOf } from '@pocket/testkit/builders';
import { branch } from '@pocket/testkit/consensus';
import { auditChain, readRawBlocks } from './chain-audit.ts';
import { NodeClient } from './node-client.ts';
import { operatorsProgram, type Outcome } from './operators-program.ts';

const WITHIN_MS = 60_000;
const LONG_MS = 240_000;
const PASSPHRASE = 'open sesame';

let folder: string;
let stack: TestStack;
let api: OriginalClient;
let answers: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pocket-archive-'));
  await writeFile(fileOf('secret'), `${'5a'.repeat(32)}\n`);
  await writeFile(fileOf('other-secret'), `${'c3'.repeat(32)}\n`);
  await writeFile(fileOf('passphrase'), `${PASSPHRASE}\n`);
  await writeFile(fileOf('wrong-passphrase'), 'open barley\n');
  stack = await startTestStack({ settings: { POCKET_WALLET_SECRET_FILE: fileOf('secret') } });
  api = new OriginalClient(stack.url);
  await makeHistory();
  answers = await everything(stack);
  await succeeds(exporting('chain.pocket'));
  await succeeds(exporting('secrets.pocket', '--secrets'));
}, LONG_MS);

afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

const fileOf = (name: string): string => join(folder, name);
const bytesOf = (name: string): Promise<Buffer> => readFile(fileOf(name));

/** One of our programs with its files in this test's folder. */
function program(
  name: 'export' | 'import' | 'verify' | 'rebuild',
  settings: Record<string, string>,
  ...args: string[]
) {
  const own = {
    INIT_CWD: folder,
    POCKET_DATA_DIR: fileOf('data'),
    POCKET_PASSPHRASE_FILE: fileOf('passphrase'),
  };
  return operatorsProgram(name, { ...own, ...settings }, ...args);
}

const exporting = (...args: string[]) =>
  program('export', { DATABASE_URL: stack.databaseUrl, POCKET_WALLET_SECRET_FILE: fileOf('secret') }, ...args);

function importing(databaseUrl: string, file: string, settings: Record<string, string> = {}) {
  const own = { DATABASE_URL: databaseUrl, POCKET_WALLET_SECRET_FILE: fileOf('other-secret') };
  return program('import', { ...own, ...settings }, file);
}

async function succeeds(running: Promise<Outcome>): Promise<string> {
  const { code, printed, failed } = await running;
  expect({ code, failed }).toMatchObject({ code: 0 });
  expect(printed + failed).not.toContain(PASSPHRASE);
  return printed;
}

const isProgress = (line: string): boolean => /^ {2}.* a second, .* s left$/.test(line);

/** One sentence on stderr after the progress, nothing on stdout, and exit code 1. */
async function refusalOf(running: Promise<Outcome>): Promise<string> {
  const { code, printed, failed } = await running;
  expect({ code, printed }).toEqual({ code: 1, printed: '' });
  const lines = failed.trimEnd().split('\n');
  const [sentence = '', ...more] = lines.filter((line) => !isProgress(line));
  expect(more).toEqual([]);
  return sentence;
}

/** Two chains one after the other, payments that wait, fail and come back, and a branch that has lost. */
async function makeHistory(): Promise<void> {
  await api.resetSystem();
  const [early = ''] = (await api.getWallets()).map(({ address }) => address);
  await api.mineBlock(early, 100);
  await api.resetSystem();
  const [first = '', second = '', third = '', poor = ''] = (await api.getWallets()).map(({ address }) => address);
  await api.mineBlock(first, 100);
  await api.send(first, second, 7);
  await api.mineBlock(third, 100);
  await reorganize();
  await api.send(poor, first, 1_000);
  await api.send(second, first, 2);
  await api.newWallet();
  await eventually(() => followedLogs(stack), { withinMs: WITHIN_MS });
}

/** Two blocks of a stranger's take the last one's place. */
async function reorganize(): Promise<void> {
  const node = new NodeClient(stack.url);
  const raw = await readRawBlocks(stack);
  const { blockHash, height, hex } = raw.at(-2) ?? { blockHash: '', height: 0, hex: '' };
  const time = Buffer.from(hex, 'hex').readUInt32LE(68);
  const from = { blockHash: blockHash as Parameters<typeof branch>[0]['blockHash'], height, time };
  for (const block of branch(from, 2, { owner: ownerOf(99), salt: 1 }))
    expect(await node.submitBlock(block.hex)).toMatchObject({ status: 201 });
}

const CALLS = [
  'api/get_wallets',
  'api/get_blocks',
  'api/get_chainstate',
  'api/get_pool',
  'v1/chainstate/info',
  'v1/chain/tips',
];

/** What all reads answer, to the byte. */
async function everything({ url }: TestStack): Promise<Record<string, string>> {
  const client = new OriginalClient(url);
  const texts = CALLS.map(async (call) => [call, (await client.request('GET', `/${call}`)).text] as const);
  return Object.fromEntries(await Promise.all(texts));
}

/** Another system, with another secret of its own, filled from an export before its services start. */
function startedFrom(file: string): Promise<TestStack> {
  return startTestStack({
    settings: { POCKET_WALLET_SECRET_FILE: fileOf('other-secret') },
    prepare: async (databaseUrl) => {
      await succeeds(importing(databaseUrl, file));
    },
  });
}

/** What waited has been handed over again, and everybody has followed everybody. */
async function settled(system: TestStack): Promise<void> {
  const client = new pg.Client({ connectionString: system.databaseUrl });
  await client.connect();
  try {
    await eventually(
      async () => {
        await followedLogs(system);
        const waiting = `SELECT FROM wallet.payments WHERE status = 'waiting' AND NOT accepted`;
        expect((await client.query(waiting)).rowCount).toBe(0);
      },
      { withinMs: WITHIN_MS },
    );
  } finally {
    await client.end();
  }
}

describe('a running system', () => {
  it('exports the same bytes twice, and says what is in them', async () => {
    const said = await succeeds(exporting('again.pocket'));
    const bytes = await bytesOf('again.pocket');
    expect(bytes.equals(await bytesOf('chain.pocket'))).toBe(true);
    expect(said).toMatch(/again\.pocket: chain [0-9a-f-]{36} of network pocket, \d+ events, without private keys\.\n/);
    expect(said).toContain(`${bytes.length} bytes in `);
  });

  it('exports the same bytes with secrets twice, and no key in clear', async () => {
    expect(await succeeds(exporting('secrets-again.pocket', '--secrets'))).toMatch(/with 9 sealed private keys\.\n/);
    const bytes = await bytesOf('secrets-again.pocket');
    expect(bytes.equals(await bytesOf('secrets.pocket'))).toBe(true);
    expect((await stat(fileOf('secrets.pocket'))).mode & 0o077).toBe(0);
    const wallets = (await (await fetch(`${stack.urlOf('wallet')}/wallets`)).json()) as { privateKey: string }[];
    for (const { privateKey } of wallets) {
      expect(privateKey).toMatch(/^[0-9a-f]{64}$/);
      expect(bytes.includes(privateKey)).toBe(false);
    }
  });

  it('replaces no file unless it is told to', async () => {
    const before = await bytesOf('chain.pocket');
    expect(await refusalOf(exporting('chain.pocket'))).toMatch(
      /chain\.pocket is there already: give another name, or --force/,
    );
    await succeeds(exporting('chain.pocket', '--force'));
    expect((await bytesOf('chain.pocket')).equals(before)).toBe(true);
  });

  it('asks for no passphrase where nobody can answer', async () => {
    const settings = { DATABASE_URL: stack.databaseUrl, POCKET_WALLET_SECRET_FILE: fileOf('secret') };
    const silent = program('export', { ...settings, POCKET_PASSPHRASE_FILE: '' }, 'silent.pocket', '--secrets');
    expect(await refusalOf(silent)).toMatch(/without a terminal: let POCKET_PASSPHRASE_FILE name a file/);
    await expect(bytesOf('silent.pocket')).rejects.toThrow(/ENOENT/);
  });

  it('takes no import: named, nothing changed', async () => {
    const before = await everything(stack);
    expect(await refusalOf(importing(stack.databaseUrl, 'chain.pocket'))).toMatch(
      /^There is a chain already: the log of wallet has \d+ events\./,
    );
    expect(await everything(stack)).toEqual(before);
  });
});

describe('an export with secrets, imported', () => {
  let copy: TestStack;
  beforeAll(async () => {
    copy = await startedFrom('secrets.pocket');
    return () => copy.stop();
  }, LONG_MS);

  it('answers the same to the byte', async () => {
    expect(await everything(copy)).toEqual(answers);
  });

  it('exports the same bytes again, once its services have come to rest', async () => {
    await settled(copy);
    const settings = { DATABASE_URL: copy.databaseUrl, POCKET_WALLET_SECRET_FILE: fileOf('other-secret') };
    await succeeds(program('export', settings, 'copy.pocket', '--secrets'));
    expect((await bytesOf('copy.pocket')).equals(await bytesOf('secrets.pocket'))).toBe(true);
  });

  it('is right to its last row, which npm run verify proves', async () => {
    const said = await succeeds(program('verify', { DATABASE_URL: copy.databaseUrl }));
    expect(said.match(/history and tables are right/g)).toHaveLength(4);
  });

  it('goes on: what waited is mined, wallets pay, and all follow all', async () => {
    const client = new OriginalClient(copy.url);
    const [first = '', second = ''] = (await client.getWallets()).map(({ address }) => address);
    expect((await client.getPool()).filter(({ error }) => !error)).not.toEqual([]);
    expect(await client.mineBlock(first, 100)).toEqual({ data: 'Block is mined', error: null });
    expect((await client.getPool()).filter(({ error }) => !error)).toEqual([]);
    expect(await client.send(first, second, 1)).toEqual({ data: 'Transaction is added to pool', error: null });
    expect(await client.mineBlock(second, 100)).toEqual({ data: 'Block is mined', error: null });
    await auditChain(copy);
    await eventually(() => followedLogs(copy), { withinMs: WITHIN_MS });
    expect(await client.resetSystem()).toEqual({ data: 'System is reset', error: null });
  });
});

describe('an export without secrets, imported', () => {
  let copy: TestStack;
  beforeAll(async () => {
    copy = await startedFrom('chain.pocket');
    return () => copy.stop();
  }, LONG_MS);

  it('answers the same to the byte, but for the private keys', async () => {
    const without = (text: string): string => text.replace(/("privateKey": ?)(\d+|null)/g, '$1');
    const copied = await everything(copy);
    expect(copied['api/get_wallets']).toContain('"privateKey"');
    expect(Object.values(copied).map(without)).toEqual(Object.values(answers).map(without));
  });

  it('has wallets that are paid and mined for, and cannot pay', async () => {
    const client = new OriginalClient(copy.url);
    const [other = '', , , , , watched = ''] = (await client.getWallets()).map(({ address }) => address);
    expect(await client.mineBlock(watched, 100)).toEqual({ data: 'Block is mined', error: null });
    const refused = await client.send(watched, other, 1);
    expect(refused.error).toBe(`Wallet: the private key of ${watched} is not in this system`);
    const own = await client.newWallet();
    await client.mineBlock(own, 100);
    expect(await client.send(own, watched, 1)).toEqual({ data: 'Transaction is added to pool', error: null });
  });
});

describe('an import', () => {
  let databaseUrl: string;
  beforeAll(async () => {
    const database = await createDatabase(stack);
    databaseUrl = database.databaseUrl;
    return () => database.drop();
  });

  it.each([
    [
      'a truncated export',
      (bytes: Buffer) => bytes.subarray(0, bytes.length / 2),
      /^The export was cut off: it ends after/,
    ],
    ['a changed byte', changedByte, /^The export was changed in record \d+ \(event \d+ of the log of /],
    ['something else', () => Buffer.from('{"hello": "world"}\n'), /^This is no export of Pocket-Blockchain/],
    ['nothing', () => Buffer.alloc(0), /^The export is empty\.$/],
  ])('of %s is named, and nothing has changed', async (name, spoil, message) => {
    const file = `${name.replaceAll(' ', '-')}.pocket`;
    await writeFile(fileOf(file), spoil(await bytesOf('secrets.pocket')));
    expect(await refusalOf(importing(databaseUrl, file))).toMatch(message);
    expect(await schemasOf(databaseUrl)).toEqual([]);
  });

  it('with another passphrase is named, and nothing has changed', async () => {
    const wrong = { POCKET_PASSPHRASE_FILE: fileOf('wrong-passphrase') };
    expect(await refusalOf(importing(databaseUrl, 'secrets.pocket', wrong))).toMatch(/^The passphrase is not the one/);
    expect(await schemasOf(databaseUrl)).toEqual([]);
  });

  it('of no file is named, and no data directory is made for it', async () => {
    const nowhere = program('import', {}, 'missing.pocket');
    expect(await refusalOf(nowhere)).toMatch(/missing\.pocket cannot be imported: there is no such file or folder\.$/);
    expect(await refusalOf(program('import', {}, '.'))).toMatch(/ cannot be imported: it is a folder\.$/);
    await writeFile(fileOf('strange'), 'no export\n');
    expect(await refusalOf(program('import', {}, 'strange'))).toMatch(/export/);
    for (const name of ['export', 'verify', 'rebuild'] as const)
      expect(await refusalOf(program(name, {}, ...(name === 'verify' ? [] : ['wallet'])))).toMatch(
        /^There is no system in .*data: let POCKET_DATA_DIR name its folder/,
      );
    await expect(stat(fileOf('data'))).rejects.toThrow(/ENOENT/);
  });
});

/** One bit of an event in the middle. */
function changedByte(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const at = Math.floor(bytes.length / 2);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

async function schemasOf(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|public)'`,
    );
    return rows.map(({ name }) => name);
  } finally {
    await client.end();
  }
}
