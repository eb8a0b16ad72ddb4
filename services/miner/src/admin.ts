/** For operators: the queue of slices as bull-board shows it. */
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { EventService } from '@pocket/service-kit';
import type { SearchJobs } from './jobs.ts';

export const QUEUES_PATH = '/admin/queues';

export interface AdminParts extends Pick<EventService, 'fastify'> {
  jobs: Pick<SearchJobs, 'queue'>;
}

/** The board may only be read: a job that is put in or taken away by hand is no slice of any search. */
export async function addAdmin({ fastify, jobs }: AdminParts): Promise<void> {
  const adapter = new FastifyAdapter();
  adapter.setBasePath(QUEUES_PATH);
  createBullBoard({ queues: [new BullMQAdapter(jobs.queue, { readOnlyMode: true })], serverAdapter: adapter });
  await fastify.register(adapter.registerPlugin(), { prefix: QUEUES_PATH });
}
