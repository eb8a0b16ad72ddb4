/**
 * The first word of a container's command as a program: `gateway`, `wallet`, `tx-pool`, `miner`, `chainstate`,
 * `miner-worker`, or one for operators. The program runs in this process, so that it is the one that gets the signals.
 */
const service = (name, file = 'main.js') => `./services/${name}/dist/${file}`;
const operators = (name) => `./scripts/operators/dist/${name}.js`;

const programs = {
  wallet: service('wallet'),
  'tx-pool': service('tx-pool'),
  miner: service('miner'),
  'miner-worker': service('miner', 'worker-main.js'),
  chainstate: service('chainstate'),
  gateway: service('gateway'),
  export: operators('export'),
  import: operators('import'),
  verify: operators('verify'),
  rebuild: operators('rebuild'),
  'dead-letters': operators('dead-letters'),
};

const [name = ''] = process.argv.splice(2, 1);
const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
if (program === undefined) {
  console.error(`There is no program "${name}": there are ${Object.keys(programs).join(', ')}.`);
  process.exitCode = 1;
} else await import(program);
