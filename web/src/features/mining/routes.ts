/** Where mining is watched. */
import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  {
    path: '/mining',
    name: 'mining',
    component: () => import('./mining-page.vue'),
    meta: { title: 'mining.title' },
  },
];
