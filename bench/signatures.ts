/*
 * Signature verifications a second, one thread: every implementation of the curve that runs here, side by side.
 * They take turns in short slices, so that a busy moment of the machine falls on all of them. Run: npm run bench -- signatures
 */
import { type Secp256k1, nobleSecp256k1 } from '@pocket/crypto';
import { loadNativeSecp256k1, loadWasmSecp256k1 } from '@pocket/crypto/native';
import { median, rounded } from './median.ts';

const ROUNDS = 9;
const SLICE_MS = 250;
const SIGNATURES = 64;

type Signed = Readonly<Record<'signature' | 'digest' | 'publicKey', Uint8Array>>;

/** Those that load on this machine, fastest first; says which do not. */
async function implementations(): Promise<Secp256k1[]> {
  const loaded: Secp256k1[] = [];
  for (const load of [loadNativeSecp256k1, loadWasmSecp256k1, () => nobleSecp256k1]) {
    try {
      loaded.push(await load());
    } catch (error) {
      console.log(`not here: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return loaded;
}

/** Signatures of different digests by different keys. */
function signedDigests(): Signed[] {
  return Array.from({ length: SIGNATURES }, (_, index) => {
    const privateKey = new Uint8Array(32).fill(index + 1);
    const digest = crypto.getRandomValues(new Uint8Array(32));
    const signature = nobleSecp256k1.sign(digest, privateKey);
    return { signature, digest, publicKey: nobleSecp256k1.publicKey(privateKey) };
  });
}

/** Verifies for one slice of time; every signature must pass. */
function verificationsPerSecond({ name, verify }: Secp256k1, signed: readonly Signed[]): number {
  const start = performance.now();
  let verified = 0;
  while (performance.now() - start < SLICE_MS) {
    const { signature, digest, publicKey } = signed[verified % signed.length] as Signed;
    if (!verify(signature, digest, publicKey)) throw new Error(`${name} refused a good signature`);
    verified += 1;
  }
  return (verified * 1_000) / (performance.now() - start);
}

const signed = signedDigests();
const contestants = await implementations();
const rates = new Map(contestants.map(({ name }): [string, number[]] => [name, []]));
for (let round = 0; round <= ROUNDS; round++) {
  for (const contestant of contestants) {
    const rate = verificationsPerSecond(contestant, signed);
    if (round > 0) rates.get(contestant.name)?.push(rate); // the first round warms up
  }
}

const medians = [...rates].map(([name, measured]): [string, number] => [name, rounded(median(measured))]);
const reference = medians.at(-1)?.[1] ?? 1;
const ratios = medians.map(([name, rate]): [string, number] => [name, rounded(rate / reference)]);
const ratioOf = new Map(ratios);
for (const [name, rate] of medians) {
  console.log(`${name.padEnd(8)} ${rate.toFixed(0).padStart(6)} /s   ${ratioOf.get(name)?.toFixed(1)} times noble`);
}
console.log(
  JSON.stringify({
    bench: 'signatures',
    unit: 'verifications/s',
    rounds: ROUNDS,
    ...Object.fromEntries(medians),
    ratios: Object.fromEntries(ratios),
  }),
);
