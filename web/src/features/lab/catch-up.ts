/**
 * How likely an attacker is to catch up with the honest chain: Satoshi Nakamoto, "Bitcoin: A Peer-to-Peer Electronic Cash
 * System" (2008), section 11, https://bitcoin.org/bitcoin.pdf. Pure.
 */

/**
 * The gambler's ruin: that an attacker who finds the next block with probability `share` ever draws level from `behind` blocks
 * behind. 1 where the attacker is the stronger one, or not behind.
 */
export function catchUpProbability(share: number, behind: number): number {
  const honest = 1 - share;
  if (behind <= 0 || honest <= share) return 1;
  return (share / honest) ** behind;
}

/**
 * That an attacker who has begun in secret when a payment was made undoes it after `confirmations` blocks on it: the paper's
 * AttackerSuccessProbability. How far the attacker has come meanwhile is a Poisson distribution around what is expected.
 */
export function attackerSuccess(share: number, confirmations: number): number {
  const honest = 1 - share;
  if (honest <= share) return 1;
  const expected = confirmations * (share / honest);
  let poisson = Math.exp(-expected);
  let failure = 0;
  for (let found = 0; found <= confirmations; found++) {
    if (found > 0) poisson *= expected / found;
    failure += poisson * (1 - (share / honest) ** (confirmations - found));
  }
  return Math.min(1, Math.max(0, 1 - failure));
}
