/** Where the explorer's pages are. */
import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  {
    path: '/block/:hash',
    name: 'block',
    component: () => import('./block-page.vue'),
    props: true,
    meta: { title: 'explorer.block.title' },
  },
  {
    path: '/transaction/:txid',
    name: 'transaction',
    component: () => import('./transaction-page.vue'),
    props: true,
    meta: { title: 'explorer.transaction.title' },
  },
  {
    path: '/address/:address',
    name: 'address',
    component: () => import('./address-page.vue'),
    props: true,
    meta: { title: 'explorer.address.title' },
  },
  {
    path: '/branches',
    name: 'branches',
    component: () => import('./branches-page.vue'),
    meta: { title: 'explorer.branches.title' },
  },
  {
    path: '/search',
    name: 'search',
    component: () => import('./search-page.vue'),
    meta: { title: 'explorer.search.title' },
  },
];
