/** Hashes a second in words: `2.31 MH/s`. */
import { useI18n } from 'vue-i18n';
import { rateIn } from '../../format/hash-rate.ts';
import { useFormat } from '../../format/use-format.ts';

export function useRate(): (hashesPerSecond: number | null) => string {
  const { t } = useI18n();
  const { number } = useFormat();
  return (rate) => {
    if (rate === null) return t('mining.unknownRate');
    const { value, unit } = rateIn(rate);
    return `${number(value, { maximumSignificantDigits: 3 })} ${unit}`;
  };
}
