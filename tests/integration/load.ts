/** Clients that send, mine and read without a pause, and keep count of what they were told. */
import { eventually, type Answer, type OriginalClient, type Random } from '@pocket/testkit';

export interface Load {
  /** Sends that were answered with success. */
  readonly accepted: number;
  /** Sends that ended with a fault of the system or with no answer. */
  readonly unanswered: number;
  /** Answers that no client may get: neither an envelope with 200 nor one with a fault's status. */
  readonly unexpected: readonly string[];
  /** Resolves when so many more requests have succeeded. */
  answers(more: number): Promise<void>;
  /** Resolves when so many more requests have ended, however. */
  requests(more: number): Promise<void>;
  /** Resolves when the last request has ended. */
  stop(): Promise<void>;
}

const CLIENTS = 4;
const WITHIN_MS = 90_000;
const FAULTS = [500, 503, 504];

/** Begins on the wallets that there are. */
export async function startLoad(api: OriginalClient, random: Random): Promise<Load> {
  const addresses = (await api.getWallets()).map(({ address }) => address);
  const count = { accepted: 0, unanswered: 0, unexpected: [] as string[], ended: 0, succeeded: 0 };
  let stopped = false;
  const step = async (mines: boolean): Promise<void> => {
    const request = chooseRequest(api, random, addresses, mines);
    const answer = await request.send().catch(() => undefined);
    count.ended += 1;
    record(count, request.pays, answer);
  };
  // The first one never mines, so that there are requests even while nobody can mine.
  const client = async (index: number): Promise<void> => {
    while (!stopped) await step(index > 0);
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)));
  return Object.assign(count, {
    answers: (more: number) => reached(() => count.succeeded, more),
    requests: (more: number) => reached(() => count.ended, more),
    stop: async () => {
      stopped = true;
      await clients;
    },
  });
}

interface Request {
  pays: boolean;
  send(): Promise<Answer>;
}

function chooseRequest(api: OriginalClient, random: Random, addresses: readonly string[], mines: boolean): Request {
  const from = random.pick(addresses);
  const to = random.pick(addresses.filter((address) => address !== from));
  const post = (call: string, body: object) => api.postJson(`/api/${call}`, JSON.stringify(body));
  switch (random.below(mines ? 5 : 4)) {
    case 0:
      return { pays: false, send: () => api.request('GET', '/api/get_wallets') };
    case 1:
      return { pays: false, send: () => api.request('GET', '/api/get_pool') };
    case 4:
      return { pays: false, send: () => post('mine_block', { address: from, txAmount: 1 + random.below(5) }) };
    default:
      return { pays: true, send: () => post('send', { from, to, amount: 1 + random.below(3) }) };
  }
}

type Count = { accepted: number; unanswered: number; unexpected: string[]; succeeded: number };

function record(count: Count, pays: boolean, answer: Answer | undefined): void {
  if (answer === undefined || FAULTS.includes(answer.status)) {
    if (pays) count.unanswered += 1;
    if (answer !== undefined && !isFault(answer)) count.unexpected.push(answer.text);
    return;
  }
  if (answer.status !== 200) count.unexpected.push(`${answer.status} ${answer.text}`);
  count.succeeded += 1;
  if (pays && (answer.json() as { data: unknown }).data !== null) count.accepted += 1;
}

const isFault = ({ text }: Answer): boolean => text.startsWith('{"data":null,"error":"Service: ');

function reached(value: () => number, more: number): Promise<void> {
  const goal = value() + more;
  const check = (): void => {
    if (value() < goal) throw new Error(`${goal - value()} of ${more} are still missing`);
  };
  return eventually(check, { withinMs: WITHIN_MS });
}
