// useLastMessage: the last message, for rendering.

import type { Socket } from '@hawser/core'
import { lastMessage, type MessageFilter } from '@hawser/core/bindings'
import type { MaybeRef, Ref } from 'vue'
import { given, socketKey } from './injection'
import type { RegisteredIn } from './register'
import { useStore } from './use-store'

/**
 * The last message that came since the component was mounted, `undefined` before. Changes once per frame at most, and
 * watchers are told of the same message again: what has to be done once for each belongs in `useSocketEvent`.
 *
 * @param socket also as a ref, such as `useSocket(url).socket`. @default the provided one
 * @param filter which messages count. @default all
 * @throws {SocketError} `NO_SOCKET` without a socket and none provided
 *
 * @example
 * const price = useLastMessage((message) => message.type === 'price')
 */
export function useLastMessage<Kept extends RegisteredIn = RegisteredIn>(
  filter?: MessageFilter<RegisteredIn, Kept>,
): Readonly<Ref<Kept | undefined>>
export function useLastMessage<In, Kept extends In = In>(
  socket: MaybeRef<Socket<In, any>>,
  filter?: MessageFilter<In, Kept>,
): Readonly<Ref<Kept | undefined>>
export function useLastMessage(...args: unknown[]): Readonly<Ref<unknown>> {
  const [socket, filter] = given('useLastMessage', args, socketKey)
  return useStore<unknown>(() => lastMessage(socket.value, () => filter), undefined, true)
}
