// The fields of a socket, of which a component follows those that it read: for frameworks that render by comparing
// snapshots, as React does.

import { fieldStores, type SocketFields } from './fields'
import type { AnySocket } from './given'

type Field = keyof SocketFields

interface Followed {
  store: ReturnType<(typeof fieldStores)[Field]> | undefined
  value: unknown
  off: (() => void) | undefined
}

/** What a server renders, and a page that takes over from it. */
export const fieldsOnServer: SocketFields = {
  status: 'idle',
  latency: undefined,
  queued: 0,
  error: undefined,
  lastMessage: undefined,
}

/** Does not touch the socket before a field is read in a page. */
export function createFieldReader(source: { readonly socket: AnySocket }) {
  const followed = new Map<Field, Followed>()
  let changed: (() => void) | undefined
  let count = 0
  let isServer = false

  const storeOf = (field: Field, one: Followed) => {
    one.store ??= fieldStores[field](source.socket)
    return one.store
  }
  const follow = () => {
    if (!changed) return
    for (const [field, one] of followed) one.off ??= storeOf(field, one).subscribe(() => changed?.())
  }
  /** Another number when something that was read is another. */
  const version = () => {
    isServer = false
    for (const [field, one] of followed) {
      const value = storeOf(field, one).get()
      if (!Object.is(value, one.value)) count++
      one.value = value
    }
    return count
  }
  return {
    version,
    serverVersion() {
      isServer = true
      return count
    },
    /** The value, and the wish to follow it from now on. */
    read<K extends Field>(field: K): SocketFields[K] {
      let one = followed.get(field)
      if (!one) {
        one = { store: undefined, value: fieldsOnServer[field], off: undefined }
        followed.set(field, one)
        if (!isServer) {
          // At once: what is read outside of renders would else stay as it is until the next.
          follow()
          one.value = storeOf(field, one).get()
        }
      }
      return one.value as SocketFields[K]
    },
    subscribe(listener: () => void) {
      changed = listener
      follow()
      return () => {
        changed = undefined
        for (const one of followed.values()) {
          one.off?.()
          one.off = undefined
        }
      }
    },
  }
}
