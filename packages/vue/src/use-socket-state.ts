// useSocketState: what a socket is doing, for rendering.

import type { Socket, SocketState } from '@hawser/core'
import { computed, type MaybeRef, type Ref, shallowReadonly, shallowRef, unref, watch } from 'vue'
import { type AnySocket, injectSocket } from './injection'
import { looksAsOnServer, onClient } from './on-client'

type Selector<T> = (state: SocketState) => T

/**
 * The state of the socket, one union on `status`, or with `select` what that makes of it. On a server, and until mounted
 * while hydrating, it is `{ status: 'idle' }`. Ends with the component or scope.
 *
 * @param socket also as a ref, such as `useSocket(url).socket`. @default the provided one
 * @throws {SocketError} `INVALID_OPTION` without a socket and none provided
 *
 * @example
 * const retryAt = useSocketState((state) => (state.status === 'waiting' ? state.retryAt : undefined))
 */
export function useSocketState(socket?: MaybeRef<Socket<any, any>>): Readonly<Ref<SocketState>>
export function useSocketState<T>(select: Selector<T>): Readonly<Ref<T>>
export function useSocketState<T>(socket: MaybeRef<Socket<any, any>>, select: Selector<T>): Readonly<Ref<T>>
export function useSocketState(
  first?: MaybeRef<AnySocket> | Selector<unknown>,
  second?: Selector<unknown>,
): Readonly<Ref<unknown>> {
  const [given, select] = typeof first === 'function' ? [undefined, first] : [first, second]
  const socket = given ?? injectSocket('useSocketState')
  const state = shallowRef<SocketState>(looksAsOnServer() ? { status: 'idle' } : unref(socket).state.get())
  onClient(() =>
    watch(
      () => unref(socket).state,
      (store, _, onCleanup) => {
        const update = () => {
          state.value = store.get()
        }
        onCleanup(store.subscribe(update))
        update()
      },
      { immediate: true, flush: 'sync' },
    ),
  )
  return select ? computed(() => select(state.value)) : shallowReadonly(state)
}
