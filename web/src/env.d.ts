/** What TypeScript alone cannot know: a .vue file is a component. vue-tsc reads the file itself. */
declare module '*.vue' {
  import type { DefineComponent } from 'vue';
  const component: DefineComponent;
  export default component;
}
