// What a component gives for a socket by URL.

import { SocketError } from '../errors'
import type { Provider, Socket, SocketOptions } from '../types'

export type AnySocket = Socket<any, any>

/** Where to connect to. A function is called at each attempt, as in `createSocket`. */
export type SocketUrl = string | URL | Provider<string | URL>

/** Options of a component, beyond those of the socket. */
export interface SharingOptions {
  /**
   * Whom the connection belongs to. Components share a socket when URL and identity are the same; another identity is
   * another socket, and what waits in the old one is never sent by the new one.
   * @default none
   */
  readonly identity?: string | undefined
  /** `false`: not connected, and what is sent waits. @default true */
  readonly enabled?: boolean | undefined
}

export type SharedSocketOptions = SocketOptions & SharingOptions

/** What one component gave last. */
export interface Given {
  readonly url: SocketUrl | null | undefined
  readonly options: SharedSocketOptions | undefined
}

/** Requests of any kind, as far as a component needs them: see `createRequests`. */
export interface AnyRequests {
  request(call: any, options?: any): Promise<any>
}

/** By which member they are known. */
const marks = { socket: 'retain', requests: 'request' } as const

const isOne = (what: keyof typeof marks, value: unknown) =>
  typeof value === 'object' && value !== null && marks[what] in value

export const isSocket = (value: unknown): value is AnySocket => isOne('socket', value)

/**
 * What a hook or composable was given, or else is provided, and the arguments behind it. `undefined` in its place is as if
 * it were not there.
 *
 * @param use the hook or composable
 * @param provide how a socket is provided to it
 * @param first the first argument, as far as it has to be looked into; a function may give requests
 * @throws {SocketError} `NO_SOCKET` without either
 */
export function resolveGiven<T>(
  what: keyof typeof marks,
  use: string,
  args: readonly unknown[],
  provided: unknown,
  provide: string,
  first = args[0],
): [given: T, ...rest: any[]] {
  const isLed =
    first === undefined || isOne(what, first) || (what === 'requests' && typeof first === 'function')
  const [given = provided, ...rest] = isLed ? args : [undefined, ...args]
  if (given) return [given as T, ...rest]
  throw noSocket(use, provide, what)
}

/**
 * @param use the hook or composable
 * @param provide how a socket is provided to it
 */
export const noSocket = (use: string, provide: string, what: keyof typeof marks = 'socket') =>
  new SocketError(
    'NO_SOCKET',
    what === 'socket'
      ? `${use}() found no socket: ${provide}, or pass one: ${use}(socket).`
      : `${use}() found no requests: ${provide} and give it requests as well, or pass them: ${use}(requests).`,
  )
