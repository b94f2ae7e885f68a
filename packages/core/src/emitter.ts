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
  #emitting = 0
  readonly #onThrow: (error: unknown, event: keyof Events) => void

  constructor(onThrow: (error: unknown, event: keyof Events) => void) {
    this.#onThrow = onThrow
  }

  on<K extends keyof Events>(event: K, listener: (payload: Events[K]) => void): () => void {
    const { events } = this.#registry
    const before = events[event] ?? []
    // nanoevents removes by identity, so a function that is there already, or may just have been, is added as another.
    const isNew = !this.#emitting && !before.includes(listener)
    // It also appends in place: an emit that is under way goes on with the array that it has.
    events[event] = before.slice()
    const remove = this.#registry.on(event, (isNew ? listener : (payload) => listener(payload)) as Listeners<Events>[K])
    // Of just the size: an array that was appended to has room for sixteen more.
    events[event] = events[event].slice()
    return remove
  }

  emit<K extends keyof Events>(event: K, payload: Events[K]): void {
    const { events } = this.#registry
    const listeners = events[event]
    if (!listeners) return
    this.#emitting++
    for (const listener of listeners) {
      // Every change makes a new array, so this one is a snapshot; whoever is no longer in the newest was removed.
      if (events[event] !== listeners && !events[event]?.includes(listener)) continue
      try {
        const result = listener(payload)
        if (result instanceof Promise) result.catch((error) => this.#onThrow(error, event))
      } catch (error) {
        this.#onThrow(error, event)
      }
    }
    this.#emitting--
  }

  /** Whether anybody listens. */
  has(event: keyof Events): boolean {
    return !!this.#registry.events[event]?.length
  }
}
