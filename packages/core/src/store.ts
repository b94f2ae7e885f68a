// A Store is a view on a value and on the event that tells of its changes.

import type { Emitter } from './emitter'
import type { Store } from './types'

export const createStore = <Events extends object, T>(
  emitter: Emitter<Events>,
  event: keyof Events,
  get: () => T,
): Store<T> => ({
  get,
  subscribe: (listener) => emitter.on(event, () => listener()),
})
