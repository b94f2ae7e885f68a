// provideSocket: gives one socket to all components below.

import { provide } from 'vue'
import { type AnySocket, socketKey } from './injection'

/**
 * Makes `socket` what `useSocket()` and `useSocketState()` find in the components below this one. For setup. The nearest
 * one counts; it is neither connected nor closed: see `hawser`.
 */
export function provideSocket(socket: AnySocket): void {
  provide(socketKey, socket)
}
