// A store for what changes faster than it can be shown.

import type { Store } from '../types'
import { atNextFrame, attempt } from './frame'

/**
 * Reads a value once per frame in which something changed, and tells its listeners. In between, `get()` keeps to what was
 * told, so that all that is rendered of it agrees.
 *
 * @param attach listens to the source as long as anybody listens to the store; calls `changed` as often as it likes
 * @param read gives the same object until something in it changed
 */
export function pacedStore<T>(attach: (changed: () => void) => () => void, read: () => T): Store<T> {
  const listeners = new Set<() => void>()
  let shown = read()
  let detach = () => {}
  const show = () => {
    if (!listeners.size) return
    shown = read()
    for (const listener of [...listeners]) if (listeners.has(listener)) attempt(listener)
  }
  const changed = () => atNextFrame(show)
  return {
    get: () => shown,
    subscribe(given) {
      // One of its own: the same function may be given twice.
      const listener = () => given()
      listeners.add(listener)
      if (listeners.size === 1) {
        detach = attach(changed)
        // What changed while nobody listened.
        shown = read()
      }
      return () => {
        if (listeners.delete(listener) && !listeners.size) detach()
      }
    },
  }
}
