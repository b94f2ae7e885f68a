// What the tests of the bindings share: a page whose frames and time the test moves, and components that hold sockets.
import { expect, onTestFinished, vi } from 'vitest'
import {
  type AnySocket,
  type Given,
  type SharedSocket,
  type SharedSocketOptions,
  SocketHold,
  type SocketUrl,
  shareSocket,
} from '../../../src/bindings'
import { type MemoryServerOptions, manualClock, memoryServer } from '../../../src/testing'

/** A page that draws a frame when the test says so. At the end of the test nothing may be due in it. */
export function drawnPage() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const document = { visibilityState: 'visible' as 'visible' | 'hidden' }
  const frames = new Map<number, () => void>()
  let asked = 0
  vi.stubGlobal('document', document)
  vi.stubGlobal('requestAnimationFrame', (fn: () => void) => {
    frames.set(++asked, fn)
    return asked
  })
  vi.stubGlobal('cancelAnimationFrame', (frame: number) => frames.delete(frame))
  const draw = () => {
    const now = [...frames.values()]
    frames.clear()
    for (const fn of now) fn()
  }
  onTestFinished(() => {
    draw()
    vi.runAllTimers()
    const left = [frames.size, vi.getTimerCount()]
    vi.unstubAllGlobals()
    vi.useRealTimers()
    expect(left, 'frames and timers left').toEqual([0, 0])
  })
  return {
    document,
    draw,
    /** How many frames were ever asked for. */
    get asked() {
      return asked
    },
    /** How many frames and timers are due. */
    get due() {
      return frames.size + vi.getTimerCount()
    },
  }
}

/** Longer than anything outlives the last holder: the grace, and the closing after it. */
export const grace = 2_200

/** Longer than a socket is kept that was made in a render of which nothing came. */
export const unheldLife = 30_001

/** Longer than a socket is kept that somebody waited for, once the server takes it. */
export const awaited = 60_000

/** A server in memory, and components on its clock. At the end of the test nothing of them may be left. */
export function page(options: MemoryServerOptions = {}) {
  vi.stubGlobal('window', { location: { href: 'https://app.test/rooms/one' } })
  const clock = manualClock(1_000_000)
  const server = memoryServer({ clock, ...options })
  const environment = { clock, WebSocket: server.WebSocket, random: () => 0.5 }
  const mounted = new Set<Component>()
  onTestFinished(async () => {
    for (const component of mounted) component.unmount()
    server.mode = 'accept'
    await clock.advance(awaited)
    const left = [server.live, clock.timers]
    vi.unstubAllGlobals()
    expect(left, 'transports and timers left').toEqual([0, 0])
  })
  const withPlatform = (options: SharedSocketOptions = {}) => ({ environment, ...options })
  /** A component that was rendered, and so far is nothing more. */
  const render = (url: SocketUrl | null, options?: SharedSocketOptions) =>
    new Component({ url, options: withPlatform(options) })
  return {
    clock,
    server,
    environment,
    render,
    mount(url: SocketUrl | null, options?: SharedSocketOptions) {
      const component = render(url, options)
      mounted.add(component)
      return component.mount()
    },
    update(component: Component, url: SocketUrl | null, options?: SharedSocketOptions) {
      component.update({ url, options: withPlatform(options) })
    },
  }
}

/** Does with a socket what a component of any framework does. */
export class Component {
  shared: SharedSocket
  #newest: Given
  readonly #given: { -readonly [K in keyof Given]: Given[K] }
  readonly #hold: SocketHold
  #isMounted = false

  constructor(newest: Given) {
    this.#newest = newest
    this.#given = { ...newest }
    this.#hold = new SocketHold(this.#given)
    this.shared = shareSocket(newest)
  }

  get socket(): AnySocket {
    return this.shared.socket
  }

  mount(): this {
    this.#isMounted = true
    Object.assign(this.#given, this.#newest)
    this.shared = this.#hold.take(this.shared)
    return this
  }

  /** Rendered anew. */
  update(newest: Given): void {
    this.#newest = newest
    this.shared = this.shared.for(newest)
    if (!this.#isMounted) return
    this.mount()
    this.shared.prefer(this.#given)
  }

  unmount(): void {
    this.#isMounted = false
    this.#hold.release()
  }
}
