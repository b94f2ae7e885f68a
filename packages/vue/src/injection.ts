// How a socket reaches the components below the one that provides it.

import { type Socket, SocketError } from '@hawser/core'
import { hasInjectionContext, type InjectionKey, inject } from 'vue'

export type AnySocket = Socket<any, any>

export const socketKey: InjectionKey<AnySocket> = Symbol('hawser')

/** The provided socket, or an error that says how to bring one. */
export function injectSocket(composable: string): AnySocket {
  const socket = hasInjectionContext() ? inject(socketKey, undefined) : undefined
  if (socket) return socket
  throw new SocketError(
    'INVALID_OPTION',
    `${composable}() found no socket: app.use(hawser, { socket }), or provideSocket(socket) in a component above, ` +
      `and call it in setup; or pass one: ${composable}(socket).`,
  )
}
