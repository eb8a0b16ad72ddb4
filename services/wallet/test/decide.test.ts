/** Who may pay, with which coins, and when a wallet is free again: every command, every refusal, batches. */
import { describe, expect, it } from 'vitest';
import { checkTransactionScripts, CoinView, decodeTransaction, txidOf, type NamedCoin } from '@pocket/chain';
import type { WalletEvent } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import { scenario } from '@pocket/eventstore/scenario';
import { coinOf, mineOn, ownerOf, type Owner } from '@pocket/testkit/builders';
import { decide, type FollowBlock, type Pay, type UnfollowBlock, type WalletCommand } from '../src/domain/decide.ts';
import { emptyState, evolve, pendingOf, type Means, type Wallet, type WalletState } from '../src/domain/state.ts';

const [alice, bob, carol] = [ownerOf(1), ownerOf(2), ownerOf(3)];
const TXID = 'aa'.repeat(32);
const OTHER = 'cc'.repeat(32);
const BLOCK_HASH = 'bb'.repeat(32);

function walletOf(owner: Owner, coins: NamedCoin[] = [], changes: Partial<Means> = {}): Wallet {
  const { address, privateKey } = owner;
  const balance = coins.reduce((sum, { coin }) => sum + coin.value, 0n);
  return { address, version: 1, added: 0, means: { coins, allCoins: true, balance, privateKey, ...changes } };
}

function wallets(...loaded: Wallet[]) {
  const initial = (): WalletState => ({
    ...emptyState(),
    wallets: new Map(loaded.map((wallet) => [wallet.address, { ...wallet }])),
  });
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

const block = { block: mineOn(undefined, alice), undo: [] };
const follow = (...txids: string[]): FollowBlock => ({
  type: 'FollowBlock',
  txids,
  blockHash: BLOCK_HASH,
  position: 2,
  height: 7,
  ...block,
});
const unfollow = (...txids: string[]): UnfollowBlock => ({ ...follow(...txids), type: 'UnfollowBlock' });

const outcomeOf = (owner: Owner, changes: object = {}) => ({
  paymentId: 'payment-0',
  from: owner.address,
  txid: TXID,
  blockHash: BLOCK_HASH,
  height: 7,
  ...changes,
});
const confirmedEvent = (owner: Owner, changes: object = {}): WalletEvent => ({
  type: 'PaymentConfirmed',
  data: outcomeOf(owner, changes),
});
const unconfirmedEvent = (owner: Owner, changes: object = {}): WalletEvent => ({
  type: 'PaymentUnconfirmed',
  data: outcomeOf(owner, changes),
});

const REASON = { code: 'bad-txns-inputs-missingorspent', message: 'gone' };
const failing = (txid = TXID) => ({ type: 'FailPayment' as const, txid, reason: REASON });
const failedEvent = (owner: Owner, changes: object = {}): WalletEvent => ({
  type: 'PaymentFailed',
  data: {
    paymentId: 'payment-0',
    from: owner.address,
    to: bob.address,
    amount: '3',
    txid: TXID,
    reason: REASON,
    ...changes,
  },
});

/** The transactions this owner's wallet waits for. */
const pendingTxids = (state: WalletState, { address }: Owner) => pendingOf(state, address).map(({ txid }) => txid);

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
