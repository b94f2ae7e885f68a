// The fields of useSocket: each followed by itself, from its first reading on, wherever that is.
import { createSocket, heartbeat } from '@hawser/core'
import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import {
  defineComponent,
  effectScope,
  h,
  isReadonly,
  isRef,
  nextTick,
  onUnmounted,
  proxyRefs,
  ref,
  watch,
  watchEffect,
} from 'vue'
import { useSocket } from '../../src'
import { manualFrames, setUp, showing, withSetup } from '../support/set-up'

const url = 'ws://memory.test/'
const frame = manualFrames()
const fields = ['status', 'latency', 'queued', 'error', 'lastMessage'] as const

function start() {
  const rig = setUp({ onMessage: (data, connection) => data === 'ping' && connection.send('pong') })
  const socket = createSocket(url, {
    environment: rig.environment,
    heartbeat: heartbeat({ interval: 1_000, timeout: 500 }),
  })
  /** Lets the time go on, and draws what came of it. */
  const show = async (ms = 0) => {
    await rig.pass(ms)
    await frame()
  }
  return { ...rig, socket, show }
}

it('B110 renders a component for the fields that it reads, and for no other', async () => {
  const { socket, server, show } = start()
  let rendered: string[] = []
  for (const name of fields) {
    mount(
      showing(() => {
        const field = useSocket(socket)[name]
        return () => {
          rendered.push(name)
          return field.value
        }
      }).component,
    )
  }
  const renderedBy = async (happen: () => unknown, ms?: number) => {
    rendered = []
    await happen()
    await show(ms)
    return [...new Set(rendered)]
  }
  expect(await renderedBy(() => socket.send('early'))).toEqual(['queued'])
  expect(await renderedBy(() => socket.connect())).toEqual(['status', 'queued'])
  expect(await renderedBy(() => server.latest.send('hi'))).toEqual(['lastMessage'])
  expect(await renderedBy(() => {}, 1_000)).toEqual(['latency'])
  const off = socket.on('message', () => {
    throw new Error('Faulty')
  })
  expect(await renderedBy(() => server.latest.send('oh'))).toEqual(['error', 'lastMessage'])
  off()
})

it('shows all of them in one template', async () => {
  const { socket, server, show } = start()
  const { component } = showing(() => {
    const { status, latency, queued, error, lastMessage } = useSocket(socket)
    return () =>
      [status, latency, queued, error.value?.code, lastMessage].map((one) => (isRef(one) ? one.value : one))
  })
  const wrapper = mount(component)
  expect(wrapper.text()).toBe('idle,,0,,')
  socket.send('a')
  socket.send('b')
  await show()
  expect(wrapper.text()).toBe('idle,,2,,')
  socket.connect()
  await show()
  expect(wrapper.text()).toBe('open,,0,,')
  await show(1_000)
  server.latest.send('hi')
  await show()
  expect(wrapper.text()).toBe('open,0,0,,hi')
  server.mode = 'ignore'
  server.latest.die()
  await show(12_000)
  expect(wrapper.text()).toMatch(/^\w+,0,0,CONNECT_TIMEOUT,hi$/)
})

describe('a field that is first read late', () => {
  it('B110 is followed from then on by the template', async () => {
    const { socket, show } = start()
    const isShown = ref(false)
    const { component, counted } = showing(() => {
      const { queued } = useSocket(socket)
      return () => (isShown.value ? queued.value : 'hidden')
    })
    const wrapper = mount(component)
    socket.send('one')
    await show()
    expect(counted.renders).toBe(1)
    isShown.value = true
    await nextTick()
    expect(wrapper.text()).toBe('1')
    socket.send('two')
    await show()
    expect(wrapper.text()).toBe('2')
    expect(counted.renders).toBe(3)
  })

  it('is followed by a watcher that reads it in the middle of its life', async () => {
    const { socket, show } = start()
    const isWanted = ref(false)
    const seen: unknown[] = []
    withSetup(() => {
      const { queued } = useSocket(socket)
      watch(
        () => (isWanted.value ? queued.value : 'unread'),
        (count) => seen.push(count),
      )
    })
    isWanted.value = true
    await nextTick()
    socket.send('one')
    await show()
    expect(seen).toEqual([0, 1])
  })

  it('is followed as long as its owner lives, also when it was read in a component that went before', async () => {
    const { socket, show } = start()
    const hasChild = ref(true)
    const Parent = defineComponent(() => {
      const { queued } = useSocket(socket)
      const Child = defineComponent(() => {
        const first = queued.value
        return () => h('i', first)
      })
      // Not read by the parent before the child was there.
      return () => h('p', hasChild.value ? h(Child) : queued.value)
    })
    const isReady = ref(false)
    const wrapper = mount(() => (isReady.value ? h(Parent) : null))
    isReady.value = true
    await nextTick()
    hasChild.value = false
    await nextTick()
    socket.send('one')
    await show()
    expect(wrapper.text()).toBe('1')
  })

  it('is followed as long as its owner lives, also when a scope that read it ended', async () => {
    const { socket, show } = start()
    const { queued } = withSetup(() => useSocket(socket)).result
    const scope = effectScope()
    scope.run(() => watchEffect(() => queued.value))
    scope.stop()
    socket.send('one')
    await show()
    expect(queued.value).toBe(1)
  })

  it('is the newest value each time that it is read before mount', async () => {
    const { socket } = start()
    const seen: string[] = []
    withSetup(() => {
      const { status } = useSocket(socket)
      seen.push(status.value)
      socket.connect()
      seen.push(status.value)
    })
    expect(seen).toEqual(['idle', 'connecting'])
  })

  it('is not listened to when that is after unmount', () => {
    const { socket } = start()
    const subscribe = vi.spyOn(socket.queue, 'subscribe')
    const seen: unknown[] = []
    const { wrapper } = withSetup(() => {
      const { queued } = useSocket(socket)
      onUnmounted(() => seen.push(queued.value))
    })
    socket.send('one')
    wrapper.unmount()
    expect(seen).toEqual([1])
    expect(subscribe).not.toHaveBeenCalled()
  })
})

it('tells status at once, and the others with the next frame', async () => {
  const { socket, server, pass } = start()
  const { status, lastMessage, queued } = withSetup(() => useSocket(socket)).result
  expect([status.value, lastMessage.value, queued.value]).toEqual(['idle', undefined, 0])
  socket.send('early')
  socket.connect()
  expect([status.value, queued.value]).toEqual(['connecting', 0])
  await pass()
  server.latest.send('hi')
  await pass()
  expect([status.value, lastMessage.value]).toEqual(['open', undefined])
  await frame()
  expect([status.value, lastMessage.value, queued.value]).toEqual(['open', 'hi', 0])
})

it('forgets the error with the next open', async () => {
  const { socket, server, show } = start()
  server.mode = 'ignore'
  const { error } = withSetup(() => useSocket(socket)).result
  expect(error.value).toBe(undefined)
  socket.connect()
  await show(10_000)
  expect(error.value).toMatchObject({ code: 'CONNECT_TIMEOUT' })
  server.mode = 'accept'
  await show(2_000)
  expect(socket.state.get().status).toBe('open')
  expect(error.value).toBe(undefined)
})

it('listens to nothing that is not read, and to nothing after unmount', async () => {
  const { socket } = start()
  const spies = [socket.state, socket.latency, socket.queue].map((store) => vi.spyOn(store, 'subscribe'))
  const on = vi.spyOn(socket, 'on')
  const { result, wrapper } = withSetup(() => useSocket(socket))
  expect([...spies, on].map((spy) => spy.mock.calls.length)).toEqual([0, 0, 0, 0])
  const told = vi.fn()
  watch([result.status, result.queued, result.lastMessage], told, { flush: 'sync' })
  expect(spies.map((spy) => spy.mock.calls.length)).toEqual([1, 0, 1])
  wrapper.unmount()
  socket.send('late')
  socket.connect()
  await frame()
  expect(told).not.toHaveBeenCalled()
})

it('are refs to devtools: read-only, named in setup, and harmless to look at', async () => {
  const { socket, show } = start()
  const component = defineComponent({ setup: () => useSocket(socket), render: () => h('p') })
  const { vm } = mount(component)
  expect(vm.status).toBe('idle')
  socket.connect()
  await show()
  expect(vm).toMatchObject({ status: 'open', queued: 0, error: undefined, lastMessage: undefined })
  const { result } = withSetup(() => useSocket(socket))
  for (const name of fields) {
    expect([name, isRef(result[name]), isReadonly(result[name])]).toEqual([name, true, true])
  }
  expect(JSON.stringify(proxyRefs({ status: result.status }))).toBe('{"status":"open"}')
})
