// On a server the composables render 'idle' and touch nothing.
// @vitest-environment node
import { createSocket } from '@hawser/core'
import { createRequests } from '@hawser/core/requests'
import { renderToString } from '@vue/server-renderer'
import { expect, it, vi } from 'vitest'
import { createSSRApp, defineComponent, effectScope, h, Suspense } from 'vue'
import {
  hawser,
  useLastMessage,
  useMessages,
  useRequest,
  useSend,
  useSocket,
  useSocketEvent,
  useSocketState,
} from '../../src'
import { setUp, showing } from '../support/set-up'

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

it('B109 touches nothing with any composable, also where the socket of a URL is passed on', async () => {
  const heard = vi.fn()
  const { component } = showing(() => {
    const { socket, status, latency, queued, error, lastMessage } = useSocket('/live')
    useSocketEvent(socket, 'message', heard)
    const [state, isOpen] = [useSocketState(socket), useSocketState(socket, (now) => now.status === 'open')]
    const [messages, last, sent] = [useMessages(socket), useLastMessage(socket), useSend(socket).messages]
    useMessages(socket, { limit: 5 })
    return () =>
      JSON.stringify([
        [status.value, state.value, isOpen.value],
        [latency.value, queued.value, error.value, lastMessage.value],
        [messages.value, last.value, sent.value],
      ])
  })
  const timer = vi.spyOn(globalThis, 'setTimeout')
  const { touched, restore } = watchGlobals()
  try {
    expect((await renderToString(createSSRApp(component))).replaceAll('&quot;', '"')).toBe(
      '<p>[["idle",{"status":"idle"},false],[null,0,null,null],[[],null,[]]]</p>',
    )
  } finally {
    restore()
  }
  expect(touched).toEqual([])
  expect(timer).not.toHaveBeenCalled()
})

it('B109 asks nothing: useRequest is idle, and a call rejects with ABORTED', async () => {
  const { clock, environment, server } = setUp()
  const socket = createSocket('ws://memory.test/', { environment })
  const requests = createRequests(socket)
  const request = vi.spyOn(requests, 'request')
  let asked: Promise<unknown> | undefined
  const { component } = showing(() => {
    const { request, status, data, error } = useRequest()
    asked = request({ type: 'user' })
    return () => [status.value, data.value, error.value].join()
  })
  const { touched, restore } = watchGlobals()
  try {
    const app = createSSRApp(component).use(hawser, { socket, requests })
    expect(await renderToString(app)).toBe('<p>idle,,</p>')
  } finally {
    restore()
  }
  await expect(asked).rejects.toMatchObject({ code: 'ABORTED' })
  expect([touched, request.mock.calls, server.connections.length, clock.timers]).toEqual([[], [], 0, 0])
})

it('B109 renders what an async setup waits for, with a socket in it', async () => {
  const { clock, environment, server } = setUp()
  const Later = defineComponent({
    async setup() {
      const { status } = useSocket('/live', { environment })
      const text = await Promise.resolve('there')
      return () => h('p', `${text} ${status.value}`)
    },
  })
  const page = createSSRApp(() => h(Suspense, null, { default: () => h(Later), fallback: () => 'wait' }))
  expect(await renderToString(page)).toBe('<p>there idle</p>')
  await clock.advance(31_000)
  expect([server.connections.length, clock.timers]).toEqual([0, 0])
})

it('B109 does not run in an effect scope either', async () => {
  const { clock, environment, server } = setUp()
  const scope = effectScope()
  const status = scope.run(() => useSocket('/live', { environment }).status)
  expect(status?.value).toBe('idle')
  await clock.advance(1_000)
  scope.stop()
  expect([server.connections.length, clock.timers]).toEqual([0, 0])
})

it('B109 keeps the requests of people apart: what one renders, another does not see', async () => {
  const { component } = showing(() => {
    const { socket, status } = useSocket('/live', { identity: 'ann' })
    seen.push(socket)
    return status
  })
  const seen: unknown[] = []
  for (let i = 0; i < 2; i += 1) await renderToString(createSSRApp(component))
  const [one, other] = (seen as { value: unknown }[]).map(({ value }) => value)
  expect(one).not.toBe(other)
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
