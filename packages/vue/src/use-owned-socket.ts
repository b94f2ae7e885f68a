// useOwnedSocket: the socket of a component that was given a URL, from mount to unmount.

import { type AnySocket, type Given, shareSocket, targetOf } from '@hawser/core/bindings'
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
import { isServer, onClient } from './on-client'
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
      const { whenDeactivated = 'keep', enabled, identity, ...rest } = options() ?? {}
      return {
        ...rest,
        enabled: toValue(enabled) !== false && (isActive.value || whenDeactivated === 'keep'),
        identity: toValue(identity),
      }
    },
  }
  const held = shallowRef(shareSocket(targetOf(given), given))
  if (getCurrentInstance()) {
    onActivated(() => {
      isActive.value = true
    })
    onDeactivated(() => {
      isActive.value = false
    })
  }
  // From setup on: an async setup may wait for the socket, and be abandoned.
  let release = isServer() ? undefined : held.value.hold(given, false)
  onScopeDispose(() => release?.())
  onClient(() =>
    watch(
      [() => targetOf(given)?.url, () => given.options?.identity, () => given.options?.enabled],
      () => {
        const before = held.value
        const target = targetOf(given)
        const now = before.for(target, given)
        release?.()
        release = now.hold(given, target !== undefined && given.options?.enabled !== false)
        held.value = now
        if (before !== now) before.drop()
      },
      { immediate: true },
    ),
  )
  return computed(() => held.value.socket)
}
