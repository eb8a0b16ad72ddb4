/** The app's one set of languages, for a component that changes it. */
import { inject, type InjectionKey } from 'vue';
import type { StandI18n } from './messages.ts';

export const STAND_I18N: InjectionKey<StandI18n> = Symbol('stand-i18n');

export function useStandI18n(): StandI18n {
  const i18n = inject(STAND_I18N);
  if (i18n === undefined) throw new Error('the app provides no languages');
  return i18n;
}
