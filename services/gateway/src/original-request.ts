/**
 * Reading requests of the original contract: the checks it makes before any rule, in its order and with its texts.
 * Numbers are read losslessly, because `1.0` is refused where `1` is taken.
 */
import { isLosslessNumber, parse } from 'lossless-json';

export type Parsed<T> = { ok: true; value: T } | { ok: false; error: string };

export interface SendRequest {
  from: string;
  to: string;
  amount: bigint;
}
export interface MineRequest {
  address: string;
  txAmount: number;
}

const CONTENT_TYPE_ERROR = 'Request: request content-type error';
const PARAMETERS_ERROR = 'Request: invalid parameters';

export function parseSend(contentType: string | undefined, body: unknown): Parsed<SendRequest> {
  const fields = parseFields(contentType, body);
  if (!fields.ok) return fields;
  const [from, to] = [textOf(fields.value['from']), textOf(fields.value['to'])];
  const amount = integerOf(fields.value['amount']);
  if (from === undefined || to === undefined || amount === undefined) return fail(PARAMETERS_ERROR);
  if (amount < 1) return fail('Request: invalid amount value');
  if (from === '' || to === '' || from === to) return fail('Request: invalid request parameters');
  return { ok: true, value: { from, to, amount: BigInt(amount) } };
}

export function parseMine(contentType: string | undefined, body: unknown): Parsed<MineRequest> {
  const fields = parseFields(contentType, body);
  if (!fields.ok) return fields;
  const address = textOf(fields.value['address']);
  const txAmount = integerOf(fields.value['txAmount']);
  if (address === undefined || txAmount === undefined) return fail(PARAMETERS_ERROR);
  if (txAmount < 1) return fail('Request: invalid txAmount value');
  if (address === '') return fail('Request: invalid address value');
  return { ok: true, value: { address, txAmount } };
}

function parseFields(contentType: string | undefined, body: unknown): Parsed<Record<string, unknown>> {
  if (!isJson(contentType)) return fail(CONTENT_TYPE_ERROR);
  try {
    const value = parse(typeof body === 'string' ? body : '');
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
    return isObject ? { ok: true, value: value as Record<string, unknown> } : fail(PARAMETERS_ERROR);
  } catch {
    return fail(PARAMETERS_ERROR);
  }
}

/** `application/json` and `application/*+json`, with any parameters. */
export function isJson(contentType: string | undefined): boolean {
  const mediaType = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return mediaType === 'application/json' || /^application\/[^\s/]+\+json$/.test(mediaType);
}

/** A string; undefined for anything else and for one with NUL in it, which Postgres cannot keep. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && !value.includes('\0') ? value : undefined;
}

/** An integer as it was written, exact; undefined for anything else and past 2^53 - 1. */
function integerOf(value: unknown): number | undefined {
  if (!isLosslessNumber(value) || !/^-?\d+$/.test(value.value)) return undefined;
  const number = Number(value.value);
  return Number.isSafeInteger(number) ? number : undefined;
}

function fail(error: string): { ok: false; error: string } {
  return { ok: false, error };
}
