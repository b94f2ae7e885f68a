// Puts the app on the page, with one socket for all of it.

import { hawser } from '@hawser/vue'
import { createApp } from 'vue'
import '../../vanilla/page/style.css'
import App from './App.vue'
import { socket } from './socket'

createApp(App).use(hawser, { socket }).mount('#app')
