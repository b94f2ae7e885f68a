// useSend: sending, with what became of each message.

import type { Receipt, SendOptions, Socket } from '@hawser/core'
import { type SentMessage, sentMessages } from '@hawser/core/bindings'
import { useDebugValue, useSyncExternalStore } from 'react'
import type { RegisteredOut } from './register'
import { useGiven } from './socket-context'
import { useKept } from './use-kept'
import { useNewest } from './use-newest'

export interface UseSendOptions {
  /** How many messages are kept for showing; the oldest goes first. @default 100 */
  readonly limit?: number | undefined
}

/** The functions stay the same for as long as the socket does. */
export interface UseSendResult<Out = unknown> {
  /** `socket.send`: sends, or queues until it can. */
  readonly send: (message: Out, options?: SendOptions) => Receipt
  /**
   * What this component sent, oldest first, with the fate of each: an array that is never changed. A message is `queued`,
   * `sent`, `dropped` with an `error`, or, by `offlineQueue({ confirm })`, `confirmed`.
   */
  readonly messages: readonly SentMessage<Out>[]
  /** Forgets all of them, or the one with that id. What waits is sent all the same. */
  readonly clear: (id?: string) => void
}

/**
 * Sends, and shows what was sent before the server has answered. Renders once per frame at most.
 * Another socket begins anew.
 *
 * @param socket @default the one of the nearest `SocketProvider`
 * @throws {SocketError} `NO_SOCKET` without a socket and a provider; `INVALID_OPTION` for a limit below 1
 *
 * @example
 * const { send, messages } = useSend()
 * return messages.map(({ id, message, status, cancel }) => (
 *   <li key={id}>
 *     {String(message)} {status === 'queued' && <button onClick={cancel}>Take back</button>}
 *   </li>
 * ))
 */
export function useSend(options?: UseSendOptions): UseSendResult<RegisteredOut>
export function useSend<Out>(socket: Socket<any, Out>, options?: UseSendOptions): UseSendResult<Out>
export function useSend(...args: unknown[]): UseSendResult<any> {
  const [given, options = {}] = useGiven('useSend', args)
  const newest = useNewest(options)
  const sent = useKept(given, (socket) => sentMessages<any>(socket, () => newest.current))
  const messages = useSyncExternalStore(sent.subscribe, sent.get, sent.get)
  useDebugValue(messages)
  return { send: sent.send, messages, clear: sent.clear }
}
