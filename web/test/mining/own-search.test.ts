/** The page's own search against every hash one after another, and the block that comes of it. */
import { checkBlockAlone, decodeBlock, decodeTransaction, networks, txidOf } from '@pocket/chain';
import type { BlockTemplateView } from '@pocket/contracts';
import { hexToBytes } from '@pocket/crypto';
import { createReferenceSearch, createWasmSearch } from '@pocket/pow';
import { describe, expect, it } from 'vitest';
import { createOwnSearch, triedHash, type SearchStep } from '../../src/features/mining/own-search.ts';
import { blockHex, blockOfTemplate, headerBytes } from '../../src/features/mining/template-block.ts';

const template = (): BlockTemplateView => {
  const coinbase =
    '01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff0a51080102030405060708' +
    'ffffffff0100ca9a3b000000001976a914000102030405060708090a0b0c0d0e0f1011121388ac00000000';
  return {
    ...{ version: 0x20000000, previousblockhash: 'ab'.repeat(32), transactions: [], coinbaseaux: { flags: '' } },
    ...{ coinbasevalue: 1_000_000_000, coinbasetxn: { data: coinbase, txid: '' }, merkleroot: '' },
    ...{ target: `001${'0'.repeat(61)}`, mintime: 0, mutable: [], noncerange: '00000000ffffffff', sigoplimit: 20_000 },
    ...{ sizelimit: 1_000_000, curtime: 1_700_000_000, bits: '1f100000', height: 1, network: 'pocket', leftOut: [] },
  };
};
const header = Uint8Array.from({ length: 80 }, (_, index) => index);
const NEVER = '0'.repeat(64);

describe.each([createReferenceSearch(), await createWasmSearch()])('the own search by $name', (kernel) => {
  it('knows how far it is, its best hash and each record, over all steps', () => {
    const step = createOwnSearch(kernel, header, NEVER);
    const steps = [300, 1, 700].map((count) => step(count));
    const all = Array.from({ length: 1_001 }, (_, nonce) => triedHash(header, nonce));
    const best = all.reduce((low, each) => (each.hash < low.hash ? each : low));
    expect(steps.map(({ hashes }) => hashes)).toEqual([300, 301, 1_001]);
    expect(steps.at(-1)?.best).toEqual(best);
    const records = all.filter(({ hash }, index) => all.slice(0, index).every((before) => before.hash > hash));
    expect(steps.flatMap((each) => each.records)).toEqual(
      records.map((record) => ({ ...record, hashes: record.nonce + 1 })),
    );
    expect(steps[0]?.tried).toEqual(all.slice(292, 300));
    expect(steps[1]?.tried).toEqual(all.slice(300, 301));
  });

  it('ends where a hash meets the target, and with the last nonce', () => {
    const target = triedHash(header, 5).hash;
    const step = createOwnSearch(kernel, header, target);
    let done: SearchStep = step(1);
    while (done.found === undefined) done = step(2);
    expect(done.found.hash <= target).toBe(true);
    expect(done).toMatchObject({ hashes: done.found.nonce + 1, exhausted: false });
    const last = createOwnSearch(kernel, header, NEVER, 4_294_967_290);
    expect(last(100)).toMatchObject({ hashes: 6, exhausted: true, found: undefined });
  });
});

describe('the block of a template', () => {
  it('with the nonce that was found is one by the rules', () => {
    const { coinbasetxn, ...rest } = template();
    const hex = coinbasetxn.data;
    const alone = blockOfTemplate({ ...rest, coinbasetxn, merkleroot: '00'.repeat(32) });
    const merkleroot = decodedTxid(hex);
    const block = blockOfTemplate({ ...rest, coinbasetxn, merkleroot });
    expect(block.transactions).toEqual(alone.transactions);
    const found = createOwnSearch(createReferenceSearch(), headerBytes(block), rest.target)(100_000).found;
    const decoded = decodeBlock(hexToBytes(blockHex(block, found?.nonce ?? 0)));
    expect(decoded.ok && checkBlockAlone(decoded.block, networks.pocket)).toEqual({ ok: true });
    const wrong = decodeBlock(hexToBytes(blockHex(alone, 0)));
    expect(wrong.ok && checkBlockAlone(wrong.block, networks.pocket)).toMatchObject({ ok: false });
  });
});

/** The root of a block of one transaction. */
function decodedTxid(hex: string): string {
  const decoded = decodeTransaction(hexToBytes(hex));
  if (!decoded.ok) throw new Error(decoded.message);
  return txidOf(decoded.transaction);
}
