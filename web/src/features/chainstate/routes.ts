/** Where this feature's page is. */
import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  {
    path: '/chainstate',
    name: 'chainstate',
    component: () => import('./chainstate-page.vue'),
    meta: { title: 'chainstate.title' },
  },
];
