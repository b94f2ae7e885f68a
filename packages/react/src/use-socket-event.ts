// useSocketEvent: something done for each event of a socket.

import type { Socket, SocketEvents } from '@hawser/core'
import { useEffect } from 'react'
import type { RegisteredIn } from './register'
import { useGiven } from './socket-context'
import { useNewest } from './use-newest'

type Handler<In, K extends keyof SocketEvents<In>> = (payload: SocketEvents<In>[K]) => void

/**
 * Calls `handler` once for each event, at once and in order, from mount to unmount. It always sees the newest props and
 * state, and the listener stays the same. Renders nothing by itself.
 *
 * What it throws, or rejects with, is told as an `error` event with `LISTENER`.
 *
 * @param socket @default the one of the nearest `SocketProvider`
 * @throws {SocketError} `NO_SOCKET` without a socket and a provider
 *
 * @example
 * useSocketEvent('message', (message) => play(message.type === 'chat' ? ding : tick))
 */
export function useSocketEvent<K extends keyof SocketEvents<RegisteredIn>>(
  event: K,
  handler: Handler<RegisteredIn, K>,
): void
export function useSocketEvent<In, K extends keyof SocketEvents<In>>(
  socket: Socket<In, any>,
  event: K,
  handler: Handler<In, K>,
): void
export function useSocketEvent(...args: unknown[]): void {
  const [socket, event, handler] = useGiven('useSocketEvent', args)
  const newest = useNewest(handler)
  useEffect(() => socket.on(event, (payload) => newest.current(payload)), [socket, event, newest])
}
