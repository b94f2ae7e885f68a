// A server and a clock in memory for components under test, unmounted after each; Vue's warnings are failures.
import { type MemoryServerOptions, manualClock, memoryServer } from '@hawser/core/testing'
import { enableAutoUnmount, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { defineComponent, h, nextTick, type Ref } from 'vue'
import { expectOurVue } from './vue-version'

enableAutoUnmount(afterEach)

beforeEach(() => {
  expectOurVue()
  vi.spyOn(console, 'warn')
})
afterEach(() => {
  expect(console.warn).not.toHaveBeenCalled()
  vi.restoreAllMocks()
})

/** Call it once in a test file: the page then draws a frame when the function that it gives is called, and Vue updates. */
export function manualFrames(): () => Promise<void> {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['requestAnimationFrame', 'cancelAnimationFrame', 'setTimeout', 'clearTimeout'],
    })
  })
  afterEach(() => {
    // What is still to be shown would otherwise wait for a frame that never comes.
    vi.runOnlyPendingTimers()
    vi.useRealTimers()
  })
  return async () => {
    vi.advanceTimersToNextFrame()
    await nextTick()
  }
}

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
