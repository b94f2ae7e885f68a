// A server and a clock in memory for components under test, and the page cleaned up after each.
import { type MemoryServerOptions, manualClock, memoryServer } from '@hawser/core/testing'
import { act, cleanup } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, vi } from 'vitest'

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

/** Longer than the core waits after the last release. */
export const grace = 1_000

/** Longer than a socket is kept that was made in a render of which nothing came. */
export const unheldLife = 31_000

export function setUp(options: MemoryServerOptions = {}) {
  const clock = manualClock()
  const server = memoryServer({ clock, ...options })
  return {
    clock,
    server,
    environment: { clock, WebSocket: server.WebSocket },
    /** Lets the time go on, and React do what follows. */
    pass: (ms = 0) => act(() => clock.advance(ms)),
  }
}

/** Renders what a hook gives. */
export function Show({ hook }: { hook: () => ReactNode }) {
  return <p>{hook()}</p>
}
