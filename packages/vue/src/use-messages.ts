// useMessages: the last messages, for rendering.

import type { Socket } from '@hawser/core'
import { type MessageLogOptions, messageLog } from '@hawser/core/bindings'
import type { MaybeRef, Ref } from 'vue'
import { given, socketKey } from './injection'
import type { RegisteredIn } from './register'
import { useStore } from './use-store'

/**
 * The messages that came since the component was mounted, oldest first: an array that is never changed, and is the same
 * one until another message came. Changes once per frame at most, however many came. Another socket begins anew.
 *
 * @param socket also as a ref, such as `useSocket(url).socket`. @default the provided one
 * @param options.filter which messages count. @default all
 * @param options.limit how many are kept; the oldest goes first. @default 100
 * @throws {SocketError} `NO_SOCKET` without a socket and none provided; `INVALID_OPTION` for a limit below 1, when it is
 *   first read
 *
 * @example
 * const trades = useMessages({ filter: (message) => message.type === 'trade', limit: 50 })
 */
export function useMessages<Kept extends RegisteredIn = RegisteredIn>(
  options?: MessageLogOptions<RegisteredIn, Kept>,
): Readonly<Ref<readonly Kept[]>>
export function useMessages<In, Kept extends In = In>(
  socket: MaybeRef<Socket<In, any>>,
  options?: MessageLogOptions<In, Kept>,
): Readonly<Ref<readonly Kept[]>>
export function useMessages(...args: unknown[]): Readonly<Ref<readonly unknown[]>> {
  const [socket, options = {}] = given('useMessages', args, socketKey)
  return useStore<readonly unknown[]>(() => messageLog(socket.value, () => options), [])
}
