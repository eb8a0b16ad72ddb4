/**
 * Installs the servers' programs from the distribution, on a Debian-like machine where the launcher is root.
 * Debian would start each as a system service and create a Postgres cluster: both are held back, since the launcher
 * runs servers of its own.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { findFolders, run, succeeds } from './command.ts';

const policyFile = '/usr/sbin/policy-rc.d';
const clusterFile = '/etc/postgresql-common/createcluster.d/pocket-blockchain.conf';
const marker = 'Written by pocket-blockchain while it installs packages; it removes this file.';
const installTimeoutMs = 300_000;
const quiet = ['-y', '-q', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Dpkg::Options::=--force-confold'];
const noninteractive = { DEBIAN_FRONTEND: 'noninteractive', UCF_FORCE_CONFFOLD: '1' };

/** True when packages can be installed here. */
export async function canInstallPackages(): Promise<boolean> {
  return process.getuid?.() === 0 && (await findFolders(['apt-get', 'dpkg'])).length > 0;
}

/** Installs packages by their Debian names without starting anything. Throws with what apt-get said. */
export async function installPackages(packages: readonly string[], signal?: AbortSignal): Promise<void> {
  const written = await holdServicesBack();
  const options = { environment: noninteractive, timeoutMs: installTimeoutMs, signal };
  try {
    // One unreachable third-party source makes the update fail although Debian's own is there: the install decides.
    await succeeds('apt-get', ['update', ...quiet], options);
    await run('apt-get', ['install', '--no-install-recommends', ...quiet, ...packages], options);
    await disableAtBoot(packages);
  } finally {
    await Promise.all(written.map((file) => rm(file, { force: true })));
  }
}

async function holdServicesBack(): Promise<string[]> {
  const files: [string, string, number][] = [
    [policyFile, `#!/bin/sh\n# ${marker}\nexit 101\n`, 0o755],
    [clusterFile, `# ${marker}\ncreate_main_cluster = false\n`, 0o644],
  ];
  const written: string[] = [];
  for (const [file, content, mode] of files) if (await writeUnlessForeign(file, content, mode)) written.push(file);
  return written;
}

/** A file of the administrator's stays; one that an interrupted run of ours left is ours to remove. */
async function writeUnlessForeign(file: string, content: string, mode: number): Promise<boolean> {
  if (existsSync(file)) return (await readFile(file, 'utf8')).includes(marker);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content, { mode });
  return true;
}

/** Under systemd the packages would start their services at the next boot. */
async function disableAtBoot(packages: readonly string[]): Promise<void> {
  if (!existsSync('/run/systemd/system')) return;
  await Promise.all(packages.map((name) => succeeds('systemctl', ['disable', name])));
}
