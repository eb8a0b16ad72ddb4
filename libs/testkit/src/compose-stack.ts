/**
 * The system in containers for a test, from the compose files as they are: a project of its own on a free port, with all
 * that is needed to look behind its one door. Containers are reached by their addresses, as a machine of Linux can.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { root, serviceNames, type StackProcess } from '@pocket/stack';
import getPort from 'get-port';
import type { TestStack, TestStackOptions } from './tested-stack.ts';

export interface ComposeOptions extends Pick<TestStackOptions, 'workers' | 'replicas'> {
  /** What the project's name begins with. */
  prefix?: string | undefined;
  /** The image of our containers, which has been built; default: as docker-compose.yml calls it. */
  image?: string | undefined;
  /** Laid over docker-compose.yml. */
  overlays?: readonly string[];
  /** Variables of the compose files. */
  variables?: Readonly<Record<string, string>>;
}

export interface ComposeStack extends TestStack {
  readonly project: string;
  /** What our containers are made from. */
  readonly image: string;
  /** Runs `docker compose …` for this project and returns what it printed. Throws with its error output. */
  compose(args: readonly string[], options?: { input?: Buffer }): Promise<string>;
  /**
   * Starts everything that is not running, as many containers of each service as are wanted, as many as before unless
   * said otherwise, and waits until all are healthy.
   */
  up(scale?: Readonly<Record<string, number>>): Promise<void>;
  /** Looks again at which containers there are. */
  survey(): Promise<void>;
}

/** A container of the project, by its service and number. */
interface Container {
  id: string;
  service: string;
  number: number;
  address: string;
}

const UP_WITHIN_MS = 300_000;
/** All packages come from the registry. */
const BUILT_WITHIN_MS = 900_000;
const OUTPUT_BYTES = 100_000_000;
const PORT = 8080;
const IMAGE = 'pocket-blockchain';

/** Brings a new project up and waits until everything in it is healthy; nothing is left when it throws. */
export async function startComposeStack(options: ComposeOptions = {}): Promise<ComposeStack> {
  const { prefix = 'pocket', image = IMAGE, overlays = [], variables = {} } = options;
  const port = await getPort();
  const project = `${prefix}-${randomBytes(4).toString('hex')}`;
  const files = ['docker-compose.yml', ...overlays].flatMap((file) => ['--file', file]);
  const run: ComposeStack['compose'] = async (args, { input } = {}) => {
    const base = ['compose', '--project-name', project, '--env-file', '/dev/null', ...files];
    return docker([...base, ...args], { ...variables, SERVICES_IMAGE: image, POCKET_PORT: String(port) }, input);
  };
  const stop = async (): Promise<void> => {
    await run(['--profile', '*', 'down', '--volumes', '--remove-orphans', '--timeout', '5']);
  };
  const stack = new Composed({ project, image, url: `http://127.0.0.1:${port}`, compose: run, stop });
  try {
    await stack.up(scaleOf(options));
    return stack;
  } catch (error) {
    await stop();
    throw error;
  }
}

function scaleOf({ workers, replicas }: ComposeOptions): Record<string, number> {
  const each =
    typeof replicas === 'number' ? Object.fromEntries(serviceNames.map((name) => [name, replicas])) : replicas;
  return { ...each, ...(workers === undefined ? {} : { 'miner-worker': workers }) };
}

/** Builds the image of our containers from the checkout, under that name. */
export async function buildImage(name: string): Promise<void> {
  await docker(['build', '--quiet', '--tag', name, '.'], {}, undefined, BUILT_WITHIN_MS);
}

/** Runs one command of docker's in the checkout. */
export async function docker(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  input?: Buffer,
  withinMs = UP_WITHIN_MS,
): Promise<string> {
  const running = promisify(execFile)('docker', args, {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...variables },
    timeout: withinMs,
    maxBuffer: OUTPUT_BYTES,
  });
  // A command that fails does not read on; what it says is what counts.
  running.child.stdin?.on('error', () => undefined).end(input ?? '');
  return (await running).stdout;
}

class Composed implements ComposeStack {
  readonly project: string;
  readonly image: string;
  readonly url: string;
  readonly compose: ComposeStack['compose'];
  readonly stop: () => Promise<void>;
  databaseUrl = '';
  #containers: Container[] = [];
  #scale: Readonly<Record<string, number>> = {};

  constructor(given: Pick<ComposeStack, 'project' | 'image' | 'url' | 'compose' | 'stop'>) {
    this.project = given.project;
    this.image = given.image;
    this.url = given.url;
    this.compose = given.compose;
    this.stop = given.stop;
  }

  get urls(): string[] {
    return [this.url];
  }

  async up(scale = this.#scale): Promise<void> {
    this.#scale = scale;
    const scales = Object.entries(scale).flatMap(([service, count]) => ['--scale', `${service}=${count}`]);
    try {
      await this.compose(['up', '--detach', '--wait', '--no-recreate', ...scales]);
    } catch (cause) {
      throw new Error(`Not everything is healthy:\n${await this.#describeIll()}`, { cause });
    }
    await this.survey();
  }

  /** What the health checks of those that are not healthy have said. */
  async #describeIll(): Promise<string> {
    const ids = (await this.compose(['ps', '--all', '--quiet'])).split('\n').filter((id) => id !== '');
    const described = await Promise.all(ids.map((id) => docker(['inspect', '--format', HEALTH, id])));
    return described.filter((line) => !line.includes(' healthy ')).join('\n');
  }

  async survey(): Promise<void> {
    const ids = (await this.compose(['ps', '--quiet'])).split('\n').filter((id) => id !== '');
    this.#containers = await Promise.all(ids.map(inspect));
    const password = await this.compose(['exec', '-T', 'postgres', 'cat', '/secrets/postgres-password']);
    this.databaseUrl = `postgres://pocket:${password}@${this.#find('postgres').address}:5432/pocket`;
  }

  get processes(): ReadonlyMap<string, StackProcess> {
    return new Map(this.#containers.map((container) => [nameOf(container), this.process(nameOf(container))]));
  }

  process(name: string): StackProcess {
    const { id } = this.#find(name);
    return {
      ...{ name, url: this.urlOf(name), pid: undefined, logFile: '' },
      start: async () => {
        await docker(['start', id]);
        await this.up();
      },
      stop: async () => {
        await docker(['stop', id]);
      },
      kill: (signal) => killFromOutside(id, signal, this.image),
    };
  }

  urlOf(name: string): string {
    return `http://${this.#find(name).address}:${PORT}`;
  }

  /** @param name a service, or `<service>-2` for its second container. */
  #find(name: string): Container {
    const found = this.#containers.find((container) => nameOf(container) === name);
    if (found === undefined) throw new RangeError(`${this.project} has no container ${name}`);
    return found;
  }
}

/** As a crash would: `docker kill` counts as a wish, after which nobody starts the container again. */
async function killFromOutside(id: string, signal: NodeJS.Signals, image: string): Promise<void> {
  const pid = (await docker(['inspect', '--format', '{{.State.Pid}}', id])).trim();
  const shell = ['--privileged', '--pid', 'host', '--network', 'none', '--user', 'root', '--entrypoint', 'sh'];
  await docker(['run', '--rm', ...shell, image, '-c', `kill -${signal.replace('SIG', '')} ${pid}`]);
}

const nameOf = ({ service, number }: Container): string => (number === 1 ? service : `${service}-${number}`);

const DESCRIPTION =
  '{{index .Config.Labels "com.docker.compose.service"}} {{index .Config.Labels "com.docker.compose.container-number"}}' +
  '{{range .NetworkSettings.Networks}} {{.IPAddress}}{{end}}';

const HEALTH =
  '{{.Name}} {{.State.Status}} {{with .State.Health}}{{.Status}} {{range .Log}}{{.ExitCode}}: {{.Output}}{{end}}{{end}}';

async function inspect(id: string): Promise<Container> {
  const [service = '', number = '', ...addresses] = (await docker(['inspect', '--format', DESCRIPTION, id]))
    .trim()
    .split(' ');
  return { id, service, number: Number(number), address: addresses.at(-1) ?? '' };
}
