// useSend: sending, with what became of each message.

import type { Receipt, SendOptions, Socket } from '@hawser/core'
import { type AnySocket, isSocket, type SentMessage, sentMessages } from '@hawser/core/bindings'
import { computed, type MaybeRef, type Ref, toRaw, unref } from 'vue'
import { givenSocket } from './injection'
import type { RegisteredOut } from './register'
import { useStore } from './use-store'

export interface UseSendOptions {
  /** How many messages are kept for showing; the oldest goes first. @default 100 */
  readonly limit?: number | undefined
}

export interface UseSendResult<Out = unknown> {
  /** `socket.send`: sends, or queues until it can. */
  readonly send: (message: Out, options?: SendOptions) => Receipt
  /**
   * What this component sent, oldest first, with the fate of each: an array that is never changed. A message is `queued`,
   * `sent`, `dropped` with an `error`, or, by `offlineQueue({ confirm })`, `confirmed`.
   */
  readonly messages: Readonly<Ref<readonly SentMessage<Out>[]>>
  /** Forgets all of them, or the one with that id. What waits is sent all the same. */
  readonly clear: (id?: string) => void
}

/**
 * Sends, and shows what was sent before the server has answered. Changes once per frame at most.
 * Another socket begins anew.
 *
 * @param socket also as a ref, such as `useSocket(url).socket`. @default the provided one
 * @throws {SocketError} `NO_SOCKET` without a socket and none provided; `INVALID_OPTION` for a limit below 1, when it is
 *   first used
 *
 * @example
 * const { send, messages } = useSend()
 */
export function useSend(options?: UseSendOptions): UseSendResult<RegisteredOut>
export function useSend<Out>(socket: MaybeRef<Socket<any, Out>>, options?: UseSendOptions): UseSendResult<Out>
export function useSend(
  first?: MaybeRef<AnySocket> | UseSendOptions,
  second?: UseSendOptions,
): UseSendResult<any> {
  const isPassed = isSocket(unref(first))
  const socket = givenSocket(isPassed ? (first as MaybeRef<AnySocket>) : undefined, 'useSend')
  // Raw: another limit must not make another list.
  const options = toRaw((isPassed ? second : (first as UseSendOptions)) ?? {})
  const sent = computed(() => sentMessages<any>(unref(socket), () => options))
  return {
    send: (message, how) => sent.value.send(message, how),
    messages: useStore<readonly SentMessage<any>[]>(() => sent.value, []),
    clear: (id) => sent.value.clear(id),
  }
}
