/** What docker-compose.yml brings up, by the names there. */
export const OURS = ['chainstate', 'gateway', 'miner', 'miner-worker', 'tx-pool', 'wallet'];
export const SERVERS = ['nats', 'postgres', 'redis'];

/** The README's example of more containers. */
export const SCALE = { 'miner-worker': 4, gateway: 2, wallet: 2, 'tx-pool': 2 };
