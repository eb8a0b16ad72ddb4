/** The smallest change that would pass, and the rule, in the reader's words. */
import { useI18n } from 'vue-i18n';
import type { RefusalDetails } from '@pocket/contracts';
import { useFormat } from '../format/use-format.ts';
import { sectionOf, wordKeyOf, type RefusalCode } from './refusal-codes.ts';
import { smallestChange, type ChangeValue, type Refused } from './smallest-change.ts';

export interface ChangeWords {
  /** Whether the catalogue has the code: only then there are words. */
  knows: (code: string) => code is RefusalCode;
  rule: (code: RefusalCode) => string;
  change: (code: RefusalCode, details?: RefusalDetails, refused?: Refused) => string;
}

export function useChangeWords(): ChangeWords {
  const { t } = useI18n();
  const { amount, number } = useFormat();
  const shown = (value: ChangeValue): string => {
    if ('amount' in value) return amount(value.amount);
    return 'number' in value ? number(value.number) : value.text;
  };
  return {
    knows: (code): code is RefusalCode => sectionOf(code) !== undefined,
    rule: (code) => t(`${wordKeyOf(code)}.rule`),
    change: (code, details, refused) => {
      const { word, values, count } = smallestChange(code, details, refused);
      const named = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, shown(value)]));
      return t(`${wordKeyOf(code)}.${word}`, named, count);
    },
  };
}
