// A page that was rendered on a server and comes to life.
import { createSocket, json } from '@hawser/core'
import { createRequests } from '@hawser/core/requests'
import { afterEach, expect, it, vi } from 'vitest'
import { type App, type Component, createSSRApp, h, nextTick } from 'vue'
import { useRequest, useSocket, useSocketState } from '../../src'
import { grace, setUp, showing } from '../support/set-up'

const apps: App[] = []
afterEach(() => {
  for (const app of apps.splice(0)) app.unmount()
})

/** What the server sent, taken over by Vue. A mismatch would be a warning, and those are failures. */
function hydrate(component: Component, html: string) {
  vi.spyOn(console, 'error')
  const container = document.createElement('main')
  container.innerHTML = html
  const app = createSSRApp(() => h('div', h(component)))
  apps.push(app)
  app.mount(container)
  return { app, container }
}

it('B109 hydrates without a complaint beside a socket that is already open, and then shows it', async () => {
  const { environment, pass } = setUp()
  const socket = createSocket('ws://memory.test/', { environment })
  socket.connect()
  await pass()
  const { component } = showing(() => {
    const { status } = useSocket(socket)
    const state = useSocketState(socket)
    return () => `${status.value},${state.value.status}`
  })
  const { container } = hydrate(component, '<div><p>idle,idle</p></div>')
  const paragraph = container.querySelector('p')
  await nextTick()
  expect(container.innerHTML).toBe('<div><p>open,open</p></div>')
  expect(container.querySelector('p')).toBe(paragraph)
  expect(console.error).not.toHaveBeenCalled()
})

it('B109 hydrates a component with a URL of its own: one transport', async () => {
  const { environment, pass, server } = setUp()
  const { component } = showing(() => useSocket('ws://memory.test/', { environment }).status)
  const { app, container } = hydrate(component, '<div><p>idle</p></div>')
  await pass()
  expect(container.innerHTML).toBe('<div><p>open</p></div>')
  expect(console.error).not.toHaveBeenCalled()
  expect(server.connections).toHaveLength(1)
  app.unmount()
  apps.pop()
  await pass(grace)
  expect(server.live).toBe(0)
})

it('B109 hydrates without a complaint a component that asks in its setup, and then shows it', async () => {
  const { environment } = setUp()
  const requests = createRequests(createSocket('ws://memory.test/', { environment, codec: json() }))
  const { component } = showing(() => {
    const { request, status } = useRequest(requests)
    void request({ type: 'user' })
    return status
  })
  const { container } = hydrate(component, '<div><p>idle</p></div>')
  expect(console.error).not.toHaveBeenCalled()
  await nextTick()
  expect(container.innerHTML).toBe('<div><p>pending</p></div>')
})
