// How a socket reaches the composables, and what they say where none does.
import { createSocket } from '@hawser/core'
import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { createApp, defineComponent, effectScope, h, inject, reactive, ref, shallowRef } from 'vue'
import {
  hawser,
  provideSocket,
  useLastMessage,
  useMessages,
  useSend,
  useSocket,
  useSocketEvent,
  useSocketState,
} from '../../src'
import { requestsKey, socketKey } from '../../src/injection'
import { setUp, showing, withSetup } from '../support/set-up'

const url = 'ws://memory.test/'

const composables: Record<string, () => unknown> = {
  useSocket: () => useSocket(),
  useSocketState: () => useSocketState(),
  useSocketEvent: () => useSocketEvent('message', () => {}),
  useMessages: () => useMessages(),
  useLastMessage: () => useLastMessage(),
  useSend: () => useSend(),
}

describe.each(Object.entries(composables))('%s without a socket', (name, composable) => {
  const said = expect.objectContaining({
    name: 'SocketError',
    code: 'NO_SOCKET',
    message: expect.stringContaining(
      `${name}() found no socket: call it in setup below app.use(hawser, { socket }) or provideSocket(socket), ` +
        `or pass one: ${name}(socket).`,
    ),
  })

  it('says in setup what is missing, and how to mend it', () => {
    expect(() => withSetup(composable, { global: { config: { warnHandler: () => {} } } })).toThrow(said)
  })

  it('says so outside of components, too', () => {
    expect(composable).toThrow(said)
  })
})

it('the composables find the socket that runWithContext of an app gives', () => {
  const socket = createSocket(url)
  const app = createApp({}).use(hawser, { socket })
  const scope = effectScope()
  const found = app.runWithContext(() => scope.run(() => useSocket().socket.value))
  expect(found).toBe(socket)
  scope.stop()
})

it('the one who provides a socket finds that of its parents', () => {
  const [outer, inner] = [createSocket(url), createSocket(url)]
  let found: unknown
  const Provider = defineComponent(() => {
    provideSocket(inner)
    found = useSocket().socket.value
    return () => null
  })
  mount(() => h(Provider), { global: { plugins: [[hawser, { socket: outer }]] } })
  expect(found).toBe(outer)
})

it('B108 a provided ref is followed, such as the socket of a URL that changes', async () => {
  const { environment, server, pass } = setUp()
  const to = ref('ws://memory.test/a')
  const { component } = showing(() => useSocketState((state) => state.status))
  const Provider = defineComponent(() => {
    provideSocket(useSocket(to, { environment }).socket)
    return () => h(component)
  })
  const wrapper = mount(Provider)
  await pass()
  expect(wrapper.text()).toBe('open')
  server.mode = 'ignore'
  to.value = 'ws://memory.test/b'
  await pass()
  expect(wrapper.text()).toBe('connecting')
})

it('an app has one socket of its own', () => {
  const [one, other] = [createSocket(url), createSocket(url)]
  const found = [one, other].map((socket) => {
    const { result } = withSetup(() => useSocket(), { global: { plugins: [[hawser, { socket }]] } })
    return result.socket.value
  })
  expect(found).toEqual([one, other])
  expect(found[0]).toBe(one)
})

it('devtools show what is provided by a name', () => {
  const socket = createSocket(url)
  const { result } = withSetup(() => ({ found: inject(socketKey) }), {
    global: { plugins: [[hawser, { socket }]] },
  })
  expect(result.found).toBe(socket)
  expect([socketKey, requestsKey].map(String)).toEqual(['Symbol(hawser)', 'Symbol(hawser requests)'])
})

it('a socket works out of reactive state, where apps keep it', async () => {
  const { environment, pass, server } = setUp()
  const socket = createSocket(url, { environment })
  const kept = [ref({ socket }).value.socket, reactive({ socket }).socket, shallowRef(socket).value]
  const { result } = withSetup(() => kept.map((one) => useSocket(one).status))
  socket.connect()
  await pass()
  expect(result.map(({ value }) => value)).toEqual(['open', 'open', 'open'])
  expect(server.connections).toHaveLength(1)
})
