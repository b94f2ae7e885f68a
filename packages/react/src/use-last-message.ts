// useLastMessage: the last message, for rendering.

import type { Socket } from '@hawser/core'
import { lastMessage, type MessageFilter } from '@hawser/core/bindings'
import { useDebugValue, useSyncExternalStore } from 'react'
import type { RegisteredIn } from './register'
import { useGiven } from './socket-context'
import { useKept } from './use-kept'
import { useNewest } from './use-newest'

/**
 * The last message that came since the component was mounted, `undefined` before. Renders once per frame at most: what
 * has to be done once for each message belongs in `useSocketEvent`.
 *
 * @param socket @default the one of the nearest `SocketProvider`
 * @param filter which messages count; may be a new function at each render. @default all
 * @throws {SocketError} `NO_SOCKET` without a socket and a provider
 *
 * @example
 * const price = useLastMessage((message) => message.type === 'price')
 */
export function useLastMessage<Kept extends RegisteredIn = RegisteredIn>(
  filter?: MessageFilter<RegisteredIn, Kept>,
): Kept | undefined
export function useLastMessage<In, Kept extends In = In>(
  socket: Socket<In, any>,
  filter?: MessageFilter<In, Kept>,
): Kept | undefined
export function useLastMessage(...args: unknown[]): unknown {
  const [given, filter] = useGiven('useLastMessage', args)
  const newest = useNewest(filter)
  const last = useKept(given, (socket) => lastMessage(socket, () => newest.current))
  useDebugValue(last, (store) => store.get())
  return useSyncExternalStore(last.subscribe, last.get, last.get)
}
