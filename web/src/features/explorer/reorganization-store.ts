/** The reorganizations since the page was opened, for whoever shows them. It listens from the start of the stand. */
import { shallowRef } from 'vue';
import { defineStore } from 'pinia';
import { useLive } from '../../live/live-store.ts';
import { withEvent, type Reorganization } from './reorganization.ts';

export const useReorganizations = defineStore('reorganizations', () => {
  const all = shallowRef<readonly Reorganization[]>([]);
  useLive().listen((event) => (all.value = withEvent(all.value, event)), ['BlockConnected', 'BlockDisconnected']);
  return { all };
});
