// What a component can show of a socket: each field a store of its own, so that it can be followed by itself.

import type { SocketError } from '../errors'
import type { Socket, SocketState, Store } from '../types'
import { lastMessage } from './messages'
import { pacedStore } from './paced-store'

export interface SocketFields<In = unknown> {
  /** What it is doing, in one word: told at once. The others come once per frame. */
  readonly status: SocketState['status']
  /** The last round trip of the heartbeat, in milliseconds. */
  readonly latency: number | undefined
  /** How many messages wait. */
  readonly queued: number
  /** The last `error` event since the last open; of a socket that was made elsewhere, since the field is first read. */
  readonly error: SocketError | undefined
  /** The last message since the field is first read. */
  readonly lastMessage: In | undefined
}

export type FieldStores<In = unknown> = {
  readonly [K in keyof SocketFields<In>]: (socket: Socket<In, any>) => Store<SocketFields<In>[K]>
}

/** What a server renders, and a page that takes over from it. */
export const fieldsOnServer: SocketFields = {
  status: 'idle',
  latency: undefined,
  queued: 0,
  error: undefined,
  lastMessage: undefined,
}

/** The same fields, with what is made of each. */
export const eachField = <Fields extends object, T>(
  fields: Fields,
  make: (name: keyof Fields, value: Fields[keyof Fields]) => T,
) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, make(name as keyof Fields, value)]),
  ) as { readonly [K in keyof Fields]: T }

/** Functions that call those of whatever is there by then. */
export const forward = <T extends object, Name extends keyof T>(target: () => T, ...names: Name[]) =>
  Object.fromEntries(
    names.map((name) => [name, (...args: unknown[]) => (target() as any)[name](...args)]),
  ) as Pick<T, Name>

/** Who remembers the last error of a socket, also one from before a component asked for it. */
export const lastErrors = /* @__PURE__ */ new WeakMap<object, () => SocketError | undefined>()

/** Nothing is listened to before a store is subscribed to. */
export const fieldStores: FieldStores<any> = {
  status: ({ state }) => ({ get: () => state.get().status, subscribe: state.subscribe }),
  latency: ({ latency }) => pacedStore(latency.subscribe, latency.get),
  queued: ({ queue }) => pacedStore(queue.subscribe, () => queue.get().messages),
  error: (socket) => {
    let error: SocketError | undefined
    /** The connection that was open when it came. */
    let during: number | undefined
    const openSince = () => {
      const state = socket.state.get()
      return state.status === 'open' ? state.since : undefined
    }
    const read = lastErrors.get(socket) ?? (() => error)
    return pacedStore((changed) => {
      const set = (next?: SocketError) => {
        error = next
        during = openSince()
        changed()
      }
      // It opened while nobody listened.
      if ((openSince() ?? during) !== during) error = undefined
      const offs = [socket.on('error', set), socket.on('open', () => set())]
      return () => {
        for (const off of offs) off()
      }
    }, read)
  },
  lastMessage: (socket) => lastMessage(socket),
}
