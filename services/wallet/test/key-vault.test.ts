/** Keys at rest: what one secret has closed only the same opens, for the same address, and nothing that was changed. */
import { describe, expect, it } from 'vitest';
import { createKeyVault, rememberingVault, type KeyVault } from '../src/key-vault.ts';

const vault = createKeyVault(new Uint8Array(32).fill(7));
const key = new Uint8Array(32).fill(1);

describe('a vault', () => {
  it('opens what it has closed, which is another text each time', () => {
    const [once, again] = [vault.encrypt(key, 'alice'), vault.encrypt(key, 'alice')];
    expect(once).not.toEqual(again);
    expect([once, again].map((closed) => Uint8Array.from(vault.decrypt(closed, 'alice')))).toEqual([key, key]);
  });

  it("does not open another address's key, another vault's, or one that was changed", () => {
    const closed = vault.encrypt(key, 'alice');
    expect(() => vault.decrypt(closed, 'bob')).toThrow();
    expect(() => createKeyVault(new Uint8Array(32)).decrypt(closed, 'alice')).toThrow();
    expect(() =>
      vault.decrypt(
        closed.map((byte, index) => (index === 20 ? byte ^ 1 : byte)),
        'alice',
      ),
    ).toThrow();
  });
});

describe('a vault that remembers', () => {
  it('opens a key once and knows it then', () => {
    let opened = 0;
    const counting: KeyVault = { ...vault, decrypt: (...given) => (opened++, vault.decrypt(...given)) };
    const remembering = rememberingVault(counting);
    const closed = remembering.encrypt(key, 'alice');
    for (let time = 0; time < 3; time++) expect(Uint8Array.from(remembering.decrypt(closed, 'alice'))).toEqual(key);
    expect(Uint8Array.from(remembering.decrypt(vault.encrypt(key, 'bob'), 'bob'))).toEqual(key);
    expect(opened).toBe(2);
  });

  it('remembers nothing of what could not be opened', () => {
    const remembering = rememberingVault(vault);
    const closed = vault.encrypt(key, 'alice');
    expect(() => remembering.decrypt(closed, 'bob')).toThrow();
    expect(() => remembering.decrypt(closed, 'bob')).toThrow();
  });
});
