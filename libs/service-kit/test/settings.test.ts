/** Settings from the environment: what is read, and the sentence for everything that cannot be. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Type from 'typebox';
import { afterAll, describe, expect, it } from 'vitest';
import { commonSettings, eventSettings, portSetting, readSettings, SettingsError, urlSetting } from '../src/index.ts';

const schema = Type.Object({
  ...commonSettings,
  ...eventSettings,
  POCKET_PORT: portSetting(8081),
  POCKET_MINER_URL: urlSetting('miner', 8083),
  POCKET_REVEAL: Type.Boolean({ default: false }),
});
const servers = { DATABASE_URL: 'postgres://u:secret@h/d', NATS_URL: 'nats://h:4222' };
const folder = mkdtempSync(join(tmpdir(), 'pocket-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string): string {
  writeFileSync(join(folder, 'address'), text);
  return join(folder, 'address');
}

const read = (environment: Record<string, string | undefined>) => readSettings(schema, environment);

describe('readSettings', () => {
  it('takes defaults where nothing is given, and ignores what is not ours', () => {
    expect(read({ ...servers, PATH: '/bin', HOME: '/root' })).toEqual({
      ...servers,
      POCKET_HOST: '127.0.0.1',
      POCKET_LOG_LEVEL: 'info',
      POCKET_NAMESPACE: 'pocket',
      POCKET_STREAM_REPLICAS: 1,
      POCKET_STATE_HASH_EVERY: 1_000,
      POCKET_PORT: 8081,
      POCKET_MINER_URL: 'http://127.0.0.1:8083',
      POCKET_REVEAL: false,
    });
  });

  it('reads numbers and truth values from text', () => {
    expect(read({ ...servers, POCKET_PORT: '0', POCKET_REVEAL: 'true' })).toMatchObject({
      POCKET_PORT: 0,
      POCKET_REVEAL: true,
    });
  });

  it('takes an empty value for none', () => {
    expect(read({ ...servers, POCKET_PORT: '' }).POCKET_PORT).toBe(8081);
  });

  it('is frozen', () => {
    expect(Object.isFrozen(read(servers))).toBe(true);
  });

  it('names an unknown POCKET_ variable and the known ones', () => {
    expect(() => read({ ...servers, POCKET_PROT: '1' })).toThrow(
      'POCKET_PROT is not a setting of this service. Its settings are POCKET_HOST, POCKET_LOG_LEVEL, DATABASE_URL, NATS_URL, POCKET_NAMESPACE, POCKET_STREAM_REPLICAS, POCKET_STATE_HASH_EVERY, POCKET_PORT, POCKET_MINER_URL, POCKET_REVEAL.',
    );
  });

  it('names what is missing', () => {
    expect(() => read({ NATS_URL: 'nats://h' })).toThrow(new SettingsError('DATABASE_URL must be set.'));
    expect(() => read({})).toThrow(new SettingsError('DATABASE_URL, NATS_URL must be set.'));
  });

  it.each([
    [{ POCKET_PORT: 'http' }, /^POCKET_PORT: "http" must be integer\. Port the service listens on\.$/],
    [{ POCKET_PORT: '8e3x' }, /^POCKET_PORT: "8e3x" must be integer/],
    [{ POCKET_PORT: '70000' }, /^POCKET_PORT: "70000" must be <= 65535/],
    [{ POCKET_PORT: '80.5' }, /^POCKET_PORT: "80.5" must be integer/],
    [{ POCKET_NAMESPACE: 'A b' }, /^POCKET_NAMESPACE: "A b" must match pattern/],
    [{ POCKET_REVEAL: 'maybe' }, /^POCKET_REVEAL: "maybe" must be boolean/],
    [
      { POCKET_LOG_LEVEL: 'loud' },
      /^POCKET_LOG_LEVEL: "loud" must be one of fatal, error, warn, info, debug, trace, silent\./,
    ],
    [{ POCKET_MINER_URL: 'localhost' }, /^POCKET_MINER_URL: its value is not of the form http:\/\/name:port\. Where /],
    [{ POCKET_MINER_URL: 'http://a:1/path' }, /^POCKET_MINER_URL: its value is not of the form http:\/\/name:port\./],
    [{ POCKET_MINER_URL: 'http://a:1,nats://b:2,http://c' }, /^POCKET_MINER_URL: address 2 of 3 is not of the form/],
    [{ POCKET_MINER_URL: 'http://a:1,http://b:2,' }, /^POCKET_MINER_URL: address 3 of 3 is empty\. Where the miner/],
    [{ POCKET_MINER_URL: 'http://a:1 http://b:2' }, /^POCKET_MINER_URL: its value is not of the form/],
  ])('names the wrong value of %j and what would be right', (wrong, sentence) => {
    expect(() => read({ ...servers, ...wrong })).toThrow(SettingsError);
    expect(() => read({ ...servers, ...wrong })).toThrow(sentence);
  });

  it.each([
    'http://a:1',
    'https://a',
    'http://a:1/',
    'http://a:1,http://b:2',
    'http://a:1 , https://[::1]:2/,http://c',
  ])('takes %j for addresses', (value) => {
    expect(read({ ...servers, POCKET_MINER_URL: value }).POCKET_MINER_URL).toBe(value);
  });

  it('does not print a URL, which may hold a password', () => {
    const wrong = { ...servers, DATABASE_URL: 'mysql://u:secret@h/d' };
    expect(() => read(wrong)).toThrow(/^DATABASE_URL: its value must match pattern/);
    expect(() => read(wrong)).not.toThrow(/secret/);
    const list = { ...servers, POCKET_MINER_URL: 'http://a,ftp://u:secret@h' };
    expect(() => read(list)).toThrow(/^POCKET_MINER_URL: address 2 of 2 is not/);
    expect(() => read(list)).not.toThrow(/secret/);
  });

  it('reads an address from a file, without the end of its line', () => {
    const { NATS_URL } = servers;
    expect(read({ NATS_URL, DATABASE_URL_FILE: fileOf('postgres://u:secret@h/d\n') }).DATABASE_URL).toBe(
      'postgres://u:secret@h/d',
    );
  });

  it('names the file that cannot be read, the wrong address in one, and the one that is given twice', () => {
    const { NATS_URL } = servers;
    expect(() => read({ NATS_URL, DATABASE_URL_FILE: join(folder, 'none') })).toThrow(
      new SettingsError(
        `DATABASE_URL_FILE: ${join(folder, 'none')} cannot be read (ENOENT). It must hold what DATABASE_URL would.`,
      ),
    );
    expect(() => read({ NATS_URL, DATABASE_URL_FILE: fileOf('mysql://u:secret@h') })).toThrow(
      /^DATABASE_URL: its value must match pattern/,
    );
    expect(() => read({ ...servers, DATABASE_URL_FILE: fileOf('postgres://h/d') })).toThrow(
      'DATABASE_URL and DATABASE_URL_FILE are both set: take one of them away.',
    );
  });
});
