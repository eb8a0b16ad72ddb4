// The parameters of the pocket network as literals, and that an event can carry them.
import { describe, expect, it } from 'vitest';
import { MAX_MONEY, UNIT, describeNetwork, networkOf, networks } from '../src/index.ts';

const POCKET = {
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
};

describe('the pocket network', () => {
  it('has these parameters, which survive JSON', () => {
    expect(describeNetwork(networks.pocket)).toEqual(POCKET);
    const read = networkOf(JSON.parse(JSON.stringify(describeNetwork(networks.pocket))) as typeof POCKET);
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
