/** Where the browser enters: puts the app together and starts to follow the events. */
import { createApp } from 'vue';
import { createPinia } from 'pinia';
import 'element-plus/theme-chalk/base.css';
import 'element-plus/theme-chalk/dark/css-vars.css';
import './app/style.css';
import App from './app/app.vue';
import { createMessages } from './app/messages.ts';
import { createStandRouter } from './app/router.ts';
import { STAND_I18N } from './app/stand-i18n.ts';
import { reloadWhenRebuilt } from './app/rebuilt.ts';
import { applyTheme } from './app/theme.ts';
import { useLive } from './live/live-store.ts';

applyTheme();
reloadWhenRebuilt();
const i18n = await createMessages();
const app = createApp(App).use(createPinia()).use(i18n).provide(STAND_I18N, i18n);
app.use(createStandRouter(i18n));
useLive().start();
app.mount('#app');
