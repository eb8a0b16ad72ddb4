/** The addresses of a service: in which order they are asked, and how a name for several machines is followed. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openReplicas, type LookUp, type Replicas } from '../src/replicas.ts';

let replicas: Replicas;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await replicas.close();
});

/** A name server whose answer can be changed; an Error is thrown. */
function nameServer(first: string[] | Error): { lookUp: LookUp; answer: string[] | Error; asked: string[] } {
  const server = {
    answer: first,
    asked: [] as string[],
    lookUp: (name: string) => {
      server.asked.push(name);
      return server.answer instanceof Error ? Promise.reject(server.answer) : Promise.resolve(server.answer);
    },
  };
  return server;
}

const later = (ms: number): void => void vi.advanceTimersByTime(ms);
const pools = async (reads: boolean) => (await replicas.inOrder(reads)).map(({ pool }) => pool);
/** Lets a lookup beside a request end. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a list of addresses', () => {
  it('is read round and written from the first one, without any lookup', async () => {
    const server = nameServer(new Error('nobody asks'));
    replicas = openReplicas('http://127.0.0.1:1, http://[::1]:2/ ,http://localhost:3', server.lookUp);
    const urls = async (reads: boolean) => (await replicas.inOrder(reads)).map(({ url }) => url);
    const all = ['http://127.0.0.1:1', 'http://[::1]:2', 'http://localhost:3'];
    expect(await urls(false)).toEqual(all);
    expect(await urls(true)).toEqual(all);
    expect(await urls(true)).toEqual([...all.slice(1), ...all.slice(0, 1)]);
    expect(await urls(false)).toEqual(all);
    expect(server.asked).toEqual([]);
  });

  it('puts one that has failed last for a second', async () => {
    replicas = openReplicas('http://127.0.0.1:1,http://127.0.0.1:2');
    const [first, second] = await replicas.inOrder(false);
    if (first !== undefined) replicas.rest(first);
    expect(await replicas.inOrder(false)).toEqual([second, first]);
    later(1_001);
    expect(await replicas.inOrder(false)).toEqual([first, second]);
  });
});

describe('a name for several machines', () => {
  it('stands for all of them, in an order that everybody has', async () => {
    const server = nameServer(['10.0.0.3', '10.0.0.1', '10.0.0.1']);
    replicas = openReplicas('http://wallet:8080', server.lookUp);
    const [low, high, ...more] = await pools(false);
    expect(more).toEqual([]);
    server.answer = ['10.0.0.1', '10.0.0.3'];
    later(1_001);
    expect(await pools(true)).toEqual([low, high]);
    await settled();
    expect(await pools(true)).toEqual([high, low]);
    expect(server.asked).toEqual(['wallet', 'wallet']);
  });

  it('is looked up again after a second, beside the request', async () => {
    const server = nameServer(['10.0.0.1']);
    replicas = openReplicas('http://wallet:8080', server.lookUp);
    const [old] = await pools(false);
    later(999);
    await pools(false);
    expect(server.asked).toHaveLength(1);
    server.answer = ['10.0.0.2', '10.0.0.1'];
    later(2);
    expect(await pools(false)).toEqual([old]);
    await settled();
    expect(await pools(false)).toEqual([old, expect.anything()]);
  });

  it('forgets a machine that is gone, and ends its connections', async () => {
    const server = nameServer(['10.0.0.1', '10.0.0.2']);
    replicas = openReplicas('http://wallet:8080', server.lookUp);
    const [first, second] = await pools(false);
    server.answer = ['10.0.0.2'];
    later(1_001);
    await pools(false);
    await settled();
    expect(await pools(false)).toEqual([second]);
    expect(first).toMatchObject({ closed: true });
    expect(second).toMatchObject({ closed: false });
  });

  it('keeps what is known while the name server does not answer', async () => {
    const server = nameServer(['10.0.0.1']);
    replicas = openReplicas('http://wallet:8080', server.lookUp);
    const known = await pools(false);
    server.answer = new Error('SERVFAIL');
    later(1_001);
    expect(await pools(false)).toEqual(known);
    await settled();
    expect(await pools(false)).toEqual(known);
  });

  it('is an error where nothing is known, but not beside an address that is', async () => {
    const server = nameServer(new Error('ENOTFOUND'));
    replicas = openReplicas('http://wallet:8080', server.lookUp);
    await expect(replicas.inOrder(true)).rejects.toThrow('ENOTFOUND');
    server.answer = ['10.0.0.1'];
    expect(await replicas.inOrder(true)).toHaveLength(1);
    await replicas.close();
    server.answer = new Error('ENOTFOUND');
    replicas = openReplicas('http://wallet:8080,http://127.0.0.1:1', server.lookUp);
    expect((await replicas.inOrder(false)).map(({ url }) => url)).toEqual(['http://127.0.0.1:1']);
  });
});
