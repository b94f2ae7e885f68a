// useSocketState: what a socket is doing, for rendering.

import type { Socket, SocketState } from '@hawser/core'
import { useDebugValue, useSyncExternalStore } from 'react'
import { useGiven } from './socket-context'

type Selector<T> = (state: SocketState) => T

const idle: SocketState = { status: 'idle' }

/**
 * The state of the socket, one union on `status`. The component renders again when it changes; with `select`, when what
 * that gives changes (by `Object.is`). On a server, and while hydrating, it is `{ status: 'idle' }`.
 *
 * @param socket @default the one of the nearest `SocketProvider`
 * @param select may be a new function at each render
 * @throws {SocketError} `NO_SOCKET` without a socket and a provider
 *
 * @example
 * function Retrying() {
 *   const retryAt = useSocketState((state) => (state.status === 'waiting' ? state.retryAt : undefined))
 *   return retryAt && <p>Back at {new Date(retryAt).toLocaleTimeString()} at the latest</p>
 * }
 */
export function useSocketState(socket?: Socket<any, any>): SocketState
export function useSocketState<T>(select: Selector<T>): T
export function useSocketState<T>(socket: Socket<any, any>, select: Selector<T>): T
export function useSocketState(...args: unknown[]): unknown {
  const [{ state }, select = (now: SocketState) => now] = useGiven('useSocketState', args)
  let seen: SocketState | undefined
  let selected: unknown
  /** Once per state: a selector that makes a new object each time must not make the store look restless. */
  const selectOnce = (now: SocketState) => {
    if (now !== seen) selected = select(now)
    seen = now
    return selected
  }
  useDebugValue(state, (store) => store.get())
  return useSyncExternalStore(
    state.subscribe,
    () => selectOnce(state.get()),
    () => selectOnce(state.get().status === 'idle' ? state.get() : idle),
  )
}
