/** Where this feature's page is. */
import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  { path: '/pool', name: 'pool', component: () => import('./pool-page.vue'), meta: { title: 'pool.title' } },
];
