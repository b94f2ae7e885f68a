// A server and a clock in memory for components under test, unmounted after each; Vue's warnings are failures.
import { type MemoryServerOptions, manualClock, memoryServer } from '@hawser/core/testing'
import { enableAutoUnmount, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { defineComponent, h, nextTick, type Ref } from 'vue'

enableAutoUnmount(afterEach)

beforeEach(() => void vi.spyOn(console, 'warn'))
afterEach(() => {
  expect(console.warn).not.toHaveBeenCalled()
  vi.restoreAllMocks()
})

/** Longer than the core waits after the last release. */
export const grace = 1_000

export function setUp(options: MemoryServerOptions = {}) {
  const clock = manualClock()
  const server = memoryServer({ clock, ...options })
  return {
    clock,
    server,
    environment: { clock, WebSocket: server.WebSocket },
    /** Lets the time go on, and Vue do what follows. */
    async pass(ms = 0) {
      await nextTick()
      await clock.advance(ms)
      await nextTick()
    },
  }
}

/** A component that shows what `setup` gives, and counts its renders. */
export function showing(setup: () => Readonly<Ref<unknown>> | (() => unknown)) {
  const counted = { renders: 0 }
  const component = defineComponent(() => {
    const shown = setup()
    return () => {
      counted.renders += 1
      return h('p', String(typeof shown === 'function' ? shown() : shown.value))
    }
  })
  return { component, counted }
}

/** Mounts a component for what its setup makes; it renders nothing of it. */
export function withSetup<T>(
  setup: () => T,
  options: Parameters<typeof mount>[1] = {},
): { result: T; wrapper: VueWrapper } {
  let result: T | undefined
  const component = defineComponent(() => {
    result = setup()
    return () => h('p')
  })
  const wrapper = mount(component, options as Record<string, unknown>)
  return { result: result as T, wrapper }
}
