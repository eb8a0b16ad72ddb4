/*
 * @pocket/pow: the search for a nonce, and nothing else of mining. Knows no chain rule; runs in Node and in browsers.
 */
export { type BestNonce, type BestSearched, searchWithBest } from './best-hash.ts';
export { createReferenceSearch, createSearch, createSimdSearch, createWasmSearch } from './create-search.ts';
export type { NonceSearch, Search } from './search.ts';
