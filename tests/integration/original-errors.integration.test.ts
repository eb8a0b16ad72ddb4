/**
 * Everything the original's calls refuse, as data: each wrong content type, type, value and name, the order of the
 * checks, paths and methods that are not there, bodies too large. And that a malformed request leaves nothing behind.
 */
import { encodeAddress } from '@pocket/crypto';
import { eventually, followedLogs, OriginalClient, randomOf, startTestStack, type TestStack } from '@pocket/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditChain } from './chain-audit.ts';

const CONTENT_TYPE = 'Request: request content-type error';
const PARAMETERS = 'Request: invalid parameters';
const AMOUNT = 'Request: invalid amount value';
const REQUEST_PARAMETERS = 'Request: invalid request parameters';
const TX_AMOUNT = 'Request: invalid txAmount value';
const ADDRESS = 'Request: invalid address value';
const LOCKED = 'Pool: Your wallet is locked due to awaiting for previous transaction confirmation.';
const UNITS = 'Units: Not enough units...';
const noSuch = (address: string): string => `Address: There is no such an address: ${address}`;

const BODY_LIMIT_BYTES = 1_000_000;
const JSON_TYPE = 'application/json';
const STRANGER = encodeAddress(randomOf(7).bytes(20), 0x6f);

let stack: TestStack;
let api: OriginalClient;
/** Wallets of the training data: one with 75 units, one with 22, an empty one, and one with an unconfirmed payment. */
let rich = '';
let second = '';
let empty = '';
let locked = '';

beforeAll(async () => {
  stack = await startTestStack();
  api = new OriginalClient(stack.url);
  await api.resetSystem();
  [rich = '', second = '', , empty = '', , , , locked = ''] = (await api.getWallets()).map(({ address }) => address);
  return () => stack.stop();
});

/** `$rich` and its like stand for this run's addresses. */
function filled(text: string): string {
  const names: Record<string, string> = { rich, second, empty, locked, stranger: STRANGER };
  return text.replace(/\$([a-z]+)/g, (whole, name: string) => names[name] ?? whole);
}

async function expectRefusal(
  path: string,
  body: string,
  error: string,
  contentType: string = JSON_TYPE,
): Promise<void> {
  const answer = await api.request('POST', path, { headers: { 'content-type': contentType }, body: filled(body) });
  expect(answer.text).toBe(JSON.stringify({ data: null, error: filled(error) }));
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
}

/** Values that are no integer from -(2^53-1) to 2^53-1, as they are written in JSON. */
const NO_INTEGERS = [
  '1.5',
  '1.0',
  '0.0',
  '-1.0',
  '1e0',
  '1E2',
  '1e400',
  '0.5',
  '"1"',
  '""',
  'true',
  'false',
  'null',
  '[1]',
  '[]',
  '{}',
  '{"a":1}',
  '9007199254740992',
  '18446744073709551617',
  '-9007199254740992',
  '9'.repeat(400),
];
/** Values that are no string, or one that no database can keep. */
const NO_STRINGS = [
  '"\\u0000"',
  '"a\\u0000b"',
  '1',
  '0',
  '1.5',
  'true',
  'null',
  '[]',
  '["$rich"]',
  '{}',
  '{"address":"$rich"}',
];
const NO_OBJECTS = ['[]', '[{"from":"$rich","to":"$second","amount":1}]', '"text"', '1', 'true', 'null', '{}'];
const NO_JSON = [
  '',
  ' ',
  '{',
  '}',
  '{"from":',
  'from=a&to=b&amount=1',
  "{'from':'$rich','to':'$second','amount':1}",
  '{"from":"$rich","to":"$second","amount":1,}',
  '{"from":"$rich","to":"$second","amount":1}}',
  '{"from":"$rich","to":"$second","amount":01}',
  '{"from":"$rich","to":"$second","amount":+1}',
  '{"from":"$rich","to":"$second","amount":NaN}',
  '{"from":"$rich","to":"$second","amount":0x1}',
  '{"from":"$rich","to":"$second","amount":Infinity}',
  '\u0000',
  '<html></html>',
];
const NO_JSON_TYPES = [
  'text/plain',
  'text/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonp',
  'application/octet-stream',
  'application/x-ndjson',
  'application',
  'json',
  '*/*',
  'text/plain; application/json',
  ';',
];
const JSON_TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=UTF-8',
  'Application/JSON',
  'application/x+json',
  'application/vnd.api+json',
  'application/problem+json; charset=utf-8',
];

type Case = [body: string, error: string];

const send = (from: string, to: string, amount: string): string => `{"from":${from},"to":${to},"amount":${amount}}`;
const good = send('"$rich"', '"$second"', '1');

const MALFORMED_SENDS: Case[] = [
  ...NO_JSON.map((body): Case => [body, PARAMETERS]),
  ...NO_OBJECTS.map((body): Case => [body, PARAMETERS]),
  ...NO_INTEGERS.map((value): Case => [send('"$rich"', '"$second"', value), PARAMETERS]),
  ...NO_STRINGS.map((value): Case => [send(value, '"$second"', '1'), PARAMETERS]),
  ...NO_STRINGS.map((value): Case => [send('"$rich"', value, '1'), PARAMETERS]),
  ['{"to":"$second","amount":1}', PARAMETERS],
  ['{"from":"$rich","amount":1}', PARAMETERS],
  ['{"from":"$rich","to":"$second"}', PARAMETERS],
  ['{"From":"$rich","To":"$second","Amount":1}', PARAMETERS],
  [send('"$rich"', '"$second"', '0'), AMOUNT],
  [send('"$rich"', '"$second"', '-0'), AMOUNT],
  [send('"$rich"', '"$second"', '-1'), AMOUNT],
  [send('"$rich"', '"$second"', '-9007199254740991'), AMOUNT],
  [send('""', '"$second"', '1'), REQUEST_PARAMETERS],
  [send('"$rich"', '""', '1'), REQUEST_PARAMETERS],
  [send('""', '""', '1'), REQUEST_PARAMETERS],
  [send('"$rich"', '"$rich"', '1'), REQUEST_PARAMETERS],
  [send('"nobody"', '"nobody"', '1'), REQUEST_PARAMETERS],
];

/** Two things are wrong: the one that is checked first is named. */
const ORDER_OF_MALFORMED_SENDS: Case[] = [
  [send('1', '"$second"', '0'), PARAMETERS],
  [send('""', 'null', '1'), PARAMETERS],
  [send('""', '"$second"', '0'), AMOUNT],
  [send('"$rich"', '"$rich"', '-5'), AMOUNT],
  [send('"$locked"', '"$locked"', '1'), REQUEST_PARAMETERS],
  [send('"$locked"', '""', '1'), REQUEST_PARAMETERS],
];

const mine = (address: string, txAmount: string): string => `{"address":${address},"txAmount":${txAmount}}`;

const REFUSED_MININGS: Case[] = [
  ...NO_JSON.map((body): Case => [body, PARAMETERS]),
  ...NO_OBJECTS.map((body): Case => [body, PARAMETERS]),
  ...NO_INTEGERS.map((value): Case => [mine('"$rich"', value), PARAMETERS]),
  ...NO_STRINGS.map((value): Case => [mine(value, '1'), PARAMETERS]),
  ['{"txAmount":1}', PARAMETERS],
  ['{"address":"$rich"}', PARAMETERS],
  [mine('"$rich"', '0'), TX_AMOUNT],
  [mine('"$rich"', '-1'), TX_AMOUNT],
  [mine('""', '1'), ADDRESS],
  [mine('"nobody"', '1'), noSuch('nobody')],
  [mine('"$stranger"', '1'), noSuch('$stranger')],
  [mine('1', '0'), PARAMETERS],
  [mine('""', '1.0'), PARAMETERS],
  [mine('""', '0'), TX_AMOUNT],
  [mine('"nobody"', '0'), TX_AMOUNT],
];

/** Texts that could be mistaken for something else on their way through the services, each with a name for it. */
const ODD_NAMES: [what: string, name: string][] = [
  ...['.', '..', '../wallets', 'a/b', '/', '?', 'a?b=c', '#', '%', '%2e', '%00', ' ', '\n', '\\', '"'].map(named),
  ...["'; DROP TABLE wallets; --", '💰', 'é', '__proto__', 'constructor', 'null', 'undefined'].map(named),
  ['half of a surrogate pair', '\ud800'],
  ['129 letters', 'x'.repeat(129)],
  ['300 letters', 'x'.repeat(300)],
  ['70,000 letters', 'x'.repeat(70_000)],
];

function named(name: string): [string, string] {
  return [JSON.stringify(name), name];
}

describe('a malformed request', () => {
  let heads: Record<string, number>;
  let before: string;
  beforeAll(async () => {
    heads = await eventually(() => followedLogs(stack), { withinMs: 10_000 });
    before = await everything();
  });

  it.each([...MALFORMED_SENDS, ...ORDER_OF_MALFORMED_SENDS])('send %s: %s', async (body, error) => {
    await expectRefusal('/api/send', body, error);
  });

  it.each(REFUSED_MININGS)('mine_block %s: %s', async (body, error) => {
    await expectRefusal('/api/mine_block', body, error);
  });

  it.each(NO_JSON_TYPES)('of the content type %s is refused whatever it holds', async (type) => {
    await expectRefusal('/api/send', good, CONTENT_TYPE, type);
    await expectRefusal('/api/send', '{', CONTENT_TYPE, type);
    await expectRefusal('/api/mine_block', mine('"$rich"', '1'), CONTENT_TYPE, type);
    await expectRefusal('/api/mine_block', '', CONTENT_TYPE, type);
  });

  it('without a content type is refused, with a body and without one', async () => {
    for (const path of ['/api/send', '/api/mine_block']) {
      for (const sending of [{ body: filled(good) }, {}]) {
        const answer = await api.request('POST', path, sending);
        expect([answer.status, answer.json()]).toEqual([200, { data: null, error: CONTENT_TYPE }]);
      }
    }
  });

  it('with a body that is no UTF-8 is refused', async () => {
    const body = Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d);
    const answer = await api.request('POST', '/api/send', { headers: { 'content-type': JSON_TYPE }, body });
    expect([answer.status, answer.json()]).toEqual([200, { data: null, error: PARAMETERS }]);
  });

  it.each(ODD_NAMES)('mine_block for the address %s: there is no such address', async (_, name) => {
    await expectRefusal('/api/mine_block', mine(JSON.stringify(name), '1'), noSuch(name));
  });

  it('leaves no pool row, no block, no wallet and no event', async () => {
    expect(await everything()).toBe(before);
    expect(await followedLogs(stack)).toEqual(heads);
  });
});

async function everything(): Promise<string> {
  const calls = ['get_wallets', 'get_blocks', 'get_chainstate', 'get_pool'];
  const answers = await Promise.all(calls.map((call) => api.request('GET', `/api/${call}`)));
  return answers.map(({ text }) => text).join('\n');
}

describe('a send that a rule refuses', () => {
  const cases: Case[] = [
    [send('"$locked"', '"$rich"', '1'), LOCKED],
    [send('"$empty"', '"$rich"', '1'), UNITS],
    [send('"$rich"', '"$second"', '76'), UNITS],
    [send('"$rich"', '"$second"', '2147483648'), UNITS],
    [send('"$rich"', '"$second"', '9007199254740991'), UNITS],
    [send('"nobody"', '"$rich"', '1'), noSuch('nobody')],
    [send('"$stranger"', '"$rich"', '1'), noSuch('$stranger')],
    [send('"$rich"', '"nobody"', '1'), noSuch('nobody')],
    ...impossibleAddresses().map((to): Case => [send('"$rich"', JSON.stringify(to), '1'), noSuch(to)]),
  ];
  const order: Case[] = [
    [send('"$locked"', '"nobody"', '1'), LOCKED],
    [send('"$locked"', '"$rich"', '9007199254740991'), LOCKED],
    [send('"nobody"', '"somebody"', '1'), noSuch('nobody')],
    [send('"nobody"', '"$rich"', '9007199254740991'), noSuch('nobody')],
    [send('"$empty"', '"nobody"', '1'), noSuch('nobody')],
  ];

  it.each([...cases, ...order])('%s: %s', async (body, error) => {
    const rows = (await api.getPool()).length;
    await expectRefusal('/api/send', body, error);
    const pool = await api.getPool();
    expect(pool).toHaveLength(rows + 1);
    expect(pool.slice(-1)).toEqual([
      {
        txID: 'None',
        fromAddr: (JSON.parse(filled(body)) as { from: string }).from,
        toAddr: (JSON.parse(filled(body)) as { to: string }).to,
        amount: (JSON.parse(filled(body)) as { amount: number }).amount,
        serializedTransaction: null,
        error: true,
        errorText: filled(error),
      },
    ]);
  });

  it.each(ODD_NAMES)('from or to %s: there is no such address', async (_, name) => {
    await expectRefusal('/api/send', send(JSON.stringify(name), '"$rich"', '1'), noSuch(name));
    await expectRefusal('/api/send', send('"$rich"', JSON.stringify(name), '1'), noSuch(name));
    const rows = (await api.getPool()).slice(-2);
    expect(rows.map(({ errorText }) => errorText)).toEqual([noSuch(shown(name)), noSuch(shown(name))]);
  });

  it('locks nobody, spends nothing and stops no follower', async () => {
    await eventually(() => followedLogs(stack), { withinMs: 10_000 });
    expect(await api.send(rich, second, 75)).toEqual({ data: 'Transaction is added to pool', error: null });
    await auditChain(stack);
  });
});

/** Half of a surrogate pair is no character: in the pool it is shown as U+FFFD. */
function shown(name: string): string {
  return name === '\ud800' ? '\ufffd' : name;
}

/** Nearly addresses: a wrong letter, a letter less, another network, another length, other kinds. */
function impossibleAddresses(): string[] {
  const hash = randomOf(8).bytes(20);
  const valid = encodeAddress(hash, 0x6f);
  const wrongLetter = valid.slice(0, -1) + (valid.endsWith('2') ? '3' : '2');
  return [
    wrongLetter,
    valid.slice(0, -1),
    `${valid}1`,
    ` ${valid}`,
    valid.toLowerCase(),
    encodeAddress(hash, 0x00),
    encodeAddress(hash, 0xc4),
    'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx',
    '0x52908400098527886E0F7030069857D2E4169EE7',
  ];
}

describe('content types that mean JSON', () => {
  it.each(JSON_TYPES)('%s is read', async (type) => {
    await expectRefusal('/api/send', send('"$rich"', '"$rich"', '1'), REQUEST_PARAMETERS, type);
    await expectRefusal('/api/mine_block', mine('"$rich"', '0'), TX_AMOUNT, type);
  });

  it('fields beyond those asked for do not matter, nor does their order', async () => {
    await expectRefusal('/api/mine_block', '{"more":[1.5],"txAmount":1,"address":"nobody"}', noSuch('nobody'));
  });
});

describe('a body above 1 MB', () => {
  const WRITES = ['send', 'mine_block', 'new_wallet', 'reset_system'];
  const tooLarge = JSON.stringify({ from: 'x'.repeat(BODY_LIMIT_BYTES), to: 'b', amount: 1 });

  it.each(WRITES)('is refused by %s with 413 and the envelope, and does nothing', async (call) => {
    const before = await everything();
    const headers = { 'content-type': JSON_TYPE };
    const answer = await api.request('POST', `/api/${call}`, { headers, body: tooLarge });
    expect(answer.status).toBe(413);
    expectEnvelope(answer.text);
    expect(answer.text).toContain('Request: the body has more than the 1000000 bytes that this path takes');
    expect(await everything()).toBe(before);
  });

  it('is one of 1,000,001 bytes; one of 1,000,000 is read', async () => {
    const bodyOf = (bytes: number) => `{"from":"","to":"","amount":1${' '.repeat(bytes - 30)}}`;
    expect(bodyOf(BODY_LIMIT_BYTES)).toHaveLength(BODY_LIMIT_BYTES);
    expect((await api.postJson('/api/send', bodyOf(BODY_LIMIT_BYTES))).json()).toEqual({
      data: null,
      error: REQUEST_PARAMETERS,
    });
    expect((await api.postJson('/api/send', bodyOf(BODY_LIMIT_BYTES + 1))).status).toBe(413);
  });
});

function expectEnvelope(text: string): void {
  const { data, error, ...rest } = JSON.parse(text) as { data: unknown; error: unknown };
  expect({ data, rest }).toEqual({ data: null, rest: {} });
  expect(error).toMatch(/^[A-Z]\w+: \S/);
}

describe('a path that is not there', () => {
  it.each([
    ['GET', '/api'],
    ['GET', '/api/'],
    ['GET', '/api/nothing'],
    ['POST', '/api/nothing'],
    ['GET', '/api/get_wallets/'],
    ['GET', '/api/get_wallets/1'],
    ['GET', '/api/Get_Wallets'],
    ['DELETE', '/api/send/now'],
  ])('%s %s is answered with 404 and the envelope', async (method, path) => {
    const answer = await api.request(method, path);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expectEnvelope(answer.text);
  });
});

describe('a method that is not there', () => {
  const wrong = [
    ...['get_wallets', 'get_blocks', 'get_chainstate', 'get_pool'].flatMap((call) =>
      ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) => [method, call, 'GET, HEAD'] as const),
    ),
    ...['new_wallet', 'send', 'mine_block', 'reset_system'].flatMap((call) =>
      ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) => [method, call, 'POST'] as const),
    ),
  ];

  it.each(wrong)('%s %s is answered with 405, the envelope and what is allowed: %s', async (method, call, allowed) => {
    const answer = await api.request(method, `/api/${call}`);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allowed);
    expectEnvelope(answer.text);
  });

  it('is noticed with a body of any kind too', async () => {
    const sending = { headers: { 'content-type': 'text/plain' }, body: '{' };
    expect((await api.request('PUT', '/api/send', sending)).status).toBe(405);
    expect((await api.request('DELETE', '/api/get_pool', sending)).status).toBe(405);
  });
});
