// useStore: a store of the core as a ref.

import type { Store } from '@hawser/core'
import { computed, effectScope, type Ref, shallowReadonly, shallowRef, triggerRef, watch } from 'vue'
import { looksAsOnServer, onClient } from './on-client'

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
    watch(
      store,
      (now, _, onCleanup) => {
        const show = () => {
          const value = now.get()
          const isSame = Object.is(value, shown.value)
          shown.value = value
          if (isSame && eachTime) triggerRef(shown)
        }
        onCleanup(now.subscribe(show))
        shown.value = now.get()
      },
      { immediate: true, flush: 'sync' },
    )
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
