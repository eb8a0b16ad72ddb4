/**
 * The stack that `docker compose up` brings up from the file as it is: what it shows to the outside, how more containers
 * share the work, how it ends and comes back, and that a backup becomes the same system again.
 */
import { OriginalClient } from '@pocket/testkit';
import { docker, startComposeStack, type ComposeStack } from '@pocket/testkit/compose';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { auditChain } from '../integration/chain-audit.ts';
import { OURS, SCALE } from './composed.ts';

let stack: ComposeStack;
let api: OriginalClient;

beforeAll(async () => {
  const { project: prefix, image } = inject('servers');
  stack = await startComposeStack({ prefix, image });
  api = new OriginalClient(stack.url);
  await api.resetSystem();
});
afterAll(() => stack.stop());

interface Inspected {
  Config: { User: string; Env: string[]; Labels: Record<string, string> };
  HostConfig: { ReadonlyRootfs: boolean; Memory: number; RestartPolicy: { Name: string }; CapDrop: string[] | null };
  NetworkSettings: { Ports: Record<string, { HostIp: string }[] | null> };
  Mounts: { Type: string; Name?: string }[];
  State: { Status: string; ExitCode: number; Health?: { Status: string } };
}

async function inspectAll(): Promise<Map<string, Inspected>> {
  const ids = (await stack.compose(['ps', '--all', '--quiet'])).trim().split('\n');
  const all = JSON.parse(await docker(['inspect', ...ids])) as Inspected[];
  const nameOf = ({ Config: { Labels } }: Inspected): string =>
    `${Labels['com.docker.compose.service']}-${Labels['com.docker.compose.container-number']}`;
  return new Map(all.map((one) => [nameOf(one), one]));
}

async function getJson<T>(path: string): Promise<T> {
  const response = await fetch(stack.url + path);
  const text = await response.text();
  expect(response.status, `${path}: ${text}`).toBe(200);
  return JSON.parse(text) as T;
}

describe('what it shows to the outside', () => {
  it('is one port, on loopback', async () => {
    const published = [...(await inspectAll())].flatMap(([name, { NetworkSettings }]) =>
      Object.values(NetworkSettings.Ports).flatMap((bindings) => (bindings ?? []).map(({ HostIp }) => [name, HostIp])),
    );
    expect(published).toEqual([['entry-1', '127.0.0.1']]);
  });

  it('is nothing secret: no password stands in what can be inspected', async () => {
    const files = ['postgres-password', 'redis-password'].map((file) => `/secrets/${file}`);
    const secrets = await stack.compose(['exec', '-T', 'wallet', 'node', '-e', readFiles([...files, WALLET_SECRET])]);
    const all = secrets.trim().split('\n');
    expect(all.map((secret) => secret.length)).toEqual([64, 64, 64]);
    const ids = (await stack.compose(['ps', '--all', '--quiet'])).trim().split('\n');
    const inspected = await docker(['inspect', stack.image, ...ids]);
    for (const secret of all) expect(inspected).not.toContain(secret);
  });

  it('is no volume without a name, which nobody would find again', async () => {
    const mounts = [...(await inspectAll())].flatMap(([name, { Mounts }]) =>
      Mounts.filter(({ Type }) => Type === 'volume').map((mount) => [name, mount.Name]),
    );
    expect(mounts.length).toBeGreaterThan(0);
    expect(mounts.filter(([, volume = '']) => !volume.startsWith(`${stack.project}_`))).toEqual([]);
  });

  it('is no container of ours that could do more than it must', async () => {
    const all = await inspectAll();
    for (const name of OURS.map((service) => `${service}-1`)) {
      const { Config, HostConfig } = all.get(name) ?? expect.fail(name);
      expect([name, Config.User, HostConfig.ReadonlyRootfs, HostConfig.CapDrop]).toEqual([name, 'node', true, ['ALL']]);
    }
    for (const [name, { HostConfig }] of all) {
      if (name === 'secrets-1') continue;
      expect(HostConfig.Memory, name).toBeGreaterThan(0);
      expect(HostConfig.RestartPolicy.Name, name).toBe('unless-stopped');
    }
  });
});

const WALLET_SECRET = '/wallet-secret/wallet-secret';
const readFiles = (files: string[]): string =>
  files.map((file) => `console.log(require('fs').readFileSync(${JSON.stringify(file)}, 'utf8'))`).join(';');

interface MinerView {
  workers: { host: string; found: number }[];
}
interface Ready {
  instance: string;
  services: Record<string, { replicas: number; ready: number }>;
}

describe('more containers', () => {
  it('share the work', async () => {
    await stack.up(SCALE);
    const answers = await Promise.all(Array.from({ length: 40 }, () => getJson<Ready>('/readyz')));
    expect(new Set(answers.map(({ instance }) => instance)).size).toBe(2);
    const counts = answers.map(({ services }) => [services['wallet']?.ready, services['tx-pool']?.ready]);
    expect(counts.at(-1)).toEqual([2, 2]);
    const [first] = await api.getWallets();
    const body = JSON.stringify({ address: first?.address, count: 80 });
    expect((await api.postJson('/v1/blocks/generate', body)).status).toBe(201);
    const { workers } = await getJson<MinerView>('/v1/miner');
    expect(workers.filter(({ found }) => found > 0)).toHaveLength(4);
    process.stdout.write(`Blocks found by each worker: ${workers.map(({ found }) => found).join(', ')}\n`);
  });

  it('let everybody see what they have written, whichever gateway answers', async () => {
    for (let round = 0; round < 20; round++) {
      const { data: address } = (await (await api.postJson('/api/new_wallet', '{}')).json()) as { data: string };
      expect((await api.mineBlock(address, 1)).error).toBeNull();
      expect((await api.getWallets()).find((wallet) => wallet.address === address)?.balance).toBe(10);
    }
    await auditChain(stack);
  });
});

describe('the end', () => {
  it('is clean within five seconds for every container of ours', async () => {
    const wallets = await api.getWallets();
    await stack.compose(['stop', '--timeout', '5', ...OURS]);
    const all = await inspectAll();
    const ended = [...all].filter(([name]) => OURS.some((service) => name.startsWith(`${service}-`)));
    const lastWords = await stack.compose(['logs', '--tail', '3', ...OURS]);
    expect(
      ended.map(([name, { State }]) => [name, State.Status, State.ExitCode]),
      lastWords,
    ).toEqual(ended.map(([name]) => [name, 'exited', 0]));
    await stack.up();
    expect(await api.getWallets()).toEqual(wallets);
  });

  it('keeps the chain: down and up', async () => {
    const before = await getJson('/v1/chainstate/info');
    await stack.compose(['down', '--timeout', '5']);
    await stack.up();
    expect(await getJson('/v1/chainstate/info')).toEqual(before);
  });
});

describe('a backup', () => {
  it('becomes the same system in an empty stack, keys, waiting payments and all', async () => {
    // Whatever waits from the tests before is mined, so that of all wallets one waits for certain.
    const [miner] = await api.getWallets();
    expect((await api.mineBlock(miner?.address ?? '', 1000)).error).toBeNull();
    const [rich, other] = (await api.getWallets()).sort((a, b) => b.balance - a.balance).map(({ address }) => address);
    const pay = async () => (await api.send(rich ?? '', other ?? '', 1)).error;
    expect(await pay()).toBeNull();
    const everything = async () => [await getJson('/v1/chainstate/info'), await api.getWallets(), await api.getPool()];
    const before = await everything();
    const operator = [
      'run',
      '--rm',
      '-T',
      '--env',
      'POCKET_PASSPHRASE_FILE=/dev/fd/3',
      '--entrypoint',
      'sh',
      'operator',
    ];
    const withPassphrase = (program: string): string[] => [...operator, '-c', `${program} 3<<'E'\nseven words\nE`];
    const backup = await stack.compose(withPassphrase('node pocket.js export --secrets -'));
    await stack.compose(['down', '--volumes', '--timeout', '5']);
    await stack.compose(withPassphrase('node pocket.js import -'), { input: Buffer.from(backup) });
    await stack.up();
    expect(await everything()).toEqual(before);
    expect(await pay()).toBe('Pool: Your wallet is locked due to awaiting for previous transaction confirmation.');
    expect((await api.mineBlock(rich ?? '', 1)).error).toBeNull();
    expect(await pay()).toBeNull();
    await auditChain(stack);
  });
});
