// Puts the app on the page. What the chat is without Vue is in `examples/server/chat`.

import { createApp } from 'vue'
// What the examples share lies beside them: whoever copies this folder takes this file and `examples/server` along.
import '../../vanilla/page/style.css'
import App from './App.vue'

createApp(App).mount('#app')
