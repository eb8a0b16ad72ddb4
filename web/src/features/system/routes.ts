/** Where this feature's page is. */
import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  { path: '/system', name: 'system', component: () => import('./system-page.vue'), meta: { title: 'system.title' } },
];
