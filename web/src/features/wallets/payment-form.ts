/** What of a payment or an order to mine can be told wrong before it is sent. Pure; the words are the page's. */

export type Wrong = 'from' | 'to' | 'same' | 'amount' | undefined;

/** Whole sign units, as the original's call takes them. */
export function paymentFault({ from, to, amount }: { from: string; to: string; amount: number | undefined }): Wrong {
  if (from.trim() === '') return 'from';
  if (to.trim() === '') return 'to';
  if (from.trim() === to.trim()) return 'same';
  if (amount === undefined || !Number.isSafeInteger(amount) || amount < 1) return 'amount';
  return undefined;
}
