/** The public face of @pocket/stack: the three servers, the services' processes, and what both need. */
export { findFolders } from './command.ts';
export { createDatabase, type Database } from './database.ts';
export { openDatabase, type DatabaseAccess } from './database-access.ts';
export { canInstallPackages, installPackages } from './debian-packages.ts';
export { dockerAnswers } from './docker.ts';
export {
  serverImages,
  startInfrastructure,
  withoutPassword,
  type Infrastructure,
  type InfrastructureOptions,
  type RunningServer,
  type ServerUrls,
} from './infrastructure.ts';
export { configuration as natsConfiguration } from './nats.ts';
export { StackError } from './stack-error.ts';
export { checkEnvironment, readEnvironment, settings, type Environment, type SettingSchemas } from './environment.ts';
export { settingsOf, readPrograms, root, serviceNames, type ServiceName } from './programs.ts';
export { checkStackOptions, startStack, type Stack, type StackOptions, type StackProcess } from './stack.ts';
export { ensureWalletSecret, walletSecretFile } from './wallet-secret.ts';
export { supervise, type SupervisorOptions } from './supervisor.ts';
