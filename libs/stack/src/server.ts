/**
 * What Postgres, NATS and Redis have in common for the one that brings them up: how each is checked, found,
 * launched from a program, and launched in a container. The three modules named after them fill this in.
 */
import type { DataDirectory } from './data-directory.ts';
import type { Identity } from './managed-process.ts';

export type ServerName = 'postgres' | 'nats' | 'redis';

/** What to run on a loopback port; `url` is where it will answer. */
export type Launch = {
  command: string;
  args: readonly string[];
  url: string;
  /** Beside what every server gets. */
  environment?: Readonly<Record<string, string>>;
  identity?: Identity | undefined;
};

/** `options` go before the image of `docker run`, `args` behind it. */
export type ContainerLaunch = { options: readonly string[]; args: readonly string[]; url: string };

export type ServerKind = {
  name: ServerName;
  label: string;
  setting: 'DATABASE_URL' | 'NATS_URL' | 'REDIS_URL';
  exampleUrl: string;
  preferredPort: number;
  debianPackage: string;
  image: string;
  stopSignal: NodeJS.Signals;
  /** Resolves when a server at the URL is fit for us; throws with the reason otherwise. */
  check(url: string): Promise<void>;
  /** Deletes what our services keep there; `namespace` is the prefix of streams and keys. */
  clear(url: string, namespace: string): Promise<void>;
  /** The program on this machine that can serve this data directory. */
  find(data: DataDirectory): Promise<string | undefined>;
  /** Prepares the data and says how to run the program. */
  launch(program: string, data: DataDirectory, port: number): Promise<Launch>;
  /** Prepares the data and says how to run the image; `volume` is the Docker volume to keep it in. */
  launchContainer(data: DataDirectory, port: number, volume: string): Promise<ContainerLaunch>;
  /** Deletes the data that a launched program has kept. */
  removeData(data: DataDirectory): Promise<void>;
};
