/**
 * The pages and their addresses. Every feature names its own; here they are put together, the title follows the page, and
 * the moment stays in the address from page to page.
 */
import { createRouter, createWebHistory, type Router, type RouteRecordRaw } from 'vue-router';
import { watch } from 'vue';
import { routes as blocks } from '../features/blocks/routes.ts';
import { routes as chainstate } from '../features/chainstate/routes.ts';
import { routes as events } from '../features/events/routes.ts';
import { routes as explorer } from '../features/explorer/routes.ts';
import { routes as handIn } from '../features/hand-in/routes.ts';
import { routes as home } from '../features/home/routes.ts';
import { routes as lab } from '../features/lab/routes.ts';
import { routes as merkle } from '../features/merkle/routes.ts';
import { routes as mining } from '../features/mining/routes.ts';
import { routes as payment } from '../features/payment/routes.ts';
import { routes as pool } from '../features/pool/routes.ts';
import { routes as system } from '../features/system/routes.ts';
import { routes as wallets } from '../features/wallets/routes.ts';
import { useMoment } from '../live/moment-store.ts';
import type { StandI18n } from './messages.ts';

declare module 'vue-router' {
  interface RouteMeta {
    /** The key of the page's title. */
    title: string;
  }
}

const notFound: RouteRecordRaw = {
  path: '/:path(.*)*',
  name: 'not-found',
  component: () => import('./not-found-page.vue'),
  meta: { title: 'app.notFound.title' },
};

export const routes: RouteRecordRaw[] = [
  ...home,
  ...system,
  ...wallets,
  ...blocks,
  ...chainstate,
  ...pool,
  ...explorer,
  ...events,
  ...merkle,
  ...mining,
  ...payment,
  ...lab,
  ...handIn,
  notFound,
];

export function createStandRouter(i18n: StandI18n): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes,
    // Another moment of the same page is looked at where one was looking.
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  });
  keepMoment(router);
  keepTitle(router, i18n);
  return router;
}

/**
 * The address is where the moment stands; a link without one goes to the page at the same moment, one with `now` back to
 * the present.
 */
function keepMoment(router: Router): void {
  const moment = useMoment();
  router.beforeEach((to, from) => {
    const { atEvent } = from.query;
    if (to.query['atEvent'] !== undefined || atEvent === undefined || to.query['now'] !== undefined) return undefined;
    return { ...to, query: { ...to.query, atEvent } };
  });
  router.afterEach(({ query: { now, atEvent, ...query } }) => {
    moment.atEvent = typeof atEvent === 'string' && atEvent !== '' ? atEvent : undefined;
    if (now !== undefined) void router.replace({ query });
  });
}

function keepTitle(router: Router, { global }: StandI18n): void {
  const show = (): void => {
    const { matched, meta } = router.currentRoute.value;
    if (matched.length > 0) document.title = `${global.t(meta.title)} · Pocket-Blockchain`;
  };
  watch([router.currentRoute, global.locale], show);
}
