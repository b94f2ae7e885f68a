// useOwnedSocket: the socket of a component that was given a URL, from mount to unmount.

import { type AnySocket, type Given, SocketHold, shareSocket } from '@hawser/core/bindings'
import {
  type ComputedRef,
  computed,
  getCurrentInstance,
  onActivated,
  onDeactivated,
  onScopeDispose,
  ref,
  shallowRef,
  toValue,
  watch,
} from 'vue'
import { onClient } from './on-client'
import type { SocketUrl, UseSocketOptions } from './use-socket'

/** A socket for each URL and identity, shared with the components that give the same, connected while mounted. */
export function useOwnedSocket(
  url: SocketUrl,
  options: () => UseSocketOptions | undefined,
): ComputedRef<AnySocket> {
  const isActive = ref(true)
  const given: Given = {
    get url() {
      return toValue(url)
    },
    get options() {
      const { whenDeactivated, enabled, identity, ...rest } = options() ?? {}
      return {
        ...rest,
        enabled: toValue(enabled) !== false && (isActive.value || whenDeactivated !== 'close'),
        identity: toValue(identity),
      }
    },
  }
  const hold = new SocketHold(given)
  const held = shallowRef(shareSocket(given))
  if (getCurrentInstance()) {
    onActivated(() => {
      isActive.value = true
    })
    onDeactivated(() => {
      isActive.value = false
    })
  }
  let isMounted = false
  const take = () => {
    held.value = hold.take(held.value, isMounted)
  }
  // From setup on: an async setup may wait for the socket, and be abandoned.
  take()
  onScopeDispose(() => hold.release())
  onClient(() => {
    isMounted = true
    return watch(() => [given.url, given.options], take, { immediate: true })
  })
  // What is sent right after a change goes to the new one.
  return computed(() => held.value.for(given).socket)
}
