/** Who may pay, with which coins, and when a wallet is free again: every command, every refusal, batches. */
import { describe, expect, it } from 'vitest';
import { checkTransactionScripts, CoinView, decodeTransaction, txidOf, type NamedCoin } from '@pocket/chain';
import type { WalletEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import { scenario } from '@pocket/eventstore/scenario';
import { coinOf, ownerOf, type Owner } from '@pocket/testkit/builders';
import { decide, type ConfirmPayments, type Pay, type WalletCommand } from '../src/domain/decide.ts';
import { evolve, type Wallet, type WalletState } from '../src/domain/state.ts';

const [alice, bob, carol] = [ownerOf(1), ownerOf(2), ownerOf(3)];
const TXID = 'aa'.repeat(32);
const BLOCK_HASH = 'bb'.repeat(32);

function walletOf(owner: Owner, coins: NamedCoin[] = [], changes: Partial<Wallet> = {}): Wallet {
  const { address, privateKey } = owner;
  return { address, version: 1, pending: undefined, coins, allCoins: true, privateKey, ...changes };
}

function wallets(...loaded: Wallet[]) {
  const initial = (): WalletState => ({ wallets: new Map(loaded.map((wallet) => [wallet.address, { ...wallet }])) });
  return scenario<WalletCommand, WalletState, ReturnType<typeof decide>['reply'], WalletEvent>({
    initial,
    evolve,
    decide,
  });
}

const pay = (changes: Partial<Pay> = {}): Pay => ({
  type: 'Pay',
  paymentId: 'payment-1',
  from: alice.address,
  to: bob.address,
  amount: 3n,
  ...changes,
});

const failed = (reason: { code: string; message: string }, { paymentId, from, to, amount } = pay()) => ({
  type: 'PaymentFailed',
  data: { paymentId, from, to, amount: amount.toString(), txid: null, reason },
});

const signedEvent = (owner: Owner, changes: object = {}): WalletEvent => ({
  type: 'PaymentSigned',
  data: {
    paymentId: 'payment-0',
    from: owner.address,
    to: bob.address,
    amount: '3',
    fee: '0',
    txid: TXID,
    hex: '',
    ...changes,
  },
});

const confirm = (...txids: string[]): ConfirmPayments => ({
  type: 'ConfirmPayments',
  txids,
  blockHash: BLOCK_HASH,
  height: 7,
  coins: { created: [], spent: [] },
});

describe('CreateWallet', () => {
  const command = {
    type: 'CreateWallet' as const,
    address: alice.address,
    publicKey: alice.publicKey,
    encryptedKey: new Uint8Array([1, 2, 3]),
  };

  it('makes a wallet on a stream of its own', () => {
    const { events } = wallets()
      .when(command)
      .thenReply({ ok: true })
      .thenEvents({ type: 'WalletCreated', data: { address: alice.address, publicKey: alice.publicKey } });
    expect(events[0]).toMatchObject({ stream: `wallet-${alice.address}`, schemaVersion: 1 });
  });

  it('says nothing of the key, encrypted or not', () => {
    const { events } = wallets().when(command);
    expect(Object.keys(events[0]?.data as object)).toEqual(['address', 'publicKey']);
  });
});

describe('Pay', () => {
  it('signs a transaction that spends own coins, pays the recipient first and gives the change back', () => {
    const coins = [coinOf(alice, 10n, 1), coinOf(alice, 2n, 2)];
    const { events, decisions } = wallets(walletOf(alice, coins)).when(pay());
    const event = events[0] as unknown as WalletEvent & { type: 'PaymentSigned' };
    const decoded = decodeTransaction(hexToBytes(event.data.hex));
    if (!decoded.ok) throw new Error(decoded.message);
    expect(event).toMatchObject({ type: 'PaymentSigned', stream: `wallet-${alice.address}` });
    expect(event.data).toMatchObject({ from: alice.address, to: bob.address, amount: '3', fee: '0' });
    expect(event.data.txid).toBe(txidOf(decoded.transaction));
    expect(decoded.transaction.outputs).toEqual([
      { value: 3n, scriptPubKey: bob.script },
      { value: 7n, scriptPubKey: alice.script },
    ]);
    expect(checkTransactionScripts(decoded.transaction, new CoinView(coins))).toEqual({ ok: true });
    expect(decisions[0]?.reply).toEqual({
      ok: true,
      payment: { paymentId: 'payment-1', txid: event.data.txid, hex: event.data.hex },
    });
  });

  it('locks its wallet', () => {
    const { state, events } = wallets(walletOf(alice, [coinOf(alice, 3n, 1)])).when(pay());
    const { txid } = events[0]?.data as { txid: string };
    expect(state.wallets.get(alice.address)?.pending).toMatchObject({ paymentId: 'payment-1', txid });
  });

  it('accepts the address of a stranger', () => {
    wallets(walletOf(alice, [coinOf(alice, 3n, 1)]))
      .when(pay({ to: ownerOf(99).address }))
      .thenReply({ ok: true });
  });

  it('refuses a wallet that waits: wallet-locked', () => {
    const message = `${alice.address} waits for the confirmation of ${TXID}`;
    wallets(walletOf(alice, [coinOf(alice, 10n, 1)]))
      .given(signedEvent(alice))
      .when(pay())
      .thenReply({ ok: false, code: 'wallet-locked' })
      .thenEvents(failed({ code: 'wallet-locked', message }));
  });

  it('refuses a sender who is no wallet: unknown-wallet', () => {
    wallets()
      .when(pay({ from: 'nobody' }))
      .thenReply({ ok: false, code: 'unknown-wallet' })
      .thenEvents(
        failed({ code: 'unknown-wallet', message: 'nobody is no wallet of this system' }, pay({ from: 'nobody' })),
      );
  });

  it.each(['', 'nonsense', `${bob.address}1`, '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'])(
    'refuses the recipient %j: invalid-address',
    (to) => {
      wallets(walletOf(alice, [coinOf(alice, 10n, 1)]))
        .when(pay({ to }))
        .thenReply({ ok: false, code: 'invalid-address' });
    },
  );

  it.each([
    ['no coins', []],
    ['too little', [coinOf(alice, 1n, 1), coinOf(alice, 1n, 2)]],
  ])('refuses a wallet with %s: insufficient-funds', (_, coins) => {
    wallets(walletOf(alice, coins)).when(pay()).thenReply({ ok: false, code: 'insufficient-funds' });
  });

  it('names what is there and what is needed', () => {
    const message = `${alice.address} owns 2 base units, 3 are needed`;
    wallets(walletOf(alice, [coinOf(alice, 2n, 1)]))
      .when(pay())
      .thenEvents(failed({ code: 'insufficient-funds', message }));
  });

  it('refuses what would need more than 600 coins: too-many-inputs', () => {
    const coins = Array.from({ length: 600 }, (_, index) => coinOf(alice, 1n, index + 1));
    wallets(walletOf(alice, coins, { allCoins: false }))
      .when(pay({ amount: 601n }))
      .thenReply({ ok: false, code: 'too-many-inputs' });
  });

  it('spends exactly 600 coins', () => {
    const coins = Array.from({ length: 600 }, (_, index) => coinOf(alice, 1n, index + 1));
    const { events } = wallets(walletOf(alice, coins)).when(pay({ amount: 600n }));
    const { hex } = events[0]?.data as { hex: string };
    expect(hex.length / 2).toBeLessThanOrEqual(100_000);
  });

  describe('answers in the original order', () => {
    const everythingWrong = pay({ to: 'nonsense', amount: 100n });

    it('locked before everything else', () => {
      wallets(walletOf(alice)).given(signedEvent(alice)).when(everythingWrong).thenReply({ code: 'wallet-locked' });
    });

    it('then an unknown sender', () => {
      wallets().when(everythingWrong).thenReply({ code: 'unknown-wallet' });
    });

    it('then an impossible recipient', () => {
      wallets(walletOf(alice)).when(everythingWrong).thenReply({ code: 'invalid-address' });
    });

    it('funds last', () => {
      wallets(walletOf(alice))
        .when(pay({ amount: 100n }))
        .thenReply({ code: 'insufficient-funds' });
    });
  });

  it('leaves the wallet free when it fails', () => {
    const { state } = wallets(walletOf(alice)).when(pay());
    expect(state.wallets.get(alice.address)?.pending).toBeUndefined();
  });

  it('puts a payment that failed unsigned on a stream of its own, so that it conflicts with nothing', () => {
    const { events } = wallets(walletOf(alice)).when(pay());
    expect(events[0]?.stream).toBe('payment-payment-1');
  });

  it('of a hundred in one batch exactly one is signed', () => {
    const commands = Array.from({ length: 100 }, (_, index) => pay({ paymentId: `payment-${index}` }));
    const { events, decisions } = wallets(walletOf(alice, [coinOf(alice, 10n, 1), coinOf(alice, 5n, 2)])).when(
      ...commands,
    );
    expect(events.filter(({ type }) => type === 'PaymentSigned')).toHaveLength(1);
    expect(decisions.map(({ reply }) => (reply.ok ? 'signed' : reply.code))).toEqual([
      'signed',
      ...Array.from({ length: 99 }, () => 'wallet-locked'),
    ]);
  });

  it('of several wallets in one batch are all signed', () => {
    wallets(walletOf(alice, [coinOf(alice, 3n, 1)]), walletOf(bob, [coinOf(bob, 3n, 2)]))
      .when(pay(), pay({ from: bob.address, to: carol.address }))
      .thenReplies({ ok: true }, { ok: true });
  });
});

describe('ConfirmPayments', () => {
  it('frees those whose transaction was mined and nobody else', () => {
    const { state } = wallets(walletOf(alice), walletOf(carol))
      .given(signedEvent(alice), signedEvent(carol, { txid: 'cc'.repeat(32), paymentId: 'payment-9' }))
      .when(confirm(TXID, 'dd'.repeat(32)))
      .thenEvents({
        type: 'PaymentConfirmed',
        data: { paymentId: 'payment-0', from: alice.address, txid: TXID, blockHash: BLOCK_HASH, height: 7 },
      });
    expect(state.wallets.get(alice.address)?.pending).toBeUndefined();
    expect(state.wallets.get(carol.address)?.pending?.paymentId).toBe('payment-9');
  });

  it('says nothing a second time', () => {
    const { decisions } = wallets(walletOf(alice)).given(signedEvent(alice)).when(confirm(TXID), confirm(TXID));
    expect(decisions.map(({ events }) => events.length)).toEqual([1, 0]);
  });

  it('of strangers only says nothing', () => {
    wallets(walletOf(alice)).when(confirm(TXID)).thenNothing().thenReply({ ok: true });
  });
});

describe('FailPayment', () => {
  const reason = { code: 'bad-txns-inputs-missingorspent', message: 'gone' };
  const fail = { type: 'FailPayment' as const, txid: TXID, reason };

  it('frees the wallet and says why', () => {
    const { state } = wallets(walletOf(alice))
      .given(signedEvent(alice))
      .when(fail)
      .thenEvents({
        type: 'PaymentFailed',
        data: { paymentId: 'payment-0', from: alice.address, to: bob.address, amount: '3', txid: TXID, reason },
      });
    expect(state.wallets.get(alice.address)?.pending).toBeUndefined();
  });

  it('comes too late for a payment that was mined', () => {
    wallets(walletOf(alice))
      .given(signedEvent(alice), {
        type: 'PaymentConfirmed',
        data: { paymentId: 'payment-0', from: alice.address, txid: TXID, blockHash: BLOCK_HASH, height: 7 },
      })
      .when(fail)
      .thenNothing();
  });

  it('twice fails once', () => {
    const { events } = wallets(walletOf(alice)).given(signedEvent(alice)).when(fail, fail);
    expect(events).toHaveLength(1);
  });

  it('lets the wallet pay again in the same batch', () => {
    wallets(walletOf(alice, [coinOf(alice, 3n, 1)]))
      .given(signedEvent(alice))
      .when(fail, pay())
      .thenReplies({ ok: true }, { ok: true });
  });
});

describe('FollowStart', () => {
  const start = { type: 'FollowStart' as const };

  it('ends every payment that waited', () => {
    const { events, state } = wallets(walletOf(alice), walletOf(bob), walletOf(carol))
      .given(signedEvent(alice), signedEvent(carol, { paymentId: 'payment-9' }))
      .when(start);
    expect(events.map(({ data }) => data)).toMatchObject([
      { paymentId: 'payment-0', reason: { code: 'chain-started' } },
      { paymentId: 'payment-9', reason: { code: 'chain-started' } },
    ]);
    expect([...state.wallets.values()].every(({ pending }) => pending === undefined)).toBe(true);
  });

  it('says nothing where nobody waited', () => {
    wallets(walletOf(alice)).when(start).thenNothing().thenReply({ ok: true });
  });
});

describe('ForgetWallets', () => {
  it('names all wallets and leaves none', () => {
    const { state, events } = wallets(walletOf(alice), walletOf(bob))
      .when({ type: 'ForgetWallets', requestId: 'request-1' })
      .thenEvents({ type: 'WalletsForgotten', data: { addresses: [alice.address, bob.address] } });
    expect(events[0]?.stream).toBe('forgetting-request-1');
    expect(state.wallets.size).toBe(0);
  });

  it('makes later payments of the batch fail', () => {
    wallets(walletOf(alice, [coinOf(alice, 3n, 1)]))
      .when({ type: 'ForgetWallets', requestId: 'request-1' }, pay())
      .thenReply({ ok: false, code: 'unknown-wallet' });
  });
});
