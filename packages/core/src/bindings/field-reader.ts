// Fields of which a component follows those that it read: for frameworks that render by comparing snapshots, as React does.

import type { Store } from '../types'
import { eachField, fieldStores, fieldsOnServer, type SocketFields } from './fields'
import type { AnySocket } from './given'
import { type RequestState, type RequestTracker, requestOnServer } from './request-tracker'

interface Followed {
  store: Store<unknown> | undefined
  value: unknown
  off: (() => void) | undefined
}

/** Of a socket, which is not touched before a field is read in a page. */
export const createFieldReader = (source: { readonly socket: AnySocket }) =>
  fieldReader<SocketFields<any>>(fieldsOnServer, (name) => fieldStores[name](source.socket))

/** Of what became of the newest request. */
export const createRequestReader = ({ fields }: RequestTracker) =>
  fieldReader<RequestState<any>>(requestOnServer, (name) => fields[name])

function fieldReader<Fields extends object>(
  onServer: Fields,
  storeFor: (name: keyof Fields) => Store<unknown>,
) {
  type Field = keyof Fields
  const followed = new Map<Field, Followed>()
  let changed: (() => void) | undefined
  let count = 0
  let isServer = false

  const storeOf = (field: Field, one: Followed) => {
    one.store ??= storeFor(field)
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
  /** The value, and the wish to follow it from now on. */
  const read = <K extends Field>(field: K): Fields[K] => {
    let one = followed.get(field)
    if (!one) {
      one = { store: undefined, value: onServer[field], off: undefined }
      followed.set(field, one)
      if (!isServer) {
        // At once: what is read outside of renders would else stay as it is until the next.
        follow()
        one.value = storeOf(field, one).get()
      }
    }
    return one.value as Fields[K]
  }
  return {
    version,
    serverVersion() {
      isServer = true
      return count
    },
    read,
    /** `rest`, and the fields in it, each of which is read when it is asked for. */
    readable<Rest extends object>(rest: Rest): Rest & Readonly<Fields> {
      const members = eachField(onServer, (field) => ({ get: () => read(field), enumerable: true }))
      return Object.defineProperties(rest, members) as Rest & Fields
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
