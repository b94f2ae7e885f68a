// useSocketState: what a socket is doing, for rendering.

import type { Socket, SocketState } from '@hawser/core'
import { computed, type MaybeRef, type Ref } from 'vue'
import { given, socketKey } from './injection'
import { useStore } from './use-store'

type Selector<T> = (state: SocketState) => T

/**
 * The state of the socket, one union on `status`, or with `select` what that makes of it. On a server, and until mounted
 * while hydrating, it is `{ status: 'idle' }`. Ends with the component or scope.
 *
 * @param socket also as a ref, such as `useSocket(url).socket`. @default the provided one
 * @throws {SocketError} `NO_SOCKET` without a socket and none provided
 *
 * @example
 * const retryAt = useSocketState((state) => (state.status === 'waiting' ? state.retryAt : undefined))
 */
export function useSocketState(socket?: MaybeRef<Socket<any, any>>): Readonly<Ref<SocketState>>
export function useSocketState<T>(select: Selector<T>): Readonly<Ref<T>>
export function useSocketState<T>(socket: MaybeRef<Socket<any, any>>, select: Selector<T>): Readonly<Ref<T>>
export function useSocketState(...args: unknown[]): Readonly<Ref<unknown>> {
  const [socket, select] = given('useSocketState', args, socketKey)
  const state = useStore<SocketState>(() => socket.value.state, { status: 'idle' })
  return select ? computed(() => select(state.value)) : state
}
