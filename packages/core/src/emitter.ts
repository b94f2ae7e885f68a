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
  /** The listeners by event. Every change of them makes a new array. */
  readonly events: Registry<Listeners<Events>>['events']
  readonly #registry: Registry<Listeners<Events>>
  #emitting = 0
  readonly #onThrow: (error: unknown, event: keyof Events) => void

  /** @param events one object of the same shape for every emitter: each event, undefined */
  constructor(
    onThrow: (error: unknown, event: keyof Events) => void,
    events: { [K in keyof Events]?: undefined } = {},
  ) {
    this.events = events
    this.#registry = { __proto__: methods, events } as unknown as Registry<Listeners<Events>>
    this.#onThrow = onThrow
  }

  on<K extends keyof Events>(event: K, listener: (payload: Events[K]) => void): () => void {
    const { events } = this
    const before = events[event] ?? []
    // nanoevents removes by identity, so a function that is there already, or may just have been, is added as another.
    const isNew = !this.#emitting && !before.includes(listener)
    // It also appends in place: an emit that is under way goes on with the array that it has.
    events[event] = before.slice()
    let remove: (() => void) | undefined = this.#registry.on(
      event,
      (isNew ? listener : (payload) => listener(payload)) as Listeners<Events>[K],
    )
    // Of just the size: an array that was appended to has room for sixteen more.
    events[event] = events[event].slice()
    return () => {
      remove?.()
      // Called again it would take away what was added since.
      remove = undefined
    }
  }

  emit<K extends keyof Events>(event: K, payload: Events[K]): void {
    this.tell(event, this.events[event], payload)
  }

  /** The same, for who knows the listeners: a look-up by a name that varies would cost more than all the rest. */
  tell<K extends keyof Events>(
    event: K,
    listeners: Listeners<Events>[K][] | undefined,
    payload: Events[K],
  ): void {
    if (!listeners) return
    this.#emitting++
    for (let i = 0; i < listeners.length; i++) {
      const listener = listeners[i] as Listeners<Events>[K]
      // Every change makes a new array, so this one is a snapshot; whoever is no longer in the newest was removed.
      if (i && this.#isRemoved(event, listeners, listener)) continue
      try {
        const result = listener(payload)
        if (result instanceof Promise) result.catch((error) => this.#onThrow(error, event))
      } catch (error) {
        this.#onThrow(error, event)
      }
    }
    this.#emitting--
  }

  #isRemoved<K extends keyof Events>(
    event: K,
    told: Listeners<Events>[K][],
    listener: Listeners<Events>[K],
  ): boolean {
    const newest = this.events[event]
    return newest !== told && !newest?.includes(listener)
  }

  /** Whether anybody listens. */
  has(event: keyof Events): boolean {
    return !!this.events[event]?.length
  }
}
