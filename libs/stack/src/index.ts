/** The public face of @pocket/stack: the three servers, the services' processes, and what both need. */
export { createDatabase, type Database } from './database.ts';
export {
  startInfrastructure,
  withoutPassword,
  type Infrastructure,
  type InfrastructureOptions,
  type RunningServer,
  type ServerUrls,
} from './infrastructure.ts';
export { StackError } from './stack-error.ts';
