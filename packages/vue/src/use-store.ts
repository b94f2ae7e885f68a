// useStore: a store of the core as a ref.

import type { Store } from '@hawser/core'
import { computed, effectScope, type Ref, shallowReadonly, shallowRef, triggerRef } from 'vue'
import { following } from './following'
import { looksAsOnServer, onClient } from './on-client'

export type Refs<Fields> = { readonly [K in keyof Fields]: Readonly<Ref<Fields[K]>> }

/**
 * A read-only ref that listens from its first reading on, and ends with the component or scope.
 *
 * @param from the store; another one when what it reads changes
 * @param onServer the value on a server, and until mounted while hydrating
 * @param eachTime whether watchers are told of the same value again
 */
export function useStore<T>(from: () => Store<T>, onServer: T, eachTime?: boolean): Readonly<Ref<T>> {
  const store = computed(from)
  const shown = shallowRef(onServer)
  const isHydrating = looksAsOnServer()
  // One of its own: the first reader may be in a component that ends before this one.
  const scope = effectScope(true)
  let isRead = false
  let isStarted = false
  const follow = () => {
    following(store, (now) => {
      const stop = now.subscribe(() => {
        const value = now.get()
        if (eachTime && value === shown.value) triggerRef(shown)
        else shown.value = value
      })
      shown.value = now.get()
      return stop
    })
  }
  onClient(() => {
    isStarted = true
    if (isRead) scope.run(follow)
    return () => scope.stop()
  })
  const value = {
    configurable: true,
    get() {
      if (isStarted && scope.active) isRead || scope.run(follow)
      else if (!isHydrating && (!isRead || scope.active)) shown.value = store.value.get()
      isRead = true
      return shown.value
    },
  }
  return shallowReadonly(Object.create(shown, { value }))
}
