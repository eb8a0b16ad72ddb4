/**
 * A real browser for tests: Chromium from the machine, without a window. Where there is none and Debian's packages can be
 * installed, it is installed. Playwright only drives it: it downloads no browser of its own.
 */
import { join } from 'node:path';
import { canInstallPackages, findFolders, installPackages, StackError } from '@pocket/stack';
import { chromium, type Browser } from 'playwright-core';

export type { Browser, Page } from 'playwright-core';

/** The one without a window first: the same engine starts in a third of the time, and takes half as much for a page. */
const PROGRAMS = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
/** Without a sandbox because tests may run as root; without everything that would call somebody else's servers. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Starts Chromium with a profile of its own. Close it as a test stack is stopped, by what `beforeAll` returns, so that it
 * ends when a test fails too; it also ends with this process. Throws {@link StackError} where no browser is found and none
 * can be installed.
 */
export async function startChromium(): Promise<Browser> {
  const executablePath = (await findChromium()) ?? (await installChromium());
  return chromium.launch({ executablePath, args: FLAGS });
}

async function findChromium(): Promise<string | undefined> {
  for (const program of PROGRAMS) {
    const [folder] = await findFolders([program]);
    if (folder !== undefined) return join(folder, program);
  }
  return undefined;
}

async function installChromium(): Promise<string> {
  if (await canInstallPackages()) await installPackages(['chromium-headless-shell', 'fonts-liberation']);
  const installed = await findChromium();
  if (installed !== undefined) return installed;
  throw new StackError(`No browser found: install Chromium, as one of ${PROGRAMS.join(', ')} on the PATH.`);
}
