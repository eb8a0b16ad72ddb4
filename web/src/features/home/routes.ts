/** Where this feature's page is. */
import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: () => import('./home-page.vue'), meta: { title: 'home.title' } },
];
