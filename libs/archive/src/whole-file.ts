/**
 * A file that is there whole or not at all: written beside its place under another name, and given its name when all of
 * it is on the disk. Only its owner may read it.
 */
import { constants } from 'node:fs';
import { access, open, rename, rm, stat } from 'node:fs/promises';
import { ArchiveError } from './archive-error.ts';
import { fileFailure } from './file-failure.ts';

export interface WholeFile {
  /** How many were written. */
  readonly bytes: number;
  write(text: string): Promise<void>;
  /** Gives the file its name. */
  commit(): Promise<void>;
  /** Removes what was written; does nothing after the commit. */
  discard(): Promise<void>;
}

/**
 * @param replace whether a file of that name may be replaced.
 * @throws ArchiveError when there is one, or the folder takes none.
 */
export async function createWholeFile(path: string, { replace }: { replace: boolean }): Promise<WholeFile> {
  const refuseExisting = async (): Promise<void> => {
    if (!replace && (await exists(path)))
      throw new ArchiveError(`${path} is there already: give another name, or --force to replace it.`);
  };
  await refuseExisting();
  if (await isFolder(path)) throw new ArchiveError(`${path} is a folder: give the name of a file.`);
  const draft = `${path}.${process.pid}.partial`;
  const file = await open(draft, 'w', 0o600).catch((cause: unknown) => {
    throw new ArchiveError(
      `${path} cannot be written (${fileFailure(cause)}): give the name of a file in a folder that can.`,
      { cause },
    );
  });
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    async write(text) {
      const buffer = Buffer.from(text);
      await file.writeFile(buffer).catch((cause: unknown) => {
        throw new ArchiveError(`${path} cannot be written (${fileFailure(cause)}).`, { cause });
      });
      bytes += buffer.length;
    },
    async commit() {
      await file.sync();
      await file.close();
      await refuseExisting();
      await rename(draft, path).catch((cause: unknown) => {
        throw new ArchiveError(`${path} cannot be written (${fileFailure(cause)}).`, { cause });
      });
    },
    async discard() {
      await file.close().catch(() => undefined);
      await rm(draft, { force: true });
    },
  };
}

/**
 * The same for whoever reads our standard output, which cannot be taken back: a reader sees from the end of an export that
 * it is whole.
 */
export function standardOutput(): WholeFile {
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    async write(text) {
      const buffer = Buffer.from(text);
      await new Promise<void>((resolve, reject) => {
        process.stdout.write(buffer, (error) => (error ? reject(unwritable(error)) : resolve()));
      });
      bytes += buffer.length;
    },
    commit: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
}

const unwritable = (cause: Error): ArchiveError =>
  new ArchiveError(`The standard output cannot be written (${fileFailure(cause)}).`, { cause });

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
