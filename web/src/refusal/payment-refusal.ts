/**
 * The values behind a payment that the wallet refused. Its event keeps a code and a sentence; where the sentence is about money
 * it names both amounts, and these are read from it. Pure.
 */
import type { RefusalDetails } from '@pocket/contracts';

const AMOUNTS = /(?:owns|can spend) (\d+) base units, (\d+) are needed/;

export function paymentDetails({ code, message }: { code: string; message: string }): RefusalDetails | undefined {
  const [, available, needed] = code === 'insufficient-funds' ? (AMOUNTS.exec(message) ?? []) : [];
  if (available === undefined || needed === undefined) return undefined;
  return { found: needed, expected: `at most ${available}` };
}
