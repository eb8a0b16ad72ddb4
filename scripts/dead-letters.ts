/**
 * `npm run dead-letters`: the events that a service could not apply, listed, shown and replayed through the gateway.
 * Exits with 0 when it is done, 1 when the answer was no or the command is wrong, 2 when nothing runs there, 3 when a replay
 * has not ended yet.
 */
import { readFile } from 'node:fs/promises';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { readEnvironment, root } from '@pocket/stack';
import { dataDirOf, holdsSystem } from './system-program.ts';

const DONE = 0;
const REFUSED = 1;
const UNREACHED = 2;
const RUNNING = 3;
/** Longer than the services wait for what becomes of a replay. */
const ANSWER_WITHIN_MS = 30_000;

interface Letter {
  service: string;
  source: string;
  position: number;
  type: string;
  schemaVersion: number;
  error: string;
  attempts: number;
  recordedAt: string;
  event?: unknown;
}

type Answer = { status: number; body: unknown };

/** The gateway cannot be asked, or has said no. The message is for a person. */
class CommandFailure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

const environment = readEnvironment(root);
const defaultUrl = `http://127.0.0.1:${environment['POCKET_PORT'] ?? '8080'}`;
const program = new Command('npm run dead-letters --')
  .description('Events that a service could not apply: nothing behind one is applied until it went through.')
  .option('--url <address>', 'where the gateway is', checkedUrl, defaultUrl)
  .addHelpText('after', '\nExit codes: 0 done, 1 no, or a wrong command, 2 nothing runs there, 3 still running.')
  .exitOverride();
program
  .command('list', { isDefault: true })
  .description('all of them')
  .action(async () => {
    process.exitCode = await list();
  });
program
  .command('show <service> <source> <position>')
  .description('one, with its event')
  .action(async (...path: [string, string, string]) => {
    process.exitCode = await show(path.slice(0, 3));
  });
program
  .command('replay <service> <source>')
  .description("applies the service's event of that source again")
  .action(async (...path: [string, string]) => {
    process.exitCode = await replay(path.slice(0, 2));
  });

function checkedUrl(value: string): string {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value))
    throw new InvalidArgumentError('It must be of the form http://name:port.');
  return value.replace(/\/$/, '');
}

async function list(): Promise<number> {
  const { body } = await ask('GET', []);
  if (!Array.isArray(body)) throw stranger();
  const letters = body as Letter[];
  if (letters.length === 0) console.log('There is none: every event could be applied.');
  for (const letter of letters) console.log(describe(letter));
  if (letters.length > 0) console.log('\nTo try one again: npm run dead-letters -- replay <service> <source>');
  return DONE;
}

async function show(path: string[]): Promise<number> {
  const { event, ...letter } = (await ask('GET', path)).body as Letter;
  console.log(describe(letter));
  console.log(JSON.stringify(event, undefined, 2));
  return DONE;
}

async function replay(path: string[]): Promise<number> {
  const { status, body } = await ask('POST', [...path, 'replay']);
  const { service, source, position } = body as Letter;
  if (status === 202) {
    console.log(`${service} is still trying event ${position} of ${source}. Look again: npm run dead-letters`);
    return RUNNING;
  }
  console.log(`${service} has applied event ${position} of ${source} and goes on behind it.`);
  return DONE;
}

function describe({ service, source, position, type, schemaVersion, ...letter }: Letter): string {
  return [
    `${service} could not apply event ${position} of ${source}: ${type} version ${schemaVersion}`,
    `  ${letter.error}`,
    `  tried ${letter.attempts} times, last at ${letter.recordedAt}`,
  ].join('\n');
}

/** Asks the gateway, and takes no problem for an answer. */
async function ask(method: 'GET' | 'POST', path: string[]): Promise<Answer> {
  const address = [`${gatewayUrl()}/v1/dead-letters`, ...path.map(encodeURIComponent)].join('/');
  const answer = await send(method, address);
  if (typeof answer.body !== 'object' || answer.body === null) throw stranger();
  if (answer.status < 300) return answer;
  const { detail, remedy } = answer.body as { detail?: string; remedy?: string };
  if (detail === undefined || remedy === undefined) throw stranger();
  throw new CommandFailure(`${detail}. ${remedy}`, REFUSED);
}

/** Another system may listen where this one would. @throws CommandFailure where there is none and no address was given. */
function requireSomething(): void {
  const dataDir = dataDirOf(environment);
  if (program.getOptionValueSource('url') === 'cli' || holdsSystem(dataDir)) return;
  throw new CommandFailure(
    `There is no system in ${dataDir}: let POCKET_DATA_DIR name its folder, or say where its gateway is with --url.`,
    UNREACHED,
  );
}

/** Replaying is for operators: where the gateway asks for a password, it is in the file that is named here too. */
async function headersWanted(): Promise<Record<string, string>> {
  const file = environment['POCKET_OPERATOR_PASSWORD_FILE'];
  if (file === undefined) return {};
  const password = await readFile(file, 'utf8').catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`POCKET_OPERATOR_PASSWORD_FILE: ${file} cannot be read (${String(code)}).`, REFUSED);
  });
  return { authorization: `Basic ${Buffer.from(`operator:${password.trim()}`).toString('base64')}` };
}

async function send(method: string, address: string): Promise<Answer> {
  requireSomething();
  const [headers, signal] = [await headersWanted(), AbortSignal.timeout(ANSWER_WITHIN_MS)];
  const response = await fetch(address, { method, headers, signal }).catch((error: unknown) => {
    const { message, cause } = error as Error & { cause?: { code?: string } };
    throw new CommandFailure(
      `No Pocket-Blockchain answers at ${gatewayUrl()} (${cause?.code ?? message}). Start it with "npm start", or say where it is with --url.`,
      UNREACHED,
    );
  });
  return { status: response.status, body: await response.json().catch(() => undefined) };
}

const gatewayUrl = (): string => program.opts<{ url: string }>().url;

const stranger = (): CommandFailure =>
  new CommandFailure(`What listens at ${gatewayUrl()} is not a Pocket-Blockchain: correct --url.`, UNREACHED);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** The program itself has said already what is wrong with a command, and shown the help that was asked for. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : REFUSED;
  if (!(error instanceof CommandFailure)) throw error;
  console.error(error.message);
  return error.exitCode;
}
