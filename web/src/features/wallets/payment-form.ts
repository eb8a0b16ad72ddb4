/** What of a payment or an order to mine can be told wrong before it is sent. Pure; the words are the page's. */

export type WrongOrder = 'payee' | 'count' | undefined;

/** At most so many transactions beside the reward. */
export function orderFault({ payee, txAmount }: { payee: string; txAmount: number | undefined }): WrongOrder {
  if (payee.trim() === '') return 'payee';
  return isCount(txAmount) ? undefined : 'count';
}

export type Wrong = 'from' | 'to' | 'same' | 'amount' | undefined;

/** Whole sign units, as the original's call takes them. */
export function paymentFault({ from, to, amount }: { from: string; to: string; amount: number | undefined }): Wrong {
  if (from.trim() === '') return 'from';
  if (to.trim() === '') return 'to';
  if (from.trim() === to.trim()) return 'same';
  return isCount(amount) ? undefined : 'amount';
}

const isCount = (value: number | undefined): boolean => Number.isSafeInteger(value) && (value ?? 0) >= 1;
