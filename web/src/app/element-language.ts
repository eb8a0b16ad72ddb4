/** Element Plus's own words; English is built into it. */
import type { Language } from 'element-plus/es/locale';

export async function loadElementLanguage(language: string): Promise<Language | undefined> {
  return language === 'de' ? (await import('element-plus/es/locale/lang/de')).default : undefined;
}
