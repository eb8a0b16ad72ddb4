/**
 * As of when the whole stand shows its data: the present, or an event as `log:position`. It stands in the address as
 * `?atEvent=`, so that a link opens the stand at that moment; the router keeps it from page to page.
 */
import { computed, ref } from 'vue';
import { defineStore } from 'pinia';
import type { Moment } from '../api/chain.ts';

export const useMoment = defineStore('moment', () => {
  const atEvent = ref<string>();
  const isPast = computed(() => atEvent.value !== undefined);
  /** What a read of `/v1` takes. */
  const query = computed<Moment>(() => (atEvent.value === undefined ? {} : { atEvent: atEvent.value }));
  return { atEvent, isPast, query };
});
