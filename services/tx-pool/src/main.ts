/** Runs the tx-pool service as a process. */
import { runProgram } from '@pocket/service-kit';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';

void runProgram('tx-pool', async () => {
  const config = readConfig(process.env);
  const app = await buildApp(config);
  await app.fastify.listen({ host: config.host, port: config.port });
  return app;
});
