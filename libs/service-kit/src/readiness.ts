/** Whether a service with a log can serve: what is missing, and which of its replicas leads. */
import type { ReadinessView } from '@pocket/contracts';
import { describeObstacle, type Bus, type EventNode } from '@pocket/eventstore';

/** A busy machine can be a second late, and is none the less able to serve. */
const WITHIN_MS = 2_000;

/**
 * A dead letter keeps every replica from being ready, not only the one that has met it: all answer from the same tables.
 * @param others what else the service needs; each entry names what is missing.
 */
export async function readinessOf(
  node: EventNode,
  bus: Bus,
  others?: () => Promise<string[]>,
): Promise<Omit<ReadinessView, 'ready'>> {
  const missing = new Set(node.obstacles);
  const [flushed, letters] = await Promise.all([
    bus.connection.isClosed() ? undefined : within(bus.connection.flush().then(() => true)),
    within(node.deadLetters.list()),
  ]);
  if (flushed === undefined) missing.add('NATS');
  if (letters === undefined) missing.add('Postgres');
  for (const letter of letters ?? []) missing.add(describeObstacle(letter));
  for (const part of (await others?.()) ?? []) missing.add(part);
  return { missing: [...missing], instance: node.instance, leads: node.leading, leader: node.leader ?? null };
}

/** What a server answers within the bound, undefined where it does not: readiness must not hang with what it reports on. */
async function within<T>(answer: Promise<T>): Promise<T | undefined> {
  const late = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), WITHIN_MS).unref();
  });
  return Promise.race([answer.catch(() => undefined), late]);
}
