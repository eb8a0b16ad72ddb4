/** The public face: what every service process is built from. */
export { Bell } from './bell.ts';
export { createServiceClient, type Answer, type ServiceClient } from './client.ts';
export { contextOfCause, contextOfOwn, RequestContext } from './context.ts';
export {
  createEventService,
  createLogger,
  logOf,
  schemaOf,
  type EventService,
  type EventServiceConfig,
} from './event-service.ts';
export { followBy } from './following.ts';
export { asOf, Moments } from './moments.ts';
export { namingUnreadable, readRecorded } from './newer-log.ts';
export {
  buildHttpServer,
  problemOfError,
  refuse,
  RefusalError,
  sendProblem,
  untilAskerLeaves,
  type HttpServer,
} from './http-server.ts';
export { runProgram, type Running } from './program.ts';
export {
  commonSettings,
  eventSettings,
  portSetting,
  readSettings,
  SettingsError,
  urlSetting,
  withUrlsFromFiles,
} from './settings.ts';
export { inTurns } from './turns.ts';
