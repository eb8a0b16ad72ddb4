/** The health check of every container of ours: does its program say that it can serve? It prints what is missing. */
const port = process.env.POCKET_WORKER_PORT ?? process.env.POCKET_PORT;
const WITHIN_MS = 4_000;

try {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(WITHIN_MS) });
  if (!response.ok) throw new Error(await response.text());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
