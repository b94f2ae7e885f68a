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
} from '@hawser/core'
import {
  type AnySocket,
  createFieldReader,
  forward,
  isSocket,
  type SharingOptions,
  type SocketFields,
  type SocketUrl,
} from '@hawser/core/bindings'
import { useContext, useDebugValue } from 'react'
import type { RegisteredIn, RegisteredOut, RegisteredSocket } from './register'
import { given, SocketContext } from './socket-context'
import { useFields } from './use-fields'
import { useKept } from './use-kept'
import { useOwnedSocket } from './use-owned-socket'

export type { SocketUrl }

export type UseSocketOptions<C extends Codec<any, any> = Codec<any, any>> = SocketOptions<C> & SharingOptions

/**
 * A component renders again when one of the fields that it read changes, and for no other. The functions stay the same
 * for as long as `socket` does, also when taken out one by one.
 *
 * On a server, and while hydrating, `status` is `'idle'` and the other fields are empty.
 */
export interface UseSocketResult<In = unknown, Out = unknown, S = Socket<In, Out>> extends SocketFields<In> {
  readonly socket: S
  /** `socket.send`: sends, or queues until it can. */
  readonly send: (message: Out, options?: SendOptions) => Receipt
  /** `socket.connect`: starts, or cuts a pending wait short. */
  readonly connect: () => void
  /** `socket.close`: final until `connect()`. */
  readonly close: Socket['close']
}

/**
 * The socket of the nearest `SocketProvider`, or the one that is passed. Neither is connected or closed by this hook.
 *
 * @throws {SocketError} `NO_SOCKET` without a socket and a provider
 *
 * @example
 * function Compose() {
 *   const { status, send } = useSocket()
 *   return <button onClick={() => send('hi')}>{status === 'open' ? 'Send' : 'Send later'}</button>
 * }
 */
export function useSocket(): UseSocketResult<RegisteredIn, RegisteredOut, RegisteredSocket>
export function useSocket<In, Out>(socket: Socket<In, Out>): UseSocketResult<In, Out>
/**
 * A socket by URL: connected after mount, closed a moment after unmount, so that StrictMode keeps the connection.
 * Components that give the same URL and identity share one, which closes after the last of them.
 *
 * A `url` or `identity` that reads different is another socket, and so are options that come to have `auth`, or another
 * codec; nothing else is. The old one closes at once, unless another component has it, and what waits in it is dropped
 * with `CLEARED`.
 *
 * A socket that the user closed, or that ended for good, stays so when another component is mounted on it: see `connect`.
 *
 * To suspend until it is open: `use(socket.opened())`. A function that is new at each render cannot be suspended for in
 * the same component, since React forgets it meanwhile.
 *
 * @param url `null` or `undefined`: not connected, and what is sent waits for the first URL; unless another component has
 *   a socket for that already: then it is dropped with `CLEARED`. A function is called at each attempt, always the newest,
 *   and shared with the components that give the very same function
 * @param options as for `createSocket`. Of the functions that were there at first the newest is called, also of those in
 *   `auth` and `heartbeat`; the rest is read when the socket is made. Components that share a socket should give the same
 *   ones. A URL that no WebSocket takes is an `error`, not a throw
 * @param options.enabled `false`: not connected, and what is sent waits. @default true
 * @param options.identity whom the connection belongs to; another identity is another socket. @default none
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
  url: SocketUrl | null | undefined,
  options?: UseSocketOptions<C>,
): UseSocketResult<Incoming<C>, Outgoing<C>>
export function useSocket(
  ...args: [target?: unknown, options?: UseSocketOptions]
): UseSocketResult<any, any> {
  const [target, options] = args
  // Not by its value: a URL that is not known yet may be `undefined`.
  const isOurs = args.length > 0 && !isSocket(target)
  const owned = useOwnedSocket({ url: isOurs ? (target as SocketUrl | null) : undefined, options })
  const provided = useContext(SocketContext)
  const face = useKept(
    isOurs ? owned : given<AnySocket>('socket', 'useSocket', args, provided)[0],
    createFace,
  )
  useDebugValue(face, ({ source }) => source.socket.state.get())
  return useFields(face)
}

/** Does not touch the socket before something is asked of it. */
function createFace(given: AnySocket | { readonly socket: AnySocket }) {
  const source = isSocket(given) ? { socket: given } : given
  const fields = createFieldReader(source)
  const actions = forward(() => source.socket, 'send', 'connect', 'close')
  const result = () =>
    fields.readable({
      get socket() {
        return source.socket
      },
      ...actions,
    })
  return { source, fields, result }
}
