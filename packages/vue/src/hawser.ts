// hawser: the plugin that gives one socket to a whole app.

import type { AnySocket } from '@hawser/core/bindings'
import type { Plugin } from 'vue'
import { socketKey } from './injection'

export interface HawserOptions {
  /** Stays yours: the plugin neither connects nor closes it. */
  readonly socket: AnySocket
}

/**
 * Makes `socket` what the composables find that are given none, in all components of the app.
 *
 * Whoever made the socket connects it: `socket.connect()` in the page's entry, or `retain()` for as long as a component
 * is mounted, which also leaves servers alone.
 *
 * @example
 * const socket = createSocket('wss://api.example.com/live', { codec: json() })
 * createApp(App).use(hawser, { socket }).mount('#app')
 * socket.connect()
 */
export const hawser: Plugin<[HawserOptions]> = {
  install(app, { socket }) {
    app.provide(socketKey, socket)
  },
}
