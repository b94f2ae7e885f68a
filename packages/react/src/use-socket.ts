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
import { useContext, useMemo, useRef, useSyncExternalStore } from 'react'
import { type AnySocket, found, SocketContext } from './socket-context'
import { type SocketUrl, useOwnedSocket } from './use-owned-socket'

export type { SocketUrl }

/** The functions stay the same for as long as `socket` does, also when taken out one by one. */
export interface UseSocketResult<In = unknown, Out = unknown> {
  readonly socket: Socket<In, Out>
  /** A component that reads it renders again when it changes; one that does not, does not. On a server `'idle'`. */
  readonly status: SocketState['status']
  /** `socket.send`: sends, or queues until it can. */
  readonly send: (message: Out, options?: SendOptions) => Receipt
  /** `socket.connect`: starts, or cuts a pending wait short. */
  readonly connect: () => void
  /** `socket.close`: final until `connect()`. */
  readonly close: Socket<In, Out>['close']
}

/**
 * The socket of the nearest `SocketProvider`, or the one that is passed. Neither is connected or closed by this hook.
 *
 * @throws {SocketError} `INVALID_OPTION` without a socket and a provider
 *
 * @example
 * function Compose() {
 *   const { status, send } = useSocket()
 *   return <button onClick={() => send('hi')}>{status === 'open' ? 'Send' : 'Send later'}</button>
 * }
 */
export function useSocket(): UseSocketResult
export function useSocket<In, Out>(socket: Socket<In, Out>): UseSocketResult<In, Out>
/**
 * A socket of this component's own: connected after mount, closed a moment after unmount, so that StrictMode keeps the
 * connection. A `url` that reads different makes a new socket and closes the old one; nothing else does.
 *
 * @param url `null`: not connected, and what is sent waits. A function is called at each attempt, always the newest
 * @param options as for `createSocket`. Of its functions the newest is called; the rest, `codec` and `auth` among them,
 *   is read when the socket is made. A URL that no WebSocket takes is an `error` event, not a throw
 * @throws {SocketError} `INVALID_OPTION` for a wrong option
 *
 * @example
 * const codec = json({ incoming: ServerMessage, outgoing: ClientMessage })
 *
 * function Room({ id }: { id: string | null }) {
 *   const { status, send } = useSocket(id && `wss://api.example.com/rooms/${id}`, { codec })
 *   return <button onClick={() => send({ type: 'wave' })}>Wave ({status})</button>
 * }
 */
export function useSocket<C extends Codec<any, any> = typeof raw>(
  url: SocketUrl | null,
  options?: SocketOptions<C>,
): UseSocketResult<Incoming<C>, Outgoing<C>>
export function useSocket(
  target?: AnySocket | SocketUrl | null,
  options?: SocketOptions,
): UseSocketResult<any, any> {
  const provided = useContext(SocketContext)
  const isOurs = target !== undefined && !isSocket(target)
  const owned = useOwnedSocket(isOurs ? target : undefined, options)
  const given = isOurs ? undefined : found(target ?? provided, 'useSocket')
  const face = useMemo(() => createFace(given ? { socket: given } : owned), [given, owned])

  const isRead = useRef(false)
  let rendered: SocketState['status'] | undefined
  const status = useSyncExternalStore(
    face.subscribe,
    () => {
      const now = face.status()
      rendered ??= now
      // To a component that does not read it the status never seems to change.
      return isRead.current ? now : rendered
    },
    () => 'idle' as const,
  )
  return useMemo(
    () => ({
      get socket() {
        return face.source.socket
      },
      get status() {
        isRead.current = true
        return status
      },
      send: face.send,
      connect: face.connect,
      close: face.close,
    }),
    [face, status],
  )
}

const isSocket = (target: object | string | null): target is AnySocket =>
  typeof target === 'object' && target !== null && 'retain' in target

/** Does not touch the socket before something is asked of it. */
const createFace = (source: { readonly socket: AnySocket }) => ({
  source,
  subscribe: (listener: () => void) => source.socket.state.subscribe(listener),
  status: () => source.socket.state.get().status,
  send: (message: unknown, options?: SendOptions) => source.socket.send(message, options),
  connect: () => source.socket.connect(),
  close: (...farewell: Parameters<AnySocket['close']>) => source.socket.close(...farewell),
})
