/** Runs the gateway as a process. */
import { runProgram } from '@pocket/service-kit';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';

void runProgram('gateway', async () => {
  const config = readConfig(process.env);
  const app = await buildApp(config);
  await app.fastify.listen({ host: config.host, port: config.port });
  return app;
});
