/*
 * The stack of containers: how long it takes to come up once its images are there, how soon a container of ours serves
 * after it was started and has ended after it was told to, and how large the image is. Starts a stack of its own and
 * removes it. Run: npm run bench -- containers
 */
import { buildImage, docker, startComposeStack, type ComposeStack } from '@pocket/testkit/compose';
import { eventually } from '@pocket/testkit/eventually';
import { median, rounded } from './median.ts';

const ROUNDS = 5;
const WITHIN_MS = 60_000;
const SERVICES = ['gateway', 'wallet', 'tx-pool', 'miner', 'chainstate', 'miner-worker'];
const IMAGE = 'pocket-bench';
const MEGABYTE = 1_000_000;
const BASE_IMAGE = process.env['NODE_IMAGE'] ?? 'node:22-bookworm-slim';

interface Times {
  start: number[];
  stop: number[];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1_000;
}

async function measure(stack: ComposeStack, service: string): Promise<Times> {
  const times: Times = { start: [], stop: [] };
  for (let round = 0; round < ROUNDS; round++) {
    times.stop.push(await timed(() => stack.compose(['stop', '--timeout', '30', service])));
    await stack.compose(['start', service]);
    await stack.survey();
    await eventually(() => ready(stack.urlOf(service)), { withinMs: WITHIN_MS });
    const readyAt = Date.now();
    times.start.push((readyAt - (await startedAt(stack, service))) / 1_000);
  }
  return times;
}

/** By the engine's word, Unix milliseconds. */
async function startedAt(stack: ComposeStack, service: string): Promise<number> {
  const id = (await stack.compose(['ps', '--quiet', service])).trim();
  return Date.parse((await docker(['inspect', '--format', '{{.State.StartedAt}}', id])).trim());
}

async function ready(url: string): Promise<void> {
  const response = await fetch(`${url}/readyz`);
  if (!response.ok) throw new Error(await response.text());
}

async function sizeOf(image: string): Promise<number> {
  return Number(await docker(['image', 'inspect', '--format', '{{.Size}}', image])) / MEGABYTE;
}

await buildImage(IMAGE);
const sizeMb = rounded((await sizeOf(IMAGE)) - (await sizeOf(BASE_IMAGE)));
console.log(`image: ${sizeMb} MB over ${BASE_IMAGE} (goal 250)`);
const started: ComposeStack[] = [];
try {
  const upSeconds = rounded(
    await timed(async () => started.push(await startComposeStack({ prefix: 'pocket-bench', image: IMAGE }))),
  );
  console.log(`docker compose up --wait with its images there: ${upSeconds} s (goal 90)`);
  const figures: Record<string, { start: number; stop: number }> = {};
  for (const stack of started)
    for (const service of SERVICES) {
      const { start, stop } = await measure(stack, service);
      figures[service] = { start: rounded(median(start)), stop: rounded(median(stop)) };
      console.log(
        `${service}: serves ${figures[service].start} s after its start (goal 3), ends in ${figures[service].stop} s (goal 5)`,
      );
    }
  console.log(`\n${JSON.stringify({ bench: 'containers', sizeMb, upSeconds, seconds: figures, rounds: ROUNDS })}`);
} finally {
  for (const stack of started) await stack.stop();
  await docker(['image', 'rm', '--force', IMAGE]);
}
