/** Dark or light: what the reader has chosen here, else what the system wishes. */
import { ref } from 'vue';

export type Theme = 'system' | 'light' | 'dark';

const KEPT_AS = 'pocket-theme';
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

export const theme = ref<Theme>(keptTheme());
export const isDark = ref(false);

function keptTheme(): Theme {
  const kept = localStorage.getItem(KEPT_AS);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

/** Puts the theme on the page, and follows the system's wish. */
export function applyTheme(): void {
  show();
  systemIsDark.addEventListener('change', show);
}

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  if (chosen === 'system') localStorage.removeItem(KEPT_AS);
  else localStorage.setItem(KEPT_AS, chosen);
  show();
}

function show(): void {
  isDark.value = theme.value === 'dark' || (theme.value === 'system' && systemIsDark.matches);
  document.documentElement.classList.toggle('dark', isDark.value);
}
