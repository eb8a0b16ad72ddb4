/** Who may do what operators do: by the address that is listened on, by a password, and on which routes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildHttpServer, createLogger, SettingsError } from '@pocket/service-kit';
import { forOperators, guardAdministration, judgeOf, type AdministrationConfig } from '../src/administration.ts';

const PASSWORD = 'correct horse battery';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pocket-operators-'));
});
afterAll(() => rm(folder, { recursive: true }));

const open = (host: string): AdministrationConfig => ({
  host,
  operatorPasswordFile: undefined,
  openAdministration: undefined,
});

async function withPassword(text: string, changes: Partial<AdministrationConfig> = {}): Promise<AdministrationConfig> {
  const operatorPasswordFile = join(folder, 'password');
  await writeFile(operatorPasswordFile, text);
  return { ...open('0.0.0.0'), operatorPasswordFile, ...changes };
}

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('without a password', () => {
  it.each(['127.0.0.1', '127.0.0.53', 'localhost', '::1'])('everybody may on %s', (host) => {
    expect(judgeOf(open(host))(undefined)).toBeUndefined();
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'node.example', '128.0.0.1'])(
    'nobody may on %s, and is told why',
    (host) => {
      const refusal = judgeOf(open(host))(basic(`operator:${PASSWORD}`));
      expect(refusal).toMatchObject({ status: 403, code: 'administration-closed' });
      expect(refusal?.detail).toContain(`the gateway at ${host}, which others than this machine may reach`);
      expect(refusal?.detail).toContain('name one by POCKET_OPERATOR_PASSWORD_FILE');
    },
  );

  it('the settings have the last word', () => {
    expect(judgeOf({ ...open('0.0.0.0'), openAdministration: true })(undefined)).toBeUndefined();
    expect(judgeOf({ ...open('127.0.0.1'), openAdministration: false })(undefined)?.status).toBe(403);
  });
});

describe('with a password', () => {
  it.each([PASSWORD, `${PASSWORD}\n`])('whoever knows it may, on loopback too (%j)', async (text) => {
    for (const host of ['0.0.0.0', '127.0.0.1']) {
      const judge = judgeOf(await withPassword(text, { host }));
      expect(judge(basic(`operator:${PASSWORD}`))).toBeUndefined();
      expect(judge(basic(`operator:${PASSWORD}`).replace('Basic', 'basic'))).toBeUndefined();
      expect(judge(undefined)).toMatchObject({ status: 401, code: 'operators-only' });
    }
  });

  it.each([
    undefined,
    '',
    'Basic',
    'Basic !',
    `Bearer ${Buffer.from(`operator:${PASSWORD}`).toString('base64')}`,
    basic(`operator:${PASSWORD} `),
    basic('operator:'),
    basic(`:${PASSWORD}`),
    basic(`operators:${PASSWORD}`),
    basic(PASSWORD),
  ])('nobody else may: %s', async (authorization) => {
    const refusal = judgeOf(await withPassword(PASSWORD))(authorization);
    expect(refusal).toMatchObject({ status: 401, code: 'operators-only' });
    expect(JSON.stringify(refusal)).not.toContain(PASSWORD);
  });

  it('refuses one that is short, is not there, or would not be asked for', async () => {
    const absent = join(folder, 'absent');
    const wrong: [AdministrationConfig, string][] = [
      [await withPassword('eleven char\n'), 'holds 11 characters, a password has at least 12.'],
      [{ ...open('0.0.0.0'), operatorPasswordFile: absent }, `${absent} cannot be read (ENOENT).`],
    ];
    for (const [config, sentence] of wrong) {
      expect(() => judgeOf(config)).toThrow(SettingsError);
      expect(() => judgeOf(config)).toThrow(sentence);
    }
    const both = await withPassword(PASSWORD, { openAdministration: true });
    expect(() => judgeOf(both)).toThrow('take one of them away');
  });
});

describe('a server', () => {
  it('asks on the routes that say so, whatever their paths are written like, and does nothing first', async () => {
    const fastify = buildHttpServer({
      logger: createLogger('gateway', 'silent'),
      readiness: () => ({ missing: [] }),
      bodyLimitBytes: 100,
    });
    let done = 0;
    guardAdministration(fastify, judgeOf(await withPassword(PASSWORD)));
    fastify.post('/reset', forOperators, () => ({ done: ++done }));
    fastify.get('/read', () => ({}));
    for (const url of ['/reset', '/%72eset', '/reset?x=1']) {
      const refused = await fastify.inject({ method: 'POST', url });
      expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([401, 'operators-only']);
      expect(refused.headers['www-authenticate']).toBe('Basic realm="what operators do", charset="UTF-8"');
    }
    expect(done).toBe(0);
    expect((await fastify.inject({ url: '/read' })).statusCode).toBe(200);
    const headers = { authorization: basic(`operator:${PASSWORD}`) };
    expect((await fastify.inject({ method: 'POST', url: '/reset', headers })).json()).toEqual({ done: 1 });
    await fastify.close();
  });
});
