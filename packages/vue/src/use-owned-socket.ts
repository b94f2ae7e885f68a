// useOwnedSocket: the socket of a component that was given a URL, from mount to unmount.

import { createSocket, SocketError, type SocketOptions } from '@hawser/core'
import { type ComputedRef, computed, type MaybeRefOrGetter, shallowRef, toValue, watch } from 'vue'
import type { AnySocket } from './injection'
import { onClient } from './on-client'

/** Where to connect to. `null` or `undefined`: nowhere. */
export type SocketUrl = MaybeRefOrGetter<string | URL | null | undefined>

interface Owned {
  /** Made when it is first read, which on a server is never. */
  readonly socket: AnySocket
  url: string | undefined
}

/** A socket for each `url`, connected while mounted. */
export function useOwnedSocket(url: SocketUrl, options: SocketOptions | undefined): ComputedRef<AnySocket> {
  const newest = () => toValue(url)?.toString()
  const owned = shallowRef(own(newest(), options))
  onClient(() =>
    watch(
      newest,
      (url, _, onCleanup) => {
        if (url === undefined) return
        // The first URL takes the socket that waited for it, with its queue.
        owned.value.url ??= url
        if (owned.value.url !== url) {
          // Without the grace of a release: it could connect once more. What waits was meant for the old URL.
          owned.value.socket.queue.clear()
          void owned.value.socket.close()
          owned.value = own(url, options)
        }
        onCleanup(owned.value.socket.retain())
      },
      { immediate: true },
    ),
  )
  return computed(() => owned.value.socket)
}

function own(url: string | undefined, options: SocketOptions | undefined): Owned {
  let socket: AnySocket | undefined
  const owned: Owned = {
    url,
    get socket() {
      socket ??= createSocket(urlOf, options)
      return socket
    },
  }
  // Always a function: a URL that no WebSocket takes then shows as state, and a relative one is fine on a server.
  const urlOf = () => {
    if (owned.url === undefined) throw new SocketError('INVALID_OPTION', 'useSocket(null) has no URL yet.')
    return owned.url
  }
  return owned
}
