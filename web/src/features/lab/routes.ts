/** Where the tamper lab is: the choice of a block, and the lab with one in it. */
import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  { path: '/lab', name: 'lab', component: () => import('./lab-entry-page.vue'), meta: { title: 'lab.title' } },
  {
    path: '/lab/:hash',
    name: 'lab-block',
    component: () => import('./lab-page.vue'),
    props: true,
    meta: { title: 'lab.title' },
  },
];
