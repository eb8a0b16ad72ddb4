/** Hashes a second in words: `2.3M hashes a second`. */
import { useI18n } from 'vue-i18n';
import { useFormat } from '../../format/use-format.ts';

export function useRate(): (hashesPerSecond: number | null) => string {
  const { t } = useI18n();
  const { number } = useFormat();
  return (rate) =>
    rate === null
      ? t('mining.unknownRate')
      : t('mining.perSecond', { n: number(rate, { notation: 'compact', maximumSignificantDigits: 3 }) });
}
