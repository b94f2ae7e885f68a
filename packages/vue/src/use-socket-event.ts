// useSocketEvent: something done for each event of a socket.

import type { Socket, SocketEvents } from '@hawser/core'
import type { MaybeRef } from 'vue'
import { following } from './following'
import { given, socketKey } from './injection'
import { onClient } from './on-client'
import type { RegisteredIn } from './register'

type Handler<In, K extends keyof SocketEvents<In>> = (payload: SocketEvents<In>[K]) => void

/**
 * Calls `handler` once for each event, at once and in order, from mount to unmount, or as long as the scope. Updates
 * nothing by itself.
 *
 * What it throws, or rejects with, is told as an `error` event with `LISTENER`.
 *
 * @param socket also as a ref, such as `useSocket(url).socket`. @default the provided one
 * @throws {SocketError} `NO_SOCKET` without a socket and none provided
 *
 * @example
 * useSocketEvent('message', (message) => play(message.type === 'chat' ? ding : tick))
 */
export function useSocketEvent<K extends keyof SocketEvents<RegisteredIn>>(
  event: K,
  handler: Handler<RegisteredIn, K>,
): void
export function useSocketEvent<In, K extends keyof SocketEvents<In>>(
  socket: MaybeRef<Socket<In, any>>,
  event: K,
  handler: Handler<In, K>,
): void
export function useSocketEvent(...args: unknown[]): void {
  const [socket, event, handler] = given('useSocketEvent', args, socketKey)
  onClient(() => following(socket, (now) => now.on(event, handler)))
}
