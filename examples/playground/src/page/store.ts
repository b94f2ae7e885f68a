// A value that can be watched, in the shape that Hawser's own stores have.

import type { Store } from '@hawser/core'

export interface Source<T> extends Store<T> {
  set(value: T): void
}

export function createSource<T>(value: T): Source<T> {
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const listener of [...listeners]) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
