/** What events make of the table of payments: by txid, as each stands after all of a batch. */
import type { WalletEvent } from '@pocket/contracts';
import { sql, type Sql } from '@pocket/eventstore';
import type { PaymentStatus } from './domain/state.ts';

type PaymentEvent = Extract<
  WalletEvent,
  { type: 'PaymentSigned' | 'PaymentConfirmed' | 'PaymentUnconfirmed' | 'PaymentFailed' }
>;

interface PaymentChange {
  from: string;
  status: PaymentStatus;
  /** The block that holds it. */
  block: { blockHash: string; height: number } | undefined;
  /** Where the batch signed it, new or once more. */
  signed: { data: Extract<PaymentEvent, { type: 'PaymentSigned' }>['data']; at: string } | undefined;
  /** When it last began to wait, where it did in this batch; ISO 8601. */
  waitingSince: string | undefined;
}

export class PaymentChanges {
  readonly #payments = new Map<string, PaymentChange>();
  #cleared = false;

  /** @param at when, ISO 8601. */
  add(event: PaymentEvent, txid: string, at: string): void {
    const { signed, waitingSince } = this.#payments.get(txid) ?? { signed: undefined, waitingSince: undefined };
    const before = { from: event.data.from, block: undefined, signed, waitingSince };
    this.#payments.set(txid, changed(before, event, at));
  }

  /** All payments there are belong to the past. */
  clear(): void {
    this.#payments.clear();
    this.#cleared = true;
  }

  forget(address: string): void {
    for (const [txid, { from }] of this.#payments) if (from === address) this.#payments.delete(txid);
  }

  statements(): Sql[] {
    const all = [...this.#payments];
    const signed = all.filter((entry): entry is Signed => entry[1].signed !== undefined);
    const others = all.filter((entry) => entry[1].signed === undefined);
    return [
      ...(this.#cleared ? [sql`DELETE FROM payments`] : []),
      ...(signed.length === 0 ? [] : [insertPayments(signed.map(([, change]) => change))]),
      ...(others.length === 0 ? [] : [updatePayments(others)]),
    ];
  }
}

type SignedChange = PaymentChange & { signed: NonNullable<PaymentChange['signed']> };
type Signed = [string, SignedChange];

function changed(before: Omit<PaymentChange, 'status'>, event: PaymentEvent, at: string): PaymentChange {
  switch (event.type) {
    case 'PaymentSigned':
      return { ...before, status: 'waiting', signed: { data: event.data, at }, waitingSince: at };
    case 'PaymentConfirmed':
      return { ...before, status: 'confirmed', block: event.data };
    case 'PaymentUnconfirmed':
      return { ...before, status: 'waiting', waitingSince: at };
    case 'PaymentFailed':
      return { ...before, status: 'failed' };
    default:
      return event satisfies never;
  }
}

/** One that failed may be signed again, to the same bytes: then it waits once more. */
function insertPayments(changes: SignedChange[]): Sql {
  const text = (value: (change: SignedChange) => string | null): Sql => sql`${changes.map(value)}::text[]`;
  return sql`INSERT INTO payments (txid, payment_id, "from", "to", amount, hex, status, block_hash, height, signed_at, waiting_since)
    SELECT u.txid, u.payment_id::uuid, u.payer, u.payee, u.amount::bigint, u.hex, u.status, u.block_hash, u.height,
           u.signed_at::timestamptz, u.waiting_since::timestamptz
      FROM unnest(${text(({ signed }) => signed.data.txid)}, ${text(({ signed }) => signed.data.paymentId)},
                  ${text(({ signed }) => signed.data.from)}, ${text(({ signed }) => signed.data.to)},
                  ${text(({ signed }) => signed.data.amount)}, ${text(({ signed }) => signed.data.hex)},
                  ${text(({ status }) => status)}, ${text(({ block }) => block?.blockHash ?? null)},
                  ${changes.map(({ block }) => block?.height ?? null)}::int[], ${text(({ signed }) => signed.at)},
                  ${text(({ waitingSince }) => waitingSince ?? null)})
           AS u(txid, payment_id, payer, payee, amount, hex, status, block_hash, height, signed_at, waiting_since)
    ON CONFLICT (txid) DO UPDATE
       SET payment_id = excluded.payment_id, status = excluded.status, block_hash = excluded.block_hash,
           height = excluded.height, accepted = false, signed_at = excluded.signed_at,
           waiting_since = excluded.waiting_since`;
}

/** What waits again has not been handed over since. */
function updatePayments(changes: [string, PaymentChange][]): Sql {
  const of = <T>(value: (change: PaymentChange) => T): T[] => changes.map(([, change]) => value(change));
  return sql`UPDATE payments p
       SET status = u.status, block_hash = u.block_hash, height = u.height,
           accepted = p.accepted AND u.waiting_since IS NULL,
           waiting_since = coalesce(u.waiting_since::timestamptz, p.waiting_since)
      FROM unnest(${changes.map(([txid]) => txid)}::text[], ${of(({ status }) => status)}::text[],
                  ${of(({ block }) => block?.blockHash ?? null)}::text[], ${of(({ block }) => block?.height ?? null)}::int[],
                  ${of(({ waitingSince }) => waitingSince ?? null)}::text[])
           AS u(txid, status, block_hash, height, waiting_since)
     WHERE p.txid = u.txid`;
}
