// useSend: sending, with what became of each message.

import type { Receipt, SendOptions, Socket } from '@hawser/core'
import { forward, type SentMessage, sentMessages } from '@hawser/core/bindings'
import { computed, type MaybeRef, type Ref } from 'vue'
import { given, socketKey } from './injection'
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
export function useSend(...args: unknown[]): UseSendResult<any> {
  const [socket, options = {}] = given('useSend', args, socketKey)
  const sent = computed(() => sentMessages<any>(socket.value, () => options))
  return {
    ...forward(() => sent.value, 'send', 'clear'),
    messages: useStore<readonly SentMessage<any>[]>(() => sent.value, []),
  }
}
