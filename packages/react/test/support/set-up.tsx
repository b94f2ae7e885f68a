// A server and a clock in memory for components under test, frames on demand, and the page cleaned up after each.
import { createSocket, type SocketOptions } from '@hawser/core'
import { type MemoryServerOptions, manualClock, memoryServer } from '@hawser/core/testing'
import { act, cleanup } from '@testing-library/react'
import { Component, type ReactNode, version } from 'react'
import { afterEach, beforeEach, expect, inject, vi } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** The version of React that this project is about. */
    react: string
  }
}

expect(version.split('.')[0]).toBe(inject('react'))

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['requestAnimationFrame', 'cancelAnimationFrame', 'setTimeout', 'clearTimeout'],
  })
})

afterEach(() => {
  if (typeof window !== 'undefined') cleanup()
  vi.restoreAllMocks()
  vi.runOnlyPendingTimers()
  vi.useRealTimers()
})

/** Draws a frame, and lets React do what follows. */
export const frame = () => act(async () => void vi.advanceTimersToNextFrame())

/** Longer than the core waits after the last release. */
export const grace = 1_000

/** Longer than a socket is kept that was made in a render of which nothing came. */
export const unheldLife = 31_000

export const url = 'ws://memory.test/'

export function setUp(options: MemoryServerOptions = {}) {
  const clock = manualClock()
  const server = memoryServer({ clock, ...options })
  const environment = { clock, WebSocket: server.WebSocket }
  return {
    clock,
    server,
    environment,
    /** Lets the time go on, and React do what follows. */
    pass: (ms = 0) => act(() => clock.advance(ms)),
    /** What is left behind: clients that are not closed, and timers. */
    left: () => [server.live, clock.timers],
    /** A socket that is not connected yet. */
    create: (given: SocketOptions = {}) => createSocket(url, { ...given, environment }),
    /** A socket that is open. */
    async open(given: SocketOptions = {}) {
      const socket = createSocket(url, { ...given, environment })
      socket.connect()
      await clock.advance(0)
      return socket
    },
    /** Messages from the server, one after the other, on all connections. */
    async say(...messages: readonly string[]) {
      for (const message of messages) server.latest.send(message)
      await act(() => clock.advance(0))
    },
  }
}

/** Renders what a hook gives. */
export function Show({ hook }: { hook: () => ReactNode }) {
  return <p>{hook()}</p>
}

/** Shows what its children throw. */
export class Boundary extends Component<{ children: ReactNode }> {
  override state = { message: '' }
  static getDerivedStateFromError = ({ message }: Error) => ({ message })
  override render() {
    return this.state.message ? <p role="alert">{this.state.message}</p> : this.props.children
  }
}

/** React logs what a boundary catches. */
export function silenceErrors() {
  vi.spyOn(console, 'error').mockImplementation(() => {})
}
