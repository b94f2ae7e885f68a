// Options that are new objects at each render, for a socket that is made once: of their functions the newest is called.

import type { Heartbeat, SocketOptions } from '../types'
import type { SharedSocketOptions } from './given'

/**
 * The options to make a socket with. Functions, among them those in `auth`, are looked up when they are called, and the
 * heartbeat at each open; what the newest options lack is taken from the first. The rest is as it was at first.
 */
export function newestOptions(
  first: SharedSocketOptions = {},
  newest: () => SharedSocketOptions | undefined,
): SocketOptions {
  const { identity, enabled, ...options } = first
  const { auth, heartbeat } = options
  const found = <K extends keyof SharedSocketOptions>(name: K) => newest()?.[name] ?? first[name]
  const forwarded = Object.entries(options).map(([name, value]) => [
    name,
    typeof value === 'function'
      ? (...args: never[]) => {
          const now: unknown = found(name as keyof SharedSocketOptions)
          return typeof now === 'function' ? now(...args) : now
        }
      : value,
  ])
  return {
    ...Object.fromEntries(forwarded),
    ...(auth && { auth: { session: () => auth.session(() => newest()?.auth?.options ?? auth.options) } }),
    ...(heartbeat && {
      heartbeat: { begin: (host: never) => (found('heartbeat') as Heartbeat).begin(host) },
    }),
  }
}
