/** Numbers, amounts and times by the rules of the language that is chosen. */
import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { formatAmount } from './amount.ts';
import { regional } from './regional.ts';

export interface Format {
  /** Base units as sign units. */
  amount: (baseUnits: string | bigint) => string;
  number: (value: number, options?: Intl.NumberFormatOptions) => string;
  /** Milliseconds since 1970. */
  time: (milliseconds: number) => string;
}

export function useFormat(): Format {
  const { locale } = useI18n();
  const tag = computed(() => regional(locale.value, navigator.languages));
  return {
    amount: (baseUnits) => formatAmount(baseUnits, tag.value),
    number: (value, options) => new Intl.NumberFormat(tag.value, options).format(value),
    time: (milliseconds) =>
      new Intl.DateTimeFormat(tag.value, { dateStyle: 'medium', timeStyle: 'medium' }).format(milliseconds),
  };
}
