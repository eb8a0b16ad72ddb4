/** Where a block's Merkle tree and hash are shown. */
import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  {
    path: '/block/:hash/merkle',
    name: 'merkle',
    component: () => import('./merkle-page.vue'),
    props: true,
    meta: { title: 'merkle.title' },
  },
];
