/** Where this feature's page is. */
import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  { path: '/blocks', name: 'blocks', component: () => import('./blocks-page.vue'), meta: { title: 'blocks.title' } },
];
