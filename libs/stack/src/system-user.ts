/**
 * The user that Postgres runs as when the launcher is root, since Postgres refuses to be root; and whether that
 * user can reach a folder, since a home such as /root is closed to it.
 */
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { run, succeeds } from './command.ts';
import type { Identity } from './managed-process.ts';
import { StackError } from './stack-error.ts';

const packageUser = 'postgres';
const ownUser = 'pocket-postgres';
const executeByOthers = 0o001;

/** The user of the system's own Postgres package, else one of ours, which is created when it is missing. */
export async function postgresIdentity(): Promise<Identity> {
  const existing = (await identityOf(packageUser)) ?? (await identityOf(ownUser));
  if (existing) return existing;
  await succeeds('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', ownUser]);
  const created = await identityOf(ownUser);
  if (created) return created;
  throw new StackError(
    `Postgres refuses to run as root and no user "${packageUser}" exists: create it (useradd --system ${packageUser}), then start again.`,
  );
}

async function identityOf(user: string): Promise<Identity | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])]);
    return { uid: Number(uid), gid: Number(gid) };
  } catch {
    return undefined;
  }
}

/** True when everybody may pass through the folder and all folders above it. */
export async function isOpenToOthers(folder: string): Promise<boolean> {
  const path = resolve(folder);
  const { mode } = await stat(path);
  if ((mode & executeByOthers) === 0) return false;
  return path === dirname(path) ? true : isOpenToOthers(dirname(path));
}
