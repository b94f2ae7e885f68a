// Where a socket connects to, as far as it makes it another one.

import type { Provider, WebSocketConstructor } from '../types'
import { resolveUrl } from '../url'
import type { Given } from './given'

/** What makes two sockets the same. */
export interface Target {
  readonly url: string | Provider<string | URL>
  readonly identity: string | undefined
  readonly WebSocket: WebSocketConstructor | undefined
}

/** Servers render for many people, and never connect. */
export const isServer = () => typeof window === 'undefined'

/** @returns `undefined` where there is nothing to connect to yet */
export function targetOf({ url, options }: Given): Target | undefined {
  if (url === null || url === undefined) return undefined
  return {
    url: typeof url === 'function' ? url : absolute(url, options?.environment?.baseUrl),
    identity: options?.identity,
    WebSocket: options?.environment?.WebSocket,
  }
}

function absolute(url: string | URL, base: string | undefined): string {
  try {
    return resolveUrl(url, base ?? (isServer() ? undefined : window.location?.href))
  } catch {
    // What no WebSocket takes is told by the socket, as state.
    return String(url)
  }
}

/** Whether a component that gave the one and gives the other means the same: its functions are new at each render. */
export function isSameTarget(one: Target, other: Target | undefined): boolean {
  return (
    one.identity === other?.identity &&
    (one.url === other?.url || (typeof one.url === 'function' && typeof other?.url === 'function'))
  )
}
