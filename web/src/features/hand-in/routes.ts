/** Where transactions and blocks are handed in. */
import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  {
    path: '/hand-in',
    name: 'hand-in',
    component: () => import('./hand-in-page.vue'),
    meta: { title: 'handIn.title' },
  },
];
