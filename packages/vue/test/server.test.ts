// On a server the composables render 'idle' and touch nothing.
// @vitest-environment node
import { createSocket } from '@hawser/core'
import { renderToString } from '@vue/server-renderer'
import { expect, it, vi } from 'vitest'
import { createSSRApp } from 'vue'
import { hawser, useSocket, useSocketState } from '../src'
import { setUp, showing } from './support/set-up'

/** Names that a server does not have, or whose use would show that more than rendering goes on. */
const names = ['WebSocket', 'location', 'navigator', 'document', 'localStorage'] as const

function watchGlobals() {
  const touched: string[] = []
  const before = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name))
  for (const name of names) {
    Object.defineProperty(globalThis, name, { configurable: true, get: () => void touched.push(name) })
  }
  const restore = () => {
    names.forEach((name, i) => {
      delete (globalThis as Record<string, unknown>)[name]
      const descriptor = before[i]
      if (descriptor) Object.defineProperty(globalThis, name, descriptor)
    })
  }
  return { touched, restore }
}

it('B109 touches no global and makes no transport, sets no timer', async () => {
  // A relative URL means nothing here, and everything in the page.
  const { component } = showing(() => {
    const { status, send } = useSocket(() => '/live', { retries: 3 })
    const nowhere = useSocket(() => null)
    return () => [status.value, typeof send, nowhere.status.value].join()
  })
  const timer = vi.spyOn(globalThis, 'setTimeout')
  const random = vi.spyOn(Math, 'random')
  const { touched, restore } = watchGlobals()
  try {
    expect(await renderToString(createSSRApp(component))).toBe('<p>idle,function,idle</p>')
  } finally {
    restore()
  }
  expect(touched).toEqual([])
  expect(timer).not.toHaveBeenCalled()
  expect(random).not.toHaveBeenCalled()
})

it('B109 makes no transport for a component that takes the socket out', async () => {
  const { clock, environment, server } = setUp()
  const { component } = showing(() => {
    const { socket } = useSocket('/live', { environment })
    return () => typeof socket.value.send
  })
  expect(await renderToString(createSSRApp(component))).toBe('<p>function</p>')
  await clock.advance(10_000)
  expect([server.connections.length, clock.timers]).toEqual([0, 0])
})

it('B109 has one stable snapshot, and leaves no listener on a socket that outlives the request', async () => {
  const { clock, environment } = setUp()
  const socket = createSocket('ws://memory.test/', { environment })
  const subscribe = vi.spyOn(socket.state, 'subscribe')
  const { component } = showing(() => {
    const states = [useSocket().status, useSocketState((state) => state.status)]
    const state = useSocketState()
    return () => [...states.map(({ value }) => value), state.value.status].join()
  })
  const render = () => renderToString(createSSRApp(component).use(hawser, { socket }))
  expect(await render()).toBe('<p>idle,idle,idle</p>')
  socket.connect()
  await clock.advance(0)
  expect(socket.state.get().status).toBe('open')
  expect(await render()).toBe('<p>idle,idle,idle</p>')
  expect(subscribe).not.toHaveBeenCalled()
})
