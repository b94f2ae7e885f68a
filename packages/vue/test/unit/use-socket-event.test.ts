// useSocketEvent: each event once, in order and at once, from mount to unmount.
import { createSocket, type Socket } from '@hawser/core'
import { mount } from '@vue/test-utils'
import { expect, it, vi } from 'vitest'
import { defineComponent, effectScope, h, KeepAlive, onMounted, ref, shallowRef } from 'vue'
import { hawser, useSocket, useSocketEvent } from '../../src'
import { setUp, showing, withSetup } from '../support/set-up'

const url = 'ws://memory.test/'

async function start() {
  const rig = setUp()
  const socket = createSocket(url, { environment: rig.environment })
  socket.connect()
  await rig.pass()
  const say = async (...messages: string[]) => {
    for (const message of messages) rig.server.latest.send(message)
    await rig.pass()
  }
  return { ...rig, socket, say }
}

it('B103 B104 calls the handler once for each message, the same one twice too, and renders nothing', async () => {
  const { socket, server, clock } = await start()
  const heard: unknown[] = []
  const { component, counted } = showing(() => {
    useSocketEvent(socket, 'message', (message) => heard.push(message))
    return () => 'still'
  })
  mount(component)
  const said = Array.from({ length: 2_000 }, (_, i) => `${Math.floor(i / 2)}`)
  for (const message of said) server.latest.send(message)
  await clock.advance(0)
  expect(heard).toEqual(said)
  expect(counted.renders).toBe(1)
})

it('tells every kind of event with what belongs to it', async () => {
  const { socket, server, pass } = await start()
  const heard: string[] = []
  withSetup(() => {
    useSocketEvent(socket, 'state', ({ status }) => heard.push(`state ${status}`))
    useSocketEvent(socket, 'close', ({ code }) => heard.push(`close ${code}`))
    useSocketEvent(socket, 'open', () => heard.push('open'))
    useSocketEvent(socket, 'drop', ({ error }) => heard.push(`drop ${error.code}`))
    useSocketEvent(socket, 'error', ({ code }) => heard.push(`error ${code}`))
    useSocketEvent(socket, 'message', () => {
      throw new Error('Faulty')
    })
  })
  server.latest.send('hi')
  await pass()
  server.latest.die()
  await pass()
  socket.send('late')
  socket.queue.clear()
  socket.connect()
  await pass()
  expect(heard.filter((one) => !one.startsWith('state'))).toEqual([
    'error LISTENER',
    'close 1006',
    'drop CLEARED',
    'open',
  ])
  expect(heard.filter((one) => one.startsWith('state'))).toContain('state waiting')
})

it('B112 sees the newest state without listening anew', async () => {
  const { socket, say } = await start()
  const on = vi.spyOn(socket, 'on')
  const factor = ref(1)
  const heard: number[] = []
  const { component } = showing(() => {
    useSocketEvent(socket, 'message', (message) => heard.push(Number(message) * factor.value))
    return factor
  })
  mount(component)
  await say('1')
  factor.value = 10
  await say('2')
  expect(heard).toEqual([1, 20])
  expect(on).toHaveBeenCalledTimes(1)
})

it('B108 follows a ref to another socket, and hears no more of the old one', async () => {
  const { socket: first, server, environment, pass } = await start()
  const second = createSocket(url, { environment })
  const current = shallowRef<Socket>(first)
  const heard: unknown[] = []
  withSetup(() => useSocketEvent(current, 'message', (message) => heard.push(message)))
  second.connect()
  await pass()
  current.value = second
  server.connections[0]?.send('old')
  server.connections[1]?.send('new')
  await pass()
  expect(heard).toEqual(['new'])
})

it('B108 changes sockets at once, not with the next update', async () => {
  const { socket: first, environment } = await start()
  const second = createSocket(url, { environment })
  const current = shallowRef<Socket>(first)
  const heard: string[] = []
  withSetup(() => useSocketEvent(current, 'state', ({ status }) => heard.push(status)))
  current.value = second
  void first.close()
  second.connect()
  expect([...new Set(heard)]).toEqual(['connecting'])
})

it('B108 follows useSocket(url).socket without missing what comes first', async () => {
  const { server, environment, pass } = setUp({ onOpen: (connection) => connection.send(connection.url) })
  const to = ref(`${url}a`)
  const heard: unknown[] = []
  withSetup(() => {
    const { socket } = useSocket(to, { environment })
    useSocketEvent(socket, 'message', (message) => heard.push(message))
    useSocketEvent(socket, 'close', () => heard.push('close'))
  })
  await pass()
  to.value = `${url}b`
  await pass()
  server.connections[0]?.die()
  await pass()
  expect(heard).toEqual([`${url}a`, `${url}b`])
})

it('listens from mount to unmount, and while put aside by KeepAlive', async () => {
  const { socket, say } = await start()
  const heard: unknown[] = []
  const isShown = ref(true)
  const { component } = showing(() => {
    useSocketEvent(socket, 'message', (message) => heard.push(message))
    return () => ''
  })
  const wrapper = mount(() => h(KeepAlive, () => (isShown.value ? h(component) : h('i'))))
  await say('mounted')
  isShown.value = false
  await say('aside')
  wrapper.unmount()
  await say('gone')
  expect(heard).toEqual(['mounted', 'aside'])
})

it('ends at once when unmounted by its own handler', async () => {
  const { socket, say } = await start()
  const heard: unknown[] = []
  const { wrapper } = withSetup(() =>
    useSocketEvent(socket, 'message', (message) => {
      heard.push(message)
      wrapper.unmount()
    }),
  )
  await say('one', 'two')
  expect(heard).toEqual(['one'])
})

it('works in an effect scope, and in a hook of a component that is already mounted', async () => {
  const { socket, say } = await start()
  const heard: string[] = []
  const hear = (who: string) =>
    useSocketEvent(socket, 'message', (message) => heard.push(`${who} ${message}`))
  const scope = effectScope()
  scope.run(() => hear('scope'))
  const { wrapper } = withSetup(() => onMounted(() => hear('hook')))
  await say('1')
  scope.stop()
  await say('2')
  wrapper.unmount()
  await say('3')
  expect(heard).toEqual(['scope 1', 'hook 1', 'hook 2'])
})

it('finds the socket of the app', async () => {
  const { socket, say } = await start()
  const heard: unknown[] = []
  mount(
    defineComponent(() => {
      useSocketEvent('message', (message) => heard.push(message))
      return () => null
    }),
    { global: { plugins: [[hawser, { socket }]] } },
  )
  await say('hi')
  expect(heard).toEqual(['hi'])
})
