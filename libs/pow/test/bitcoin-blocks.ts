/*
 * Headers of blocks that Bitcoin's miners really found, with their targets, nonces and hashes.
 */
export const GENESIS = {
  name: 'the genesis block',
  header: bytes(
    '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f61' +
      '7fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c',
  ),
  target: 0xffffn << 208n,
  nonce: 2_083_236_893,
  hash: 0x000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26fn,
};
const BLOCK_1 = {
  name: 'block 1',
  header: bytes(
    '010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe680e1fee14677ba1' +
      'a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299',
  ),
  target: 0xffffn << 208n,
  nonce: 2_573_394_689,
  hash: 0x00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048n,
};
const BLOCK_100000 = {
  name: 'block 100,000',
  header: bytes(
    '0100000050120119172a610421a6c3011dd330d9df07b63616c2cc1f1cd00200000000006657a9252aacd5c0b2940996ecff9522' +
      '28c3067cc38d4885efb5a4ac4247e9f337221b4d4c86041b0f2b5710',
  ),
  target: 0x04864cn << 192n,
  nonce: 274_148_111,
  hash: 0x000000000003ba27aa200b1cecaad478d2b00432346c3f1f3986da1afd33e506n,
};
const BLOCK_125552 = {
  name: 'block 125,552',
  header: bytes(
    '0100000081cd02ab7e569e8bcd9317e2fe99f2de44d49ab2b8851ba4a308000000000000e320b6c2fffc8d750423db8b1eb942ae710e' +
      '951ed797f7affc8892b0f1fc122bc7f5d74df2b9441a42a14695',
  ),
  target: 0x44b9f2n << 184n,
  nonce: 2_504_433_986,
  hash: 0x00000000000000001e8d6829a8a21adc5d38d0a473b144b6765798e61f98bd1dn,
};

export const BLOCKS = [GENESIS, BLOCK_1, BLOCK_100000, BLOCK_125552];

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}
