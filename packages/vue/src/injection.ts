// How a socket, and the requests over it, reach the components below the one that provides them.

import { type AnyRequests, type AnySocket, resolveGiven } from '@hawser/core/bindings'
import {
  type ComputedRef,
  computed,
  hasInjectionContext,
  type InjectionKey,
  inject,
  type MaybeRef,
  type MaybeRefOrGetter,
  toRaw,
  toValue,
  unref,
} from 'vue'

export const socketKey: InjectionKey<MaybeRef<AnySocket>> = Symbol('hawser')
export const requestsKey: InjectionKey<MaybeRefOrGetter<AnyRequests> | undefined> = Symbol('hawser requests')

/**
 * The socket that leads the arguments, or the provided one; and the arguments behind it. With `requestsKey`: the requests.
 *
 * @throws {SocketError} `NO_SOCKET` without either
 */
export function given<T>(
  composable: string,
  args: readonly unknown[],
  key: InjectionKey<MaybeRefOrGetter<T> | undefined>,
): [given: ComputedRef<T>, ...rest: any[]] {
  const [found, ...rest] = resolveGiven<MaybeRefOrGetter<T>>(
    key === requestsKey ? 'requests' : 'socket',
    composable,
    args,
    hasInjectionContext() && inject(key, undefined),
    'call it in setup below app.use(hawser, { socket }) or provideSocket(socket)',
    unref(args[0]),
  )
  // Raw: what is read of options later must not make what was made of them first another one.
  return [computed(() => toValue(found)), ...rest.map(toRaw)]
}
