// What makes a class an EventTarget with `on…` attributes, and events of the runtime's own classes. None of them is
// looked up at import.

import type { CloseInfo } from '../types'

interface Handler {
  value: unknown
  handleEvent(event: Event): void
}

/** From now on our classes descend from the runtime's EventTarget. */
export function inherit(): void {
  Object.setPrototypeOf(Base, EventTarget)
  Object.setPrototypeOf(Base.prototype, EventTarget.prototype)
}

function Base(this: object): object {
  inherit()
  return Reflect.construct(EventTarget, [], new.target as never)
}

/** EventTarget, as a class can extend it before it is known whether there is one. */
export const Target = Base as unknown as new () => EventTarget

/** The attribute `on…` of an event (HTML, event handlers). */
export function handlerAttribute(type: string): PropertyDescriptor & ThisType<EventTarget> {
  const handlers = new WeakMap<EventTarget, Handler>()
  return {
    configurable: true,
    enumerable: true,
    get() {
      return handlers.get(this)?.value ?? null
    },
    set(value) {
      const handler = handlers.get(this)
      if (Object(value) !== value) {
        handlers.delete(this)
        this.removeEventListener(type, handler as Handler)
        // A new one takes the place that the old one has among the listeners.
      } else if (handler) handler.value = value
      else {
        const made: Handler = {
          value,
          handleEvent(event) {
            // Node 20 says its currentTarget to the first listener only.
            if (typeof this.value === 'function') this.value.call(event.target, event)
          },
        }
        handlers.set(this, made)
        this.addEventListener(type, made)
      }
    },
  }
}

let CloseEventHere: typeof CloseEvent | undefined

export function closeEvent({ code, reason, wasClean }: CloseInfo): CloseEvent {
  // Node has had one since 23.
  CloseEventHere ??= (globalThis.CloseEvent ??
    class CloseEvent extends Event {
      constructor(type: string, details: object) {
        super(type)
        Object.assign(this, details)
      }
    }) as typeof CloseEvent
  return new CloseEventHere('close', { code, reason, wasClean })
}
