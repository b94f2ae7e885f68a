// Suspense: a component waits for the first open in an async setup, and nothing is left where nobody waits any more.
import { createSocket, type Socket } from '@hawser/core'
import { mount } from '@vue/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'
import { type Component, defineComponent, h, onErrorCaptured, ref, Suspense } from 'vue'
import { hawser, useSocket } from '../../src'
import { grace, setUp } from '../support/set-up'

const url = 'ws://memory.test/'

/** Vue says at info that Suspense may change. */
beforeEach(() => void vi.spyOn(console, 'info').mockImplementation(() => {}))

/** Shows the status once it is open, and counts. */
function waiting(use: () => Pick<ReturnType<typeof useSocket>, 'socket' | 'status'>) {
  const counted = { setups: 0, renders: 0 }
  const first: string[] = []
  const component = defineComponent({
    async setup() {
      counted.setups += 1
      const { socket, status } = use()
      first.push(status.value)
      await socket.value.opened()
      first.push(status.value)
      return () => {
        counted.renders += 1
        return h('p', status.value)
      }
    },
  })
  return { component, counted, first }
}

const suspended = (component: Component) =>
  h(Suspense, null, { default: () => h(component), fallback: () => h('i', 'wait') })

it('shows the fallback until the socket is open, and not again after a break', async () => {
  const { server, environment, pass } = setUp()
  const { component, counted, first } = waiting(() =>
    useSocket(url, { environment: { ...environment, random: () => 0.5 } }),
  )
  const wrapper = mount(() => suspended(component))
  expect(wrapper.html()).toBe('<i>wait</i>')
  await pass()
  await pass()
  expect(wrapper.html()).toBe('<p>open</p>')
  expect(first).toEqual(['idle', 'open'])
  server.latest.die()
  await pass()
  expect(wrapper.html()).toBe('<p>waiting</p>')
  await pass(grace)
  expect(wrapper.html()).toBe('<p>open</p>')
  expect([counted.setups, server.connections.length]).toEqual([1, 2])
})

it('waits for the provided socket, which it does not close', async () => {
  const { server, environment, pass } = setUp()
  const socket = createSocket(url, { environment })
  const { component } = waiting(() => useSocket())
  const wrapper = mount(() => suspended(component), { global: { plugins: [[hawser, { socket }]] } })
  await pass(grace)
  expect([wrapper.html(), server.connections.length]).toEqual(['<i>wait</i>', 0])
  socket.connect()
  await pass()
  await pass()
  expect(wrapper.html()).toBe('<p>open</p>')
  wrapper.unmount()
  await pass(grace)
  expect([server.connections.length, server.live]).toEqual([1, 1])
})

it('B107 shares one transport among components that wait', async () => {
  const { server, environment, pass } = setUp()
  const { component } = waiting(() => useSocket(url, { environment }))
  const wrapper = mount(() =>
    h(Suspense, null, { default: () => h('main', [h(component), h(component)]), fallback: () => 'wait' }),
  )
  await pass()
  await pass()
  expect(wrapper.text()).toBe('openopen')
  expect(server.connections).toHaveLength(1)
})

it('B113 leaves nothing after 31 s where the wait was abandoned', async () => {
  const { server, clock, environment, pass } = setUp({ mode: 'ignore' })
  const { component, counted } = waiting(() => useSocket(url, { environment }))
  const isShown = ref(true)
  const errors: unknown[] = []
  const wrapper = mount(() => (isShown.value ? suspended(component) : null), {
    global: { config: { errorHandler: (error) => void errors.push(error) } },
  })
  await pass()
  expect(server.live).toBe(1)
  isShown.value = false
  await pass(31_000)
  expect([server.live, clock.timers, counted.renders]).toEqual([0, 0, 0])
  expect(wrapper.html()).toBe('')
  // Vue tells of a setup that fails also where its component is gone.
  expect(errors).toMatchObject([{ code: 'CLOSED' }])
})

it('B113 waits on where another that waited for the same was abandoned', async () => {
  const { server, environment, pass } = setUp({ mode: 'ignore' })
  const { component } = waiting(() => useSocket(url, { environment }))
  const isShown = ref(true)
  const wrapper = mount(() => [isShown.value ? suspended(component) : null, suspended(component)], {
    global: { config: { errorHandler: () => {}, warnHandler: () => {} } },
  })
  await pass()
  isShown.value = false
  await pass(grace)
  server.latest.accept()
  await pass()
  await pass()
  expect(wrapper.text()).toBe('open')
  expect([server.connections.length, server.live]).toEqual([1, 1])
})

it('B113 leaves nothing of a component that was open when it was abandoned', async () => {
  const { server, clock, environment, pass } = setUp()
  const isShown = ref(true)
  const never = defineComponent({ setup: () => new Promise<() => null>(() => {}) })
  const { component } = waiting(() => useSocket(url, { environment }))
  mount(() =>
    isShown.value
      ? h(Suspense, null, { default: () => h('main', [h(component), h(never)]), fallback: () => 'wait' })
      : null,
  )
  await pass(grace)
  expect(server.live).toBe(1)
  isShown.value = false
  await pass(31_000)
  expect([server.connections.length, server.live, clock.timers]).toEqual([1, 0, 0])
})

it('fails into the error boundary where the socket ended for good', async () => {
  const { environment, pass } = setUp({ mode: 'refuse' })
  const { component } = waiting(() => useSocket(url, { environment, retries: 0 }))
  const errors: unknown[] = []
  const Boundary = defineComponent(() => {
    onErrorCaptured((error) => {
      errors.push(error)
      return false
    })
    return () => suspended(component)
  })
  mount(Boundary, { global: { config: { warnHandler: () => {} } } })
  await pass()
  await pass()
  expect(errors).toMatchObject([{ code: 'CLOSED' }])
})

it('waits on where the server is away for long', async () => {
  const { server, environment, pass } = setUp({ mode: 'refuse' })
  const { component } = waiting(() => useSocket(url, { environment }))
  const errors: unknown[] = []
  const wrapper = mount(() => suspended(component), {
    global: { config: { errorHandler: (error) => void errors.push(error), warnHandler: () => {} } },
  })
  await pass(60_000)
  expect(errors).toEqual([])
  server.mode = 'accept'
  await pass(15_000)
  await pass()
  expect(wrapper.html()).toBe('<p>open</p>')
})

it('follows a URL that changes while it waits', async () => {
  const { server, environment, pass } = setUp({ mode: 'ignore' })
  const to = ref(`${url}a`)
  let held: Socket<any, any> | undefined
  const component = defineComponent({
    async setup() {
      const { socket, status } = useSocket(to, { environment })
      held = socket.value
      await Promise.race([socket.value.opened(), pass()])
      return () => h('p', status.value)
    },
  })
  const wrapper = mount(() => suspended(component))
  server.mode = 'accept'
  to.value = `${url}b`
  await pass(grace)
  await pass()
  expect(wrapper.html()).toBe('<p>open</p>')
  expect(server.connections.filter(({ client }) => client.readyState === 1).map((one) => one.url)).toEqual([
    `${url}b`,
  ])
  expect(held?.state.get().status).toBe('closed')
})
