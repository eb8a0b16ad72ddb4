/** How a verdict is shown in a few letters: Bitcoin's word where a rule has one. Pure. */
import type { BlockVerdict, Standing } from './judge.ts';

/** The word of the rule, or undefined where the standing itself is all there is to say. */
export function wordOf({ standing, rejection }: BlockVerdict): string | undefined {
  return standing === 'refused' ? rejection?.code : undefined;
}

export const SIGNS: Record<Standing, string> = {
  ...{ valid: '✓', refused: '✗', missing: '∅', unlinked: '≠', orphaned: '…' },
};
