// The parameters of the ready-made networks as literals, and that an event can carry them.
import { hexToBytes } from '@pocket/crypto';
import { describe, expect, it } from 'vitest';
import {
  ADDRESS_VERSION,
  MAX_MONEY,
  type NetworkDescription,
  UNIT,
  blockHashOf,
  createdCoins,
  decodeBlock,
  describeNetwork,
  hashMeetsTarget,
  networkNamed,
  networkOf,
  networks,
} from '../src/index.ts';

const POCKET: NetworkDescription = {
  name: 'pocket',
  addressVersion: 111,
  initialSubsidy: '1000000000',
  halvingInterval: null,
  initialBits: 0x1f100000,
  powLimitBits: 0x1f100000,
  retargeting: null,
  coinbaseMaturity: 0,
  maxBlockSizeBytes: 1_000_000,
  maxFutureBlockTimeSeconds: 7200,
  medianTimeSpan: 11,
  genesis: null,
};

const REGTEST: Omit<NetworkDescription, 'genesis'> = {
  name: 'bitcoin-regtest',
  addressVersion: 111,
  initialSubsidy: '5000000000',
  halvingInterval: 150,
  initialBits: 0x207fffff,
  powLimitBits: 0x207fffff,
  retargeting: null,
  coinbaseMaturity: 100,
  maxBlockSizeBytes: 1_000_000,
  maxFutureBlockTimeSeconds: 7200,
  medianTimeSpan: 11,
};

const CLASSROOM: NetworkDescription = {
  name: 'classroom',
  addressVersion: 111,
  initialSubsidy: '5000000000',
  halvingInterval: 210,
  initialBits: 0x1e0fffff,
  powLimitBits: 0x1f00ffff,
  retargeting: { intervalBlocks: 20, targetSpacingSeconds: 10 },
  coinbaseMaturity: 10,
  maxBlockSizeBytes: 1_000_000,
  maxFutureBlockTimeSeconds: 7200,
  medianTimeSpan: 11,
  genesis: null,
};

describe('the pocket network', () => {
  it('has these parameters, which survive JSON', () => {
    expect(describeNetwork(networks.pocket)).toEqual(POCKET);
    const read = networkOf(JSON.parse(JSON.stringify(describeNetwork(networks.pocket))) as NetworkDescription);
    expect(describeNetwork(read)).toEqual(POCKET);
    expect(read.subsidy(12)).toBe(1_000_000_000n);
  });

  it('pays ten units for every block', () => {
    expect(UNIT).toBe(100_000_000n);
    expect(MAX_MONEY).toBe(2_100_000_000_000_000n);
    for (const height of [0, 1, 209_999, 210_000, 5_000_000]) {
      expect(networks.pocket.subsidy(height)).toBe(1_000_000_000n);
    }
  });
});

describe('the regression test network', () => {
  const decoded = decodeBlock(hexToBytes(networks['bitcoin-regtest'].genesis ?? ''));
  if (!decoded.ok) throw new Error(decoded.message);
  const { header, transactions } = decoded.block;

  it("has Bitcoin's parameters", () => {
    expect(describeNetwork(networks['bitcoin-regtest'])).toMatchObject(REGTEST);
  });

  it("has Bitcoin's first block, with its work, and a reward that is no coin", () => {
    expect(blockHashOf(header)).toBe('0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206');
    expect(header).toMatchObject({ version: 1, time: 1296688602, bits: 0x207fffff, nonce: 2 });
    expect(header.merkleRoot).toBe('4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b');
    expect(hashMeetsTarget(blockHashOf(header), header.bits)).toBe(true);
    expect(transactions.flatMap((transaction) => createdCoins(transaction, 0))).toEqual([]);
  });

  it.each([
    [149, 5_000_000_000n],
    [150, 2_500_000_000n],
    [300, 1_250_000_000n],
  ])('pays at height %i %i', (height, subsidy) => {
    expect(networks['bitcoin-regtest'].subsidy(height)).toBe(subsidy);
  });
});

describe('the other networks to learn with', () => {
  it.each([
    ['sprint', 0x1e0fffff, 10, 1],
    ['marathon', 0x1d0fffff, 10, 120],
  ] as const)('%s differs from the classroom in its target alone', (name, initialBits, intervalBlocks, seconds) => {
    const retargeting = { intervalBlocks, targetSpacingSeconds: seconds };
    expect(describeNetwork(networks[name])).toEqual({ ...CLASSROOM, name, initialBits, retargeting });
  });
});

describe('the classroom network', () => {
  it('has blocks every ten seconds and a target that follows every 20', () => {
    expect(describeNetwork(networks.classroom)).toEqual(CLASSROOM);
  });
});

describe('networkNamed', () => {
  it('knows the three, and nothing that every object has', () => {
    expect(Object.keys(networks)).toEqual(['pocket', 'bitcoin-regtest', 'classroom', 'sprint', 'marathon']);
    expect(networkNamed('classroom')).toBe(networks.classroom);
    for (const name of ['', 'mainnet', 'toString', '__proto__']) expect(networkNamed(name)).toBeUndefined();
    expect(ADDRESS_VERSION).toBe(0x6f);
  });
});

describe('a halving network', () => {
  const halving = networkOf({ ...POCKET, initialSubsidy: '5000000000', halvingInterval: 210_000 });

  it.each([
    [0, 5_000_000_000n],
    [209_999, 5_000_000_000n],
    [210_000, 2_500_000_000n],
    [420_000, 1_250_000_000n],
    [33 * 210_000, 0n],
    [64 * 210_000, 0n],
    [1000 * 210_000, 0n],
  ])('pays at height %i what Bitcoin pays', (height, subsidy) => {
    expect(halving.subsidy(height)).toBe(subsidy);
  });
});
