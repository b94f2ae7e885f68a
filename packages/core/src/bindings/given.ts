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

export const isSocket = (value: unknown): value is AnySocket =>
  typeof value === 'object' && value !== null && 'retain' in value

/**
 * @param use the hook or composable
 * @param provide how a socket is provided to it
 */
export const noSocket = (use: string, provide: string) =>
  new SocketError('NO_SOCKET', `${use}() found no socket: ${provide}, or pass one: ${use}(socket).`)
