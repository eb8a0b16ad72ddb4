/** Where the event log's pages are. */
import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  { path: '/events', name: 'events', component: () => import('./events-page.vue'), meta: { title: 'events.title' } },
  {
    path: '/events/:service/:position',
    name: 'event',
    component: () => import('./event-page.vue'),
    props: true,
    meta: { title: 'events.event.title' },
  },
  {
    path: '/flight/:txid',
    name: 'flight',
    component: () => import('./flight-page.vue'),
    props: true,
    meta: { title: 'events.flight.title' },
  },
];
