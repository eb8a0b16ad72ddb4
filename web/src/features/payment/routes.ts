/** Where it is shown how a payment was made. */
import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  {
    path: '/payment/:txid',
    name: 'payment',
    component: () => import('./payment-page.vue'),
    props: true,
    meta: { title: 'payment.title' },
  },
];
