// provideSocket: gives one socket, and the requests over it, to all components below.

import type { AnyRequests, AnySocket } from '@hawser/core/bindings'
import { type MaybeRef, type MaybeRefOrGetter, provide } from 'vue'
import { requestsKey, socketKey } from './injection'

export interface ProvideSocketOptions {
  /**
   * What `createRequests(socket)` gave, for `useRequest()`; also as a ref or getter.
   * @default none, also where the app or a component above has some
   */
  readonly requests?: MaybeRefOrGetter<AnyRequests> | undefined
}

/**
 * Makes `socket` what the composables find that are given none, in the components below this one. For setup. The nearest
 * one counts; it is neither connected nor closed: see `hawser`.
 *
 * @param socket also as a ref, such as `useSocket(url).socket`
 */
export function provideSocket(socket: MaybeRef<AnySocket>, { requests }: ProvideSocketOptions = {}): void {
  provide(socketKey, socket)
  provide(requestsKey, requests)
}
