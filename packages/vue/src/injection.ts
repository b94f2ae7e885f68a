// How a socket reaches the components below the one that provides it.

import { type AnySocket, noSocket } from '@hawser/core/bindings'
import { hasInjectionContext, type InjectionKey, inject, type MaybeRef } from 'vue'

export const socketKey: InjectionKey<MaybeRef<AnySocket>> = Symbol('hawser')

/**
 * The socket that was passed, or the provided one.
 *
 * @throws {SocketError} `NO_SOCKET` without either
 */
export function givenSocket(
  passed: MaybeRef<AnySocket> | undefined,
  composable: string,
): MaybeRef<AnySocket> {
  const socket = passed ?? (hasInjectionContext() ? inject(socketKey, null) : null)
  if (socket) return socket
  throw noSocket(composable, 'call it in setup below app.use(hawser, { socket }) or provideSocket(socket)')
}
