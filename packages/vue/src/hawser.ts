// hawser: the plugin that gives one socket, and the requests over it, to a whole app.

import type { AnyRequests, AnySocket } from '@hawser/core/bindings'
import type { Plugin } from 'vue'
import { requestsKey, socketKey } from './injection'

export interface HawserOptions {
  /** Stays yours: the plugin neither connects nor closes it. */
  readonly socket: AnySocket
  /** What `createRequests(socket)` gave, for `useRequest()`. Stays yours as well. @default none */
  readonly requests?: AnyRequests | undefined
}

/**
 * Makes `socket` what the composables find that are given none, and `requests` what `useRequest()` finds, in all components
 * of the app.
 *
 * Whoever made the socket connects it: `socket.connect()` in the page's entry, or `retain()` for as long as a component
 * is mounted, which also leaves servers alone.
 *
 * @example
 * const socket = createSocket('wss://api.example.com/live', { codec: json() })
 * const requests = createRequests(socket)
 * createApp(App).use(hawser, { socket, requests }).mount('#app')
 * socket.connect()
 */
export const hawser: Plugin<[HawserOptions]> = {
  install(app, { socket, requests }) {
    app.provide(socketKey, socket)
    app.provide(requestsKey, requests)
  },
}
