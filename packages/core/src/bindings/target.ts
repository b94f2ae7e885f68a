// What a component asks for, as far as it makes a socket another one.

import type { Provider, WebSocketConstructor } from '../types'
import { resolveUrl } from '../url'
import type { Given } from './given'

/** What makes two sockets the same. */
export interface Target {
  /** `undefined` where there is nothing to connect to yet. */
  readonly url: string | Provider<string | URL> | undefined
  readonly identity: string | undefined
  /** Whether there is auth: a connection without it must not serve who has some. */
  readonly auth: boolean
  /** Name of the codec. */
  readonly codec: string | undefined
  readonly WebSocket: WebSocketConstructor | undefined
}

/** Servers render for many people, and never connect. */
export const isServer = () => typeof window === 'undefined'

export function targetOf({ url, options = {} }: Given): Target {
  return {
    url:
      url === null || typeof url === 'function'
        ? (url ?? undefined)
        : absolute(url, options.environment?.baseUrl),
    identity: options.identity,
    auth: !!options.auth,
    codec: options.codec?.name,
    WebSocket: options.environment?.WebSocket,
  }
}

function absolute(url: string | URL | undefined, base: string | undefined): string | undefined {
  try {
    return url && resolveUrl(url, base ?? (isServer() ? undefined : window.location?.href))
  } catch {
    // What no WebSocket takes is told by the socket, as state.
    return String(url)
  }
}

const isSameKind = (one: Target, other: Target) => one.auth === other.auth && one.codec === other.codec

/** Whether two components share a socket. */
export const isShared = (one: Target, other: Target) =>
  isSameKind(one, other) &&
  one.url === other.url &&
  one.identity === other.identity &&
  one.WebSocket === other.WebSocket

/**
 * Whether a component goes on with the socket that it has. Its functions are new at each render, and so one and the same
 * URL. Without a URL it keeps what it has; what waits for a first one goes with whoever is known by then.
 */
export function isKept(own: Target, wanted: Target): boolean {
  const isFirst = own.url === undefined
  return (
    isSameKind(own, wanted) &&
    (own.identity === wanted.identity || (isFirst && own.identity === undefined)) &&
    (isFirst ||
      wanted.url === undefined ||
      own.url === wanted.url ||
      (typeof own.url === 'function' && typeof wanted.url === 'function'))
  )
}

/** Whether a component wants a connection now. */
export const isEnabled = ({ url, options }: Given) =>
  url !== null && url !== undefined && options?.enabled !== false
