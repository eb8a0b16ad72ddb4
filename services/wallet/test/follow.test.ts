/** When a wallet is free again: what blocks, reorganizations, failed payments and a new chain do to those who wait. */
import { describe, expect, it } from 'vitest';
import { coinOf } from '@pocket/testkit/builders';
import {
  alice,
  bob,
  carol,
  confirmedEvent,
  failedEvent,
  failing,
  follow,
  OTHER,
  pay,
  pendingTxids,
  signedEvent,
  TXID,
  unconfirmedEvent,
  unfollow,
  walletOf,
  wallets,
} from './wallet-scenario.ts';

describe('FollowBlock', () => {
  it('frees those whose transaction was mined and nobody else', () => {
    const { state } = wallets(walletOf(alice), walletOf(carol))
      .given(signedEvent(alice), signedEvent(carol, { txid: OTHER, paymentId: 'payment-9' }))
      .when(follow(TXID, 'dd'.repeat(32)))
      .thenEvents(confirmedEvent(alice));
    expect(pendingTxids(state, alice)).toEqual([]);
    expect(pendingTxids(state, carol)).toEqual([OTHER]);
  });

  it('says nothing a second time', () => {
    const { decisions } = wallets(walletOf(alice)).given(signedEvent(alice)).when(follow(TXID), follow(TXID));
    expect(decisions.map(({ events }) => events.length)).toEqual([1, 0]);
  });

  it('of strangers only says nothing', () => {
    wallets(walletOf(alice)).when(follow(TXID)).thenNothing().thenReply({ ok: true });
  });

  it('confirms also a payment that had failed: its transaction was mined after all', () => {
    wallets(walletOf(alice))
      .given(signedEvent(alice), failedEvent(alice))
      .when(follow(TXID))
      .thenEvents(confirmedEvent(alice));
  });
});

describe('UnfollowBlock', () => {
  it('lets the payments of the block wait again, and locks their wallets', () => {
    const { state } = wallets(walletOf(alice, [coinOf(alice, 10n, 1)]))
      .given(signedEvent(alice), confirmedEvent(alice))
      .when(unfollow(TXID, OTHER), pay())
      .thenReplies({ ok: true }, { ok: false, code: 'wallet-locked' });
    expect(pendingTxids(state, alice)).toEqual([TXID]);
  });

  it('names the payment and the block that had confirmed it', () => {
    wallets(walletOf(alice))
      .given(signedEvent(alice), confirmedEvent(alice))
      .when(unfollow(TXID))
      .thenEvents(unconfirmedEvent(alice));
  });

  it.each([
    ['of strangers only', []],
    ['with a payment that was never confirmed', [signedEvent(alice)]],
    ['with a payment that waits again already', [signedEvent(alice), confirmedEvent(alice), unconfirmedEvent(alice)]],
    ['with a payment that has failed since', [signedEvent(alice), failedEvent(alice)]],
  ])('%s says nothing', (_, given) => {
    wallets(walletOf(alice))
      .given(...given)
      .when(unfollow(TXID))
      .thenNothing()
      .thenReply({ ok: true });
  });

  it('and following another block with the payment confirms it there', () => {
    const there = { blockHash: 'cc'.repeat(32), height: 8 };
    const { state } = wallets(walletOf(alice))
      .given(signedEvent(alice), confirmedEvent(alice))
      .when(unfollow(TXID), { ...follow(TXID), ...there })
      .thenEvents(unconfirmedEvent(alice), confirmedEvent(alice, there));
    expect(pendingTxids(state, alice)).toEqual([]);
  });

  it('back and forth ends where it began', () => {
    const { events, state } = wallets(walletOf(alice))
      .given(signedEvent(alice))
      .when(follow(TXID), unfollow(TXID), follow(TXID), unfollow(TXID));
    expect(events.map(({ type }) => type)).toEqual([
      'PaymentConfirmed',
      'PaymentUnconfirmed',
      'PaymentConfirmed',
      'PaymentUnconfirmed',
    ]);
    expect(pendingTxids(state, alice)).toEqual([TXID]);
  });
});

describe('a wallet that waits for two payments', () => {
  const both = wallets(walletOf(alice, [coinOf(alice, 10n, 1)])).given(
    signedEvent(alice),
    confirmedEvent(alice),
    signedEvent(alice, { txid: OTHER, paymentId: 'payment-9' }),
    unconfirmedEvent(alice),
  );

  it('names one of them to who wants to pay', () => {
    const message = `${alice.address} waits for the confirmation of ${TXID} and 1 more`;
    both.when(pay()).thenReply({ ok: false, code: 'wallet-locked', message });
  });

  it.each([
    ['the first is confirmed', 'locked', [follow(TXID)]],
    ['the second is confirmed', 'locked', [follow(OTHER)]],
    ['the first fails', 'locked', [failing()]],
    ['both are confirmed in one block', 'free', [follow(TXID, OTHER)]],
    ['both are confirmed one after another', 'free', [follow(TXID), follow(OTHER)]],
    ['one is confirmed and one fails', 'free', [follow(TXID), failing(OTHER)]],
    ['both fail', 'free', [failing(), failing(OTHER)]],
  ])('and %s is %s', (_, expected, commands) => {
    const { decisions } = both.when(...commands, pay());
    const reply = decisions.at(-1)?.reply;
    expect(reply).toMatchObject(expected === 'free' ? { ok: true } : { ok: false, code: 'wallet-locked' });
  });
});

describe('FailPayment', () => {
  it('frees the wallet and says why', () => {
    const { state } = wallets(walletOf(alice)).given(signedEvent(alice)).when(failing()).thenEvents(failedEvent(alice));
    expect(pendingTxids(state, alice)).toEqual([]);
  });

  it('comes too late for a payment that was mined', () => {
    wallets(walletOf(alice)).given(signedEvent(alice), confirmedEvent(alice)).when(failing()).thenNothing();
  });

  it('ends one that a reorganization let wait again', () => {
    wallets(walletOf(alice))
      .given(signedEvent(alice), confirmedEvent(alice), unconfirmedEvent(alice))
      .when(failing())
      .thenEvents(failedEvent(alice));
  });

  it('twice fails once', () => {
    const { events } = wallets(walletOf(alice)).given(signedEvent(alice)).when(failing(), failing());
    expect(events).toHaveLength(1);
  });

  it('lets the wallet pay again in the same batch', () => {
    wallets(walletOf(alice, [coinOf(alice, 3n, 1)]))
      .given(signedEvent(alice))
      .when(failing(), pay())
      .thenReplies({ ok: true }, { ok: true });
  });
});

describe('FollowStart', () => {
  const start = {
    type: 'FollowStart' as const,
    chainId: 'chain-2',
    network: 'pocket',
    coinbaseMaturity: 0,
    position: 1,
  };

  it('ends every payment that waited', () => {
    const { events, state } = wallets(walletOf(alice), walletOf(bob), walletOf(carol))
      .given(signedEvent(alice), signedEvent(carol, { txid: OTHER, paymentId: 'payment-9' }))
      .when(start);
    expect(events).toMatchObject([
      { type: 'PaymentFailed', data: { paymentId: 'payment-0', reason: { code: 'chain-started' } } },
      { type: 'PaymentFailed', data: { paymentId: 'payment-9', reason: { code: 'chain-started' } } },
      { type: 'ChainFollowed', data: { chainId: 'chain-2', network: 'pocket' } },
    ]);
    expect([alice, bob, carol].flatMap((owner) => pendingTxids(state, owner))).toEqual([]);
  });

  it('says only that where nobody waited', () => {
    wallets(walletOf(alice))
      .given(signedEvent(alice), confirmedEvent(alice))
      .when(start)
      .thenEvents({ type: 'ChainFollowed', data: { chainId: 'chain-2', network: 'pocket' } })
      .thenReply({ ok: true });
  });
});
