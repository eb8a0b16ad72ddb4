/**
 * Networks of the simulation: every second hash is a block, blocks are small enough to be full, and between them they
 * have all that a network may have. The services know networks by name, so these join the ready-made ones for as long as
 * the process lives.
 */
import { describeNetwork, networkOf, networks, type NetworkDescription, type NetworkParameters } from '@pocket/chain';

const EASY_BITS = 0x207fffff;
const usual: NetworkDescription = {
  ...describeNetwork(networks.pocket),
  initialBits: EASY_BITS,
  powLimitBits: EASY_BITS,
  maxBlockSizeBytes: 3_000,
};

const plain = networkOf({ ...usual, name: 'simulated-plain' });
/** Rewards that ripen and halve, a target that follows the miners. */
const ripening = networkOf({
  ...usual,
  name: 'simulated-ripening',
  coinbaseMaturity: 3,
  halvingInterval: 15,
  retargeting: { intervalBlocks: 4, targetSpacingSeconds: 2 },
});
const withGenesis = networkOf({
  ...usual,
  name: 'simulated-with-genesis',
  // What this first block pays its miner.
  initialSubsidy: describeNetwork(networks['bitcoin-regtest']).initialSubsidy,
  genesis: networks['bitcoin-regtest'].genesis,
});

export const simulatedNetworks: readonly NetworkParameters[] = [plain, ripening, withGenesis];

for (const network of simulatedNetworks) Object.assign(networks, { [network.name]: network });
