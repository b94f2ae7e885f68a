// useSocket: a socket in a component, and what the component does with it.

import type {
  Codec,
  Incoming,
  Outgoing,
  Receipt,
  raw,
  SendOptions,
  Socket,
  SocketOptions,
  SocketState,
} from '@hawser/core'
import { computed, type Ref } from 'vue'
import { type AnySocket, injectSocket } from './injection'
import { type SocketUrl, useOwnedSocket } from './use-owned-socket'
import { useSocketState } from './use-socket-state'

export type { SocketUrl }

export interface UseSocketResult<In = unknown, Out = unknown> {
  /** Another one after the URL has changed. */
  readonly socket: Readonly<Ref<Socket<In, Out>>>
  /** On a server `'idle'`. */
  readonly status: Readonly<Ref<SocketState['status']>>
  /** `socket.send`: sends, or queues until it can. */
  readonly send: (message: Out, options?: SendOptions) => Receipt
  /** `socket.connect`: starts, or cuts a pending wait short. */
  readonly connect: () => void
  /** `socket.close`: final until `connect()`. */
  readonly close: Socket<In, Out>['close']
}

/**
 * The provided socket, or the one that is passed. Neither is connected or closed by this composable.
 *
 * @throws {SocketError} `INVALID_OPTION` without a socket and none provided
 *
 * @example
 * const { status, send } = useSocket()
 */
export function useSocket(): UseSocketResult
export function useSocket<In, Out>(socket: Socket<In, Out>): UseSocketResult<In, Out>
/**
 * A socket of this component's own: connected once it is mounted, closed a moment after unmount. A `url` that reads
 * different makes a new socket and closes the old one. Outside a component it lives as long as its effect scope.
 *
 * @param url also as a ref or getter. While it gives `null` or `undefined`: not connected, and what is sent waits
 * @param options as for `createSocket`. A URL that no WebSocket takes is an `error` event, not a throw
 * @throws {SocketError} `INVALID_OPTION` for a wrong option
 *
 * @example
 * const { room } = defineProps<{ room: string | null }>()
 * const { status, send } = useSocket(() => room && `wss://api.example.com/rooms/${room}`, { codec: json() })
 */
export function useSocket<C extends Codec<any, any> = typeof raw>(
  url: SocketUrl,
  options?: SocketOptions<C>,
): UseSocketResult<Incoming<C>, Outgoing<C>>
export function useSocket(
  target?: AnySocket | SocketUrl,
  options?: SocketOptions,
): UseSocketResult<any, any> {
  const given = target === undefined ? injectSocket('useSocket') : target
  const socket = isSocket(given) ? computed(() => given) : useOwnedSocket(given, options)
  return {
    socket,
    status: useSocketState(socket, ({ status }) => status),
    send: (message, options) => socket.value.send(message, options),
    connect: () => socket.value.connect(),
    close: (...farewell) => socket.value.close(...farewell),
  }
}

const isSocket = (target: unknown): target is AnySocket =>
  typeof target === 'object' && target !== null && 'retain' in target
