// useSocket: a socket in a component, and what the component does with it.

import type {
  Codec,
  Incoming,
  Outgoing,
  Provider,
  Receipt,
  raw,
  SendOptions,
  Socket,
  SocketOptions,
} from '@hawser/core'
import {
  eachField,
  fieldStores,
  fieldsOnServer,
  forward,
  isSocket,
  type SocketFields,
} from '@hawser/core/bindings'
import { type MaybeRef, type MaybeRefOrGetter, type Ref, toValue, unref } from 'vue'
import { given, socketKey } from './injection'
import type { RegisteredIn, RegisteredOut, RegisteredSocket } from './register'
import { useOwnedSocket } from './use-owned-socket'
import { type Refs, useStore } from './use-store'

type Url = string | URL | null | undefined

/**
 * Where to connect to, also as a ref or getter. `null` or `undefined`: nowhere. A ref or getter may also give a function,
 * which is called at each attempt, as in `createSocket`: `useSocket(() => fetchAddress)`.
 */
export type SocketUrl = Url | Ref<Url | Provider<string | URL>> | (() => Url | Provider<string | URL>)

export interface UseSocketOptions<C extends Codec<any, any> = Codec<any, any>> extends SocketOptions<C> {
  /**
   * Whom the connection belongs to. Components share a socket when URL and identity are the same; another identity is
   * another socket, and what waits in the old one is never sent by the new one.
   * @default none
   */
  readonly identity?: MaybeRefOrGetter<string | undefined>
  /** `false`: not connected, and what is sent waits. @default true */
  readonly enabled?: MaybeRefOrGetter<boolean | undefined>
  /** Whether a component that `KeepAlive` put aside stays connected. @default 'keep' */
  readonly whenDeactivated?: 'keep' | 'close'
}

/** Each field listens from its first reading on. On a server `status` is `'idle'`, and the other fields are empty. */
export interface UseSocketResult<In = unknown, Out = unknown, S = Socket<In, Out>>
  extends Refs<SocketFields<In>> {
  /** Another one after the URL or identity has changed. */
  readonly socket: Readonly<Ref<S>>
  /** `socket.send`: sends, or queues until it can. */
  readonly send: (message: Out, options?: SendOptions) => Receipt
  /** `socket.connect`: starts, or cuts a pending wait short. */
  readonly connect: () => void
  /** `socket.close`: final until `connect()`. */
  readonly close: Socket['close']
}

/**
 * The provided socket, or the one that is passed. Neither is connected or closed by this composable.
 *
 * @throws {SocketError} `NO_SOCKET` without a socket and none provided
 *
 * @example
 * const { status, send } = useSocket()
 */
export function useSocket(): UseSocketResult<RegisteredIn, RegisteredOut, RegisteredSocket>
export function useSocket<In, Out>(socket: MaybeRef<Socket<In, Out>>): UseSocketResult<In, Out>
/**
 * A socket by URL: connected once the component is mounted, closed a moment after unmount. Components that give the same
 * URL and identity share one, which closes after the last of them. Outside a component it lives as long as its effect
 * scope.
 *
 * A `url` or `identity` that reads different is another socket, and so are options that come to have `auth`, or another
 * codec; nothing else is. The old one closes at once, unless another component has it, and what waits in it is dropped
 * with `CLEARED`.
 *
 * A socket that the user closed, or that ended for good, stays so when another component is mounted on it: see `connect`.
 *
 * To suspend until it is open: `await socket.value.opened()` in an async setup.
 *
 * @param url also as a ref or getter. While it gives `null` or `undefined`: not connected, and what is sent waits for the
 *   first URL; unless another component has a socket for that already: then it is dropped with `CLEARED`. A function that
 *   the ref or getter gives is called at each attempt: `useSocket(() => fetchAddress)`
 * @param options as for `createSocket`, also as a ref or getter. Of the functions that were there at first the newest is
 *   called, also of those in `auth` and `heartbeat`; the rest is read when the socket is made. Components that share a
 *   socket should give the same ones. A URL that no WebSocket takes is an `error`, not a throw
 * @throws {SocketError} `INVALID_OPTION` for a wrong option
 *
 * @example
 * const { room } = defineProps<{ room: string | null }>()
 * const { status, send } = useSocket(() => room && `wss://api.example.com/rooms/${room}`, { codec: json() })
 */
export function useSocket<C extends Codec<any, any> = typeof raw>(
  url: SocketUrl,
  options?: MaybeRefOrGetter<UseSocketOptions<C> | undefined>,
): UseSocketResult<Incoming<C>, Outgoing<C>>
export function useSocket(
  ...args: [target?: unknown, options?: MaybeRefOrGetter<UseSocketOptions | undefined>]
): UseSocketResult<any, any> {
  // Not by its value: a URL that is not known yet may be `undefined`.
  const isOurs = args.length && !isSocket(unref(args[0]))
  const socket = isOurs
    ? useOwnedSocket(args[0] as SocketUrl, () => toValue(args[1]))
    : given('useSocket', args, socketKey)[0]
  return {
    socket,
    ...(eachField(fieldsOnServer, (name, onServer) =>
      useStore<unknown>(() => fieldStores[name](socket.value), onServer, name === 'lastMessage'),
    ) as Refs<SocketFields<any>>),
    ...forward(() => socket.value, 'send', 'connect', 'close'),
  }
}
