// Events: nanoevents holds the registry; our emit keeps EventTarget's rules where nanoevents alone would not.

import { createNanoEvents, type Emitter as Registry } from 'nanoevents'

/** The methods of every registry; each has its own `events`, and nothing else, since there may be thousands. */
const methods = /* @__PURE__ */ createNanoEvents()

type Listeners<Events> = { [K in keyof Events]: (payload: Events[K]) => unknown }

/**
 * - A listener that is removed during an emit is not called any more, one that is added is not called yet.
 * - The same function added twice is called twice, and each removal takes one away.
 * - What a listener throws, or rejects with, goes to `onThrow`; the others are called all the same.
 */
export class Emitter<Events extends object> {
  readonly #registry = { __proto__: methods, events: {} } as unknown as Registry<Listeners<Events>>
  readonly #onThrow: (error: unknown, event: keyof Events) => void

  constructor(onThrow: (error: unknown, event: keyof Events) => void) {
    this.#onThrow = onThrow
  }

  on<K extends keyof Events>(event: K, listener: (payload: Events[K]) => void): () => void {
    let active = true
    // A function of its own for each registration: nanoevents removes by identity.
    const remove = this.#registry.on(event, ((payload: Events[K]) =>
      active ? listener(payload) : undefined) as Listeners<Events>[K])
    return () => {
      active = false
      remove()
    }
  }

  emit<K extends keyof Events>(event: K, payload: Events[K]): void {
    // nanoevents appends in place and replaces the array on removal: array and length are a snapshot together.
    const listeners = this.#registry.events[event]
    if (!listeners) return
    for (let i = 0, length = listeners.length; i < length; i++) {
      try {
        const result = listeners[i]?.(payload)
        if (result instanceof Promise) result.catch((error) => this.#onThrow(error, event))
      } catch (error) {
        this.#onThrow(error, event)
      }
    }
  }

  /** Whether anybody listens. */
  has(event: keyof Events): boolean {
    return !!this.#registry.events[event]?.length
  }
}
