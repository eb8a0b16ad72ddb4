/** Who may pay, with which coins, and who is forgotten: every refusal, batches. */
import { describe, expect, it } from 'vitest';
import { checkTransactionScripts, CoinView, decodeTransaction, txidOf } from '@pocket/chain';
import type { WalletEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import { coinOf, ownerOf } from '@pocket/testkit/builders';
import { pendingOf } from '../src/domain/state.ts';
import {
  alice,
  bob,
  carol,
  failed,
  failing,
  follow,
  pay,
  pendingTxids,
  signedEvent,
  TXID,
  walletOf,
  wallets,
} from './wallet-scenario.ts';

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
    expect(pendingOf(state, alice.address)).toMatchObject([{ paymentId: 'payment-1', txid }]);
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

  it.each([
    ['coins', [coinOf(alice, 10n, 1)]],
    ['no coins', []],
  ])('refuses a wallet with %s whose key is not here: watch-only-wallet', (_, coins) => {
    const reason = {
      code: 'watch-only-wallet' as const,
      message: `the private key of ${alice.address} is not in this system`,
    };
    wallets(walletOf(alice, coins, { privateKey: undefined }))
      .when(pay())
      .thenReply({ ok: false, ...reason })
      .thenEvents(failed(reason));
  });

  it('names what is there and what is needed', () => {
    const message = `${alice.address} owns 2 base units, 3 are needed`;
    wallets(walletOf(alice, [coinOf(alice, 2n, 1)]))
      .when(pay())
      .thenEvents(failed({ code: 'insufficient-funds', message }));
  });

  it.each([
    [2n, `${alice.address} can spend 2 base units, 3 are needed; 50 more were mined too recently to be spent`],
    [0n, `${alice.address} can spend 0 base units, 3 are needed; 50 more were mined too recently to be spent`],
  ])('says of a wallet with %s spendable units that it owns more, mined too recently', (spendable, message) => {
    const coins = spendable === 0n ? [] : [coinOf(alice, spendable, 1)];
    wallets(walletOf(alice, coins, { balance: spendable + 50n }))
      .when(pay())
      .thenReply({ ok: false, code: 'insufficient-funds', message })
      .thenEvents(failed({ code: 'insufficient-funds', message }));
  });

  it('of a wallet that the same batch has made finds no coins', () => {
    const { address, publicKey } = alice;
    wallets()
      .when({ type: 'CreateWallet', address, publicKey, encryptedKey: new Uint8Array(1) }, pay())
      .thenReplies({ ok: true }, { ok: false, code: 'insufficient-funds' });
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
    expect(pendingTxids(state, alice)).toEqual([]);
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

describe('ForgetWallets', () => {
  it('names all wallets and leaves none', () => {
    const { state, events } = wallets(walletOf(alice), walletOf(bob))
      .when({ type: 'ForgetWallets', requestId: 'request-1' })
      .thenEvents({ type: 'WalletsForgotten', data: { addresses: [alice.address, bob.address] } });
    expect(events[0]?.stream).toBe('forgetting-request-1');
    expect(state.wallets.size).toBe(0);
  });

  it('forgets also what they waited for', () => {
    wallets(walletOf(alice))
      .given(signedEvent(alice))
      .when({ type: 'ForgetWallets', requestId: 'request-1' }, pay(), failing(), follow(TXID))
      .thenReplies({ ok: true }, { ok: false, code: 'unknown-wallet' }, { ok: true }, { ok: true });
  });

  it('makes later payments of the batch fail', () => {
    wallets(walletOf(alice, [coinOf(alice, 3n, 1)]))
      .when({ type: 'ForgetWallets', requestId: 'request-1' }, pay())
      .thenReply({ ok: false, code: 'unknown-wallet' });
  });
});
