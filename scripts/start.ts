/**
 * `npm start`: brings up the servers and the services on this machine, prints one banner, and stops everything
 * on Ctrl-C. Expected failures are one sentence with the remedy; the work is done by @pocket/stack.
 */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { styleText } from 'node:util';
import { Command, Option } from 'commander';
import { SettingsError, withUrlsFromFiles } from '@pocket/service-kit';
import {
  checkStackOptions,
  readEnvironment,
  root,
  StackError,
  startInfrastructure,
  startStack,
  supervise,
  withoutPassword,
  type Environment,
  type Infrastructure,
  type Stack,
} from '@pocket/stack';

type Options = { fresh: boolean; replicas?: string };

const begun = Date.now();
/** npm and the terminal may both pass one Ctrl-C on; a second one by hand comes later than this. */
const sameKeyPressMs = 700;

const paint = (format: Parameters<typeof styleText>[0], text: string): string =>
  process.stdout.isTTY ? styleText(format, text) : text;

const seconds = (): string => `${((Date.now() - begun) / 1000).toFixed(1)} s`.padStart(7);

function report(message: string): void {
  console.log(`${paint('dim', seconds())}  ${message}`);
}

function readOptions(): Options {
  return new Command('npm start --')
    .description('Starts Pocket-Blockchain on this machine; Ctrl-C stops it and keeps the chain.')
    .option('--fresh', 'begin with empty data; without asking', false)
    .addOption(
      new Option('--replicas <count>', 'processes of every service').choices(['1', '2', '3', '4', '5', '6', '7', '8']),
    )
    .addHelpText('after', '\nSettings come from the environment or the file .env; .env.example lists them.')
    .parse()
    .opts<Options>();
}

/** What the command line says wins over the environment. */
function chosenSettings({ replicas }: Options): Environment {
  return replicas === undefined ? {} : { POCKET_REPLICAS: replicas };
}

/** Aborts on the first signal; a second one, by hand, ends at once and leaves the rest to the system. */
function listenForStop(): AbortController {
  const stop = new AbortController();
  let first = 0;
  const onSignal = (): void => {
    first ||= Date.now();
    if (Date.now() - first > sameKeyPressMs) process.exit(130);
    stop.abort(new StackError('Stopped while starting.'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return stop;
}

function banner(stack: Stack, infrastructure: Infrastructure, dataDir: string): string {
  const servers = infrastructure.servers.map(
    ({ label, url, source }) => `    ${label.padEnd(9)} ${withoutPassword(url)} (${source})`,
  );
  return [
    '',
    `  ${paint('bold', 'Pocket-Blockchain runs at')} ${paint(['bold', 'green'], stack.url)}   (ready after ${seconds().trim()})`,
    ...replicaLines(stack),
    '',
    `  ${paint('bold', 'The test stand')} is there too: open ${paint(['bold', 'green'], `${stack.url}/`)} in a browser.`,
    '',
    '  Paste these one after the other: a wallet, a block that pays it, the balances.',
    `    ADDRESS=$(curl -s -X POST ${stack.url}/api/new_wallet | sed 's/.*"data": *"\\([^"]*\\)".*/\\1/'); echo $ADDRESS`,
    `    curl -s -X POST ${stack.url}/api/mine_block -H 'content-type: application/json' -d "{\\"address\\": \\"$ADDRESS\\", \\"txAmount\\": 1}"`,
    `    curl -s ${stack.url}/api/get_wallets`,
    '',
    `  Data      ${dataDir}`,
    `  Logs      ${stack.logDir}`,
    '  Servers',
    ...servers,
    '',
    `  ${paint('bold', 'Ctrl-C')} stops everything and keeps the chain; "npm start -- --fresh" begins with empty data.`,
    '',
  ].join('\n');
}

/** Where every service runs more than once: the other doors, and which processes there are. */
function replicaLines(stack: Stack): string[] {
  const others = stack.urls.slice(1);
  if (others.length === 0) return [];
  return [
    `  and at ${others.join(', ')}; each process may die, and everything goes on.`,
    `  ${stack.urls.length} of every service; who leads: curl -s ${stack.url}/readyz`,
  ];
}

/** Runs until a signal, or until a process cannot be kept alive; the message of the latter is returned. */
async function watch(stack: Stack, infrastructure: Infrastructure, stop: AbortSignal): Promise<string | undefined> {
  const servers = infrastructure.servers.flatMap((server) => server.process ?? []);
  let failure: string | undefined;
  const gaveUp = new AbortController();
  const release = supervise([...servers, ...stack.processes.values()], {
    onMessage: report,
    onGiveUp: (message) => {
      failure = message;
      gaveUp.abort();
    },
  });
  const end = AbortSignal.any([stop, gaveUp.signal]);
  const alive = setInterval(() => undefined, 60_000);
  if (!end.aborted) await once(end, 'abort');
  clearInterval(alive);
  release();
  return failure;
}

async function serve(options: Options, environment: Environment, stop: AbortSignal): Promise<string | undefined> {
  const dataDir = resolve(root, environment['POCKET_DATA_DIR'] ?? '.pocket');
  const shared = { dataDir, environment, onProgress: report, signal: stop };
  const infrastructure = await startInfrastructure({
    ...shared,
    fresh: options.fresh,
    check: () => checkStackOptions({ environment }),
  });
  try {
    const stack = await startStack({ ...shared, infrastructure });
    console.log(banner(stack, infrastructure, dataDir));
    const failure = await watch(stack, infrastructure, stop);
    report('Stopping');
    await stack.stop();
    return failure;
  } finally {
    await infrastructure.stop();
    report('Everything has stopped; the data is kept.');
  }
}

function explain(error: unknown): void {
  if (!(error instanceof StackError || error instanceof SettingsError)) throw error;
  for (const line of 'details' in error ? error.details : []) console.error(paint('dim', `  | ${line}`));
  console.error(paint('red', error.message));
}

const options = readOptions();
const stop = listenForStop();
try {
  const environment = { ...withUrlsFromFiles(readEnvironment(root)), ...chosenSettings(options) };
  const failure = await serve(options, environment, stop.signal);
  if (failure) throw new StackError(failure);
} catch (error) {
  explain(error);
  process.exitCode = stop.signal.aborted ? 130 : 1;
}
process.exit();
