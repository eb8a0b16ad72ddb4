/** Where the explorer's pages are. */
import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  {
    path: '/branches',
    name: 'branches',
    component: () => import('./branches-page.vue'),
    meta: { title: 'explorer.branches.title' },
  },
];
