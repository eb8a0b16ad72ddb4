/** The programs for operators as a person runs them, in processes of their own. */
import { execFile } from 'node:child_process';
import { root } from '@pocket/stack';

export interface Outcome {
  code: number;
  /** On stdout. */
  printed: string;
  /** On stderr. */
  failed: string;
}

/** `npm run <name> -- <args>` with these settings and no other. */
export function operatorsProgram(
  name: 'export' | 'import' | 'verify' | 'rebuild' | 'dead-letters',
  settings: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Outcome> {
  const options = { cwd: root, env: { PATH: process.env['PATH'], ...settings } };
  return new Promise((resolve) => {
    execFile(process.execPath, ['scripts/bootstrap.mjs', name, ...args], options, (error, printed, failed) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, printed, failed }),
    );
  });
}
