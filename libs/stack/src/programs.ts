/**
 * The programs of the five services: where their bundles are, which ports they prefer, which settings they read.
 * The settings come from the bundle of each service's `config.ts`, so that they are listed in one place only.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { SettingSchemas } from './environment.ts';
import { StackError } from './stack-error.ts';

export const serviceNames = ['wallet', 'tx-pool', 'miner', 'chainstate', 'gateway'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** A service's own program, or the miner's worker, which can run several times and listens on no port. */
export type ProgramName = ServiceName | 'miner-worker';

export type Program = { name: ProgramName; entry: string; settings: SettingSchemas };

/** Ports of the services inside the machine; the gateway's is the user's choice. */
export const preferredPorts: Readonly<Record<Exclude<ServiceName, 'gateway'>, number>> = {
  wallet: 8081,
  'tx-pool': 8082,
  miner: 8083,
  chainstate: 8084,
};

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** All six programs. Throws {@link StackError} when they have not been built. */
export async function readPrograms(): Promise<Program[]> {
  const services = serviceNames.map((name) => readProgram(name, name, 'main.js', 'settings'));
  return Promise.all([...services, readProgram('miner-worker', 'miner', 'worker-main.js', 'workerSettings')]);
}

/** Every setting that some process reads, with its schema. */
export function settingsOf(programs: readonly Program[]): SettingSchemas {
  return Object.assign({}, ...programs.map((program) => program.settings)) as SettingSchemas;
}

async function readProgram(name: ProgramName, service: ServiceName, file: string, schema: string): Promise<Program> {
  const dist = join(root, 'services', service, 'dist');
  const entry = join(dist, file);
  const config = join(dist, 'config.js');
  if (!existsSync(entry) || !existsSync(config)) {
    throw new StackError(
      `${entry} has not been built: run "npm run generate" and "npm run build", or simply "npm start".`,
    );
  }
  const exported = (await import(pathToFileURL(config).href)) as Record<string, unknown>;
  return { name, entry, settings: propertiesOf(exported[schema], `${schema} of ${config}`) };
}

function propertiesOf(schema: unknown, where: string): SettingSchemas {
  if (typeof schema === 'object' && schema !== null && 'properties' in schema) {
    return schema.properties as SettingSchemas;
  }
  throw new TypeError(`${where} is no object schema`);
}
