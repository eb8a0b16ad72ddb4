/** Where this feature's page is. */
import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  {
    path: '/wallets',
    name: 'wallets',
    component: () => import('./wallets-page.vue'),
    meta: { title: 'wallets.title' },
  },
];
