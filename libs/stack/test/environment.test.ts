/** Settings: what is refused and with which words, and what a process gets to see. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'typebox';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkEnvironment, environmentFor, readEnvironment } from '../src/environment.ts';

const schemas = {
  POCKET_NAMESPACE: Type.String({ pattern: '^[a-z]+$', description: 'Prefix of streams.' }),
  POCKET_REVEAL_PRIVATE_KEYS: Type.Boolean({ description: 'Whether private keys are shown.' }),
};

describe('checkEnvironment', () => {
  it.each([
    [{}],
    [{ POCKET_PORT: '8080', POCKET_HOST: '0.0.0.0', POCKET_MINER_WORKERS: '64', POCKET_REPLICAS: '8' }],
    [{ POCKET_NAMESPACE: 'blue', POCKET_REVEAL_PRIVATE_KEYS: 'true' }],
    [{ DATABASE_URL: 'postgresql://u:p@h:1/d', NATS_URL: 'nats://h:4222', REDIS_URL: 'rediss://h:1' }],
    [{ OTHER_PROGRAMS_SETTING: 'anything' }],
  ])('accepts %j', (environment) => {
    expect(() => checkEnvironment(environment, schemas)).not.toThrow();
  });

  it.each([
    [{ POCKET_PROT: '1' }, 'There is no setting POCKET_PROT: did you mean POCKET_PORT?'],
    [{ POCKET_NAMESPCE: 'x' }, 'did you mean POCKET_NAMESPACE?'],
    [{ POCKET_PORT: '65536' }, 'POCKET_PORT has the wrong value "65536"'],
    [{ POCKET_PORT: '0x50' }, 'POCKET_PORT has the wrong value "0x50"'],
    [{ POCKET_MINER_WORKERS: '0' }, 'POCKET_MINER_WORKERS has the wrong value "0"'],
    [{ POCKET_MINER_WORKERS: '65' }, 'a whole number from 1 to 64'],
    [{ POCKET_REPLICAS: '0' }, 'how many processes of every service run, a whole number from 1 to 8'],
    [{ POCKET_REPLICAS: '9' }, 'POCKET_REPLICAS has the wrong value "9"'],
    [{ POCKET_REVEAL_PRIVATE_KEYS: 'perhaps' }, 'Whether private keys are shown'],
    [{ POCKET_NAMESPACE: 'A B' }, 'Prefix of streams'],
    [{ DATABASE_URL: 'mysql://h/d' }, 'DATABASE_URL has a wrong value'],
  ])('refuses %j', (environment, sentence) => {
    expect(() => checkEnvironment(environment, schemas)).toThrow(sentence);
  });

  it('names value and range, and never a URL, which may hold a password', () => {
    const every = Type.Integer({ minimum: 0, description: 'After how many events.' });
    expect(() => checkEnvironment({ POCKET_STATE_HASH_EVERY: '-1' }, { POCKET_STATE_HASH_EVERY: every })).toThrow(
      'The setting POCKET_STATE_HASH_EVERY has the wrong value "-1"; it is for: After how many events (a whole number from 0).',
    );
    expect(() => checkEnvironment({ DATABASE_URL: 'mysql://u:secret@h/d' }, schemas)).not.toThrow(/secret/);
  });
});

describe('environmentFor', () => {
  it('hands on what is listed, and of the rest only what every program needs', () => {
    const values = { POCKET_PORT: '1', POCKET_WALLET_SECRET_FILE: '/secret', DATABASE_URL: undefined };
    const environment = environmentFor(['POCKET_PORT', 'DATABASE_URL'], values);
    expect(environment['PATH']).toBe(process.env['PATH']);
    expect(environment['POCKET_PORT']).toBe('1');
    expect(Object.keys(environment).filter((name) => /^(POCKET_|DATABASE_|npm_)/.test(name))).toEqual(['POCKET_PORT']);
  });
});

describe('readEnvironment', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pocket-environment-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reads .env, lets the environment win, and takes an empty value for none', async () => {
    await writeFile(join(folder, '.env'), '# a comment\nPOCKET_PORT=8090\nPOCKET_HOST="::1"\nNATS_URL=\n');
    expect(readEnvironment(folder, { POCKET_PORT: '8091' })).toEqual({ POCKET_PORT: '8091', POCKET_HOST: '::1' });
  });

  it('needs no .env', () => {
    expect(readEnvironment(folder, { POCKET_PORT: '1' })).toEqual({ POCKET_PORT: '1' });
  });
});
