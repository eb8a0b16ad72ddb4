/** The real system as a test file sees it, whether it runs as processes or in containers. */
import type { ServiceName, StackProcess } from '@pocket/stack';

export interface TestStackOptions {
  /** Miner workers; default 1. */
  workers?: number;
  /** Processes of every service, or of those named; default 1 each. */
  replicas?: number | Partial<Record<ServiceName, number>>;
  /** `POCKET_*` settings of the services, beside the namespace. */
  settings?: Readonly<Record<`POCKET_${string}`, string>>;
  /** Fills the empty database before the services start. */
  prepare?: (databaseUrl: string) => Promise<void>;
}

export interface TestStack {
  /** The gateway's address. */
  readonly url: string;
  /** The addresses of all gateways. */
  readonly urls: readonly string[];
  readonly databaseUrl: string;
  /** All processes by name; a replica is called `<name>-2`. */
  readonly processes: ReadonlyMap<string, StackProcess>;
  process(name: string): StackProcess;
  /** The address of a service's process; throws when it has none. */
  urlOf(name: string): string;
  /** Stops everything and deletes what it has kept. */
  stop(): Promise<void>;
}
