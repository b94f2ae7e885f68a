// useOwnedSocket: the socket of a component that was given a URL, from mount to unmount.

import { createSocket, type Provider, SocketError, type SocketOptions } from '@hawser/core'
import { useEffect, useRef, useState } from 'react'
import type { AnySocket } from './socket-context'

/** Where to connect to. A function is called at each attempt, as in `createSocket`. */
export type SocketUrl = string | URL | Provider<string | URL>

interface Given {
  readonly url: SocketUrl | null | undefined
  readonly options: SocketOptions | undefined
}

export interface Owned {
  /** Made when it is first read, which on a server is never. */
  readonly socket: AnySocket
  /** What the newest render gave. */
  latest: Given
}

/**
 * A socket for each `url`, connected while mounted. Functions are one and the same URL, for they are new at each render;
 * the newest one is called.
 *
 * @param url `null` or `undefined`: not connected
 */
export function useOwnedSocket(url: Given['url'], options: Given['options']): Owned {
  const wanted = url !== null && url !== undefined
  const key = wanted ? (typeof url === 'function' ? 'function' : String(url)) : undefined
  // State, not a memo: hot reload and StrictMode keep it, and what an abandoned render made was never connected.
  const [held, hold] = useState(() => ({ key, owned: own({ url, options }) }))
  let { owned } = held
  if (wanted && key !== held.key) {
    // The first URL takes the socket that waited for it, with its queue.
    if (held.key !== undefined) owned = own({ url, options })
    hold({ key, owned })
  }
  const previous = useRef(owned)
  useEffect(() => {
    // Without the grace of a release: it could connect once more. What waits was meant for the old URL.
    if (previous.current !== owned) {
      previous.current.socket.queue.clear()
      void previous.current.socket.close()
    }
    previous.current = owned
    owned.latest = { url: url ?? owned.latest.url, options }
  })
  // Behind the effect above: the first attempt is already made with the newest functions.
  useEffect(() => (wanted ? owned.socket.retain() : undefined), [owned, wanted])
  return owned
}

function own(latest: Given): Owned {
  let socket: AnySocket | undefined
  const owned: Owned = {
    latest,
    get socket() {
      socket ??= create(owned)
      return socket
    },
  }
  return owned
}

/** A socket that calls the functions of the newest render. */
function create(owned: Owned): AnySocket {
  const options: Record<string, unknown> = { ...owned.latest.options }
  for (const [name, first] of Object.entries(options)) {
    if (typeof first !== 'function') continue
    options[name] = (...args: unknown[]) => {
      const newest = owned.latest.options?.[name as keyof SocketOptions]
      return (typeof newest === 'function' ? (newest as typeof first) : first)(...args)
    }
  }
  // Always a function: a URL that no WebSocket takes then shows as state, and a relative one is fine on a server.
  return createSocket((context) => {
    const { url } = owned.latest
    if (url === null || url === undefined)
      throw new SocketError('INVALID_OPTION', 'useSocket(null) has no URL yet.')
    return typeof url === 'function' ? url(context) : url
  }, options)
}
