// Events: nanoevents holds the registry; our emit keeps EventTarget's rules where nanoevents alone would not.

import { createNanoEvents } from 'nanoevents'

export interface Emitter<Events> {
  on<K extends keyof Events>(event: K, listener: (payload: Events[K]) => void): () => void
  emit<K extends keyof Events>(event: K, payload: Events[K]): void
  /** Whether anybody listens. */
  has(event: keyof Events): boolean
}

/**
 * - A listener that is removed during an emit is not called any more, one that is added is not called yet.
 * - The same function added twice is called twice, and each removal takes one away.
 * - What a listener throws, or rejects with, goes to `onThrow`; the others are called all the same.
 */
export function createEmitter<Events extends object>(
  onThrow: (error: unknown, event: keyof Events) => void,
): Emitter<Events> {
  const registry = createNanoEvents<{ [K in keyof Events]: (payload: Events[K]) => unknown }>()
  return {
    on(event, listener) {
      let active = true
      // A function of its own for each registration: nanoevents removes by identity.
      const remove = registry.on(event, (payload) => (active ? listener(payload) : undefined))
      return () => {
        active = false
        remove()
      }
    },
    emit(event, payload) {
      // nanoevents appends in place and replaces the array on removal: array and length are a snapshot together.
      const listeners = registry.events[event]
      if (!listeners) return
      for (let i = 0, length = listeners.length; i < length; i++) {
        try {
          const result = listeners[i]?.(payload)
          if (result instanceof Promise) result.catch((error) => onThrow(error, event))
        } catch (error) {
          onThrow(error, event)
        }
      }
    },
    has: (event) => !!registry.events[event]?.length,
  }
}
