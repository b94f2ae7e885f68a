// useMessages: the last messages, for rendering.

import type { Socket } from '@hawser/core'
import { type MessageLogOptions, messageLog } from '@hawser/core/bindings'
import { useDebugValue, useSyncExternalStore } from 'react'
import type { RegisteredIn } from './register'
import { useGiven } from './socket-context'
import { useKept } from './use-kept'
import { useNewest } from './use-newest'

/**
 * The messages that came since the component was mounted, oldest first: an array that is never changed, and is the same
 * one until another message came. Renders once per frame at most, however many came. Another socket begins anew.
 *
 * @param socket @default the one of the nearest `SocketProvider`
 * @param options.filter which messages count; may be a new function at each render. @default all
 * @param options.limit how many are kept; the oldest goes first. @default 100
 * @throws {SocketError} `NO_SOCKET` without a socket and a provider; `INVALID_OPTION` for a limit below 1
 *
 * @example
 * const trades = useMessages({ filter: (message) => message.type === 'trade', limit: 50 })
 */
export function useMessages<Kept extends RegisteredIn = RegisteredIn>(
  options?: MessageLogOptions<RegisteredIn, Kept>,
): readonly Kept[]
export function useMessages<In, Kept extends In = In>(
  socket: Socket<In, any>,
  options?: MessageLogOptions<In, Kept>,
): readonly Kept[]
export function useMessages(...args: unknown[]): readonly unknown[] {
  const [given, options = {}] = useGiven('useMessages', args)
  const newest = useNewest(options)
  const log = useKept(given, (socket) => messageLog<unknown>(socket, () => newest.current))
  useDebugValue(log, (store) => store.get())
  return useSyncExternalStore(log.subscribe, log.get, log.get)
}
