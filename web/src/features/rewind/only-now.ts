/** What a button that writes is bound to: while the stand shows the past it is disabled, and says why. */
import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { useMoment } from '../../live/moment-store.ts';

/** Where the page says why: the notice over it. */
export const PAST_REASON_ID = 'past-reason';

export function useOnlyNow(): ComputedRef<{ disabled: boolean; title?: string; 'aria-describedby'?: string }> {
  const moment = useMoment();
  const { t } = useI18n();
  return computed(() =>
    moment.isPast
      ? { disabled: true, title: t('rewind.onlyNow'), 'aria-describedby': PAST_REASON_ID }
      : { disabled: false },
  );
}
