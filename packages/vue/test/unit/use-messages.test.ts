// useMessages and useLastMessage: messages for showing, at the pace of the page.
import { createSocket, json, type Socket } from '@hawser/core'
import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import { h, isReadonly, KeepAlive, onMounted, ref, shallowRef, watch } from 'vue'
import { hawser, useLastMessage, useMessages, useSocket } from '../../src'
import { manualFrames, setUp, showing, withSetup } from '../support/set-up'

const url = 'ws://memory.test/'
const frame = manualFrames()

async function start() {
  const rig = setUp()
  const socket = createSocket(url, { environment: rig.environment })
  socket.connect()
  await rig.pass()
  /** The messages arrive, and nothing is drawn. */
  const hear = async (...messages: string[]) => {
    for (const message of messages) rig.server.latest.send(message)
    await rig.pass()
  }
  const say = async (...messages: string[]) => {
    await hear(...messages)
    await frame()
  }
  return { ...rig, socket, hear, say }
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => `${i}`)

describe('useMessages', () => {
  it('B103 shows all of a burst with one update', async () => {
    const { socket, hear } = await start()
    const { component, counted } = showing(() => {
      const messages = useMessages(socket, { limit: 2_000 })
      return () => messages.value.join()
    })
    const wrapper = mount(component)
    await hear(...numbers(2_000))
    expect(counted.renders).toBe(1)
    await frame()
    expect(wrapper.text()).toBe(numbers(2_000).join())
    expect(counted.renders).toBe(2)
  })

  it('B104 shows the same message twice', async () => {
    const { socket, say } = await start()
    const messages = withSetup(() => ({ all: useMessages(socket) })).result.all
    expect(messages.value).toEqual([])
    await say('same', 'same')
    await say('same')
    expect(messages.value).toEqual(['same', 'same', 'same'])
  })

  it('is another array when something came, and else the same one', async () => {
    const { socket, say } = await start()
    const { all } = withSetup(() => ({ all: useMessages(socket) })).result
    const empty = all.value
    await say('a')
    const one = all.value
    await frame()
    expect(all.value).toBe(one)
    await say('b')
    expect([empty, one, all.value]).toEqual([[], ['a'], ['a', 'b']])
    expect(isReadonly(all)).toBe(true)
  })

  it('keeps the last 100, or as many as limit says, of those that the filter lets through', async () => {
    const { socket, say } = await start()
    const { all, even } = withSetup(() => ({
      all: useMessages(socket),
      even: useMessages(socket, { filter: (message) => Number(message) % 2 === 0, limit: 3 }),
    })).result
    expect([all.value, even.value]).toEqual([[], []])
    await say(...numbers(250))
    expect(all.value).toEqual(numbers(250).slice(-100))
    expect(even.value).toEqual(['244', '246', '248'])
  })

  it('filters by what is newest when a message comes', async () => {
    const { socket, say } = await start()
    const wanted = ref('a')
    const { some } = withSetup(() => ({
      some: useMessages(socket, { filter: (message) => String(message).startsWith(wanted.value) }),
    })).result
    expect(some.value).toEqual([])
    await say('a1', 'b1')
    wanted.value = 'b'
    await say('a2', 'b2')
    expect(some.value).toEqual(['a1', 'b2'])
  })

  it('begins anew with another socket', async () => {
    const { socket: first, environment, pass, say } = await start()
    const second = createSocket(url, { environment })
    const current = shallowRef<Socket>(first)
    const { all } = withSetup(() => ({ all: useMessages(current) })).result
    expect(all.value).toEqual([])
    await say('first')
    current.value = second
    expect(all.value).toEqual([])
    second.connect()
    await pass()
    await say('second')
    expect(all.value).toEqual(['second'])
  })

  it('is complete when KeepAlive brings its component back', async () => {
    const { socket, say } = await start()
    const isShown = ref(true)
    const { component } = showing(() => {
      const messages = useMessages(socket)
      return () => messages.value.join()
    })
    const wrapper = mount(() => h(KeepAlive, () => (isShown.value ? h(component) : h('i'))))
    await say('before')
    isShown.value = false
    await say('meanwhile')
    isShown.value = true
    await say('after')
    expect(wrapper.text()).toBe('before,meanwhile,after')
  })

  it('finds the socket of the app, and takes the socket of a URL', async () => {
    const { socket, server, environment, pass, say } = await start()
    const { component } = showing(() => {
      const provided = useMessages({ limit: 1 })
      const own = useMessages(useSocket(`${url}own`, { environment, codec: json() }).socket)
      return () => JSON.stringify([provided.value, own.value])
    })
    const wrapper = mount(component, { global: { plugins: [[hawser, { socket }]] } })
    await pass()
    server.connections[0]?.send('provided')
    await say('{"own":true}')
    expect(wrapper.text()).toBe('[["provided"],[{"own":true}]]')
  })

  it('says which option is wrong when it is first read', async () => {
    const { socket } = await start()
    const config = { warnHandler: () => {} }
    const wrong = () => useMessages(socket, { limit: 0 }).value
    expect(() => withSetup(wrong, { global: { config } })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('limit') }),
    )
  })

  it('lets go of the socket after unmount', async () => {
    const { socket, server, say } = await start()
    const { result, wrapper } = withSetup(() => ({ all: useMessages(socket) }))
    expect(result.all.value).toEqual([])
    wrapper.unmount()
    await say('late')
    expect(result.all.value).toEqual([])
    expect(server.live).toBe(1)
  })
})

describe('useLastMessage', () => {
  it('B103 updates once for all messages between two frames', async () => {
    const { socket, hear } = await start()
    const { component, counted } = showing(() => useLastMessage(socket))
    const wrapper = mount(component)
    await hear(...numbers(2_000))
    expect([wrapper.text(), counted.renders]).toEqual(['undefined', 1])
    await frame()
    expect([wrapper.text(), counted.renders]).toEqual(['1999', 2])
  })

  it('B104 tells watchers of the same message again in a later frame', async () => {
    const { socket, say } = await start()
    const seen: unknown[] = []
    withSetup(() => watch(useLastMessage(socket), (message) => seen.push(message)))
    await say('same')
    await say('same', 'same')
    await say('same')
    expect(seen).toEqual(['same', 'same', 'same'])
  })

  it('B104 does so for the field of useSocket, also read in a template', async () => {
    const { socket, say } = await start()
    const seen: unknown[] = []
    const { component, counted } = showing(() => {
      const { lastMessage } = useSocket(socket)
      watch(lastMessage, (message) => seen.push(message))
      return lastMessage
    })
    mount(component)
    await say('same')
    await say('same')
    expect(seen).toEqual(['same', 'same'])
    expect(counted.renders).toBe(3)
  })

  it('B104 tells nobody where nothing came that the filter lets through', async () => {
    const { socket, say } = await start()
    const seen: unknown[] = []
    withSetup(() => {
      watch(
        useLastMessage(socket, (message) => message === 'a'),
        (message) => seen.push(message),
      )
    })
    await say('a')
    await say('b')
    await frame()
    expect(seen).toEqual(['a'])
  })

  it('finds the socket of the app, with and without a filter', async () => {
    const { socket, say } = await start()
    const { component } = showing(() => {
      const [any, a] = [useLastMessage(), useLastMessage((message) => message === 'a')]
      return () => `${any.value},${a.value}`
    })
    const wrapper = mount(component, { global: { plugins: [[hawser, { socket }]] } })
    await say('a')
    await say('b')
    expect(wrapper.text()).toBe('b,a')
  })

  it('is undefined again with another socket', async () => {
    const { socket, environment, say } = await start()
    const current = shallowRef<Socket>(socket)
    const { last } = withSetup(() => ({ last: useLastMessage(current) })).result
    expect(last.value).toBe(undefined)
    await say('hi')
    expect(last.value).toBe('hi')
    current.value = createSocket(url, { environment })
    expect(last.value).toBe(undefined)
  })

  it('works in a hook of a component that is already mounted', async () => {
    const { socket, say } = await start()
    const seen: unknown[] = []
    withSetup(() => {
      onMounted(() => {
        const last = useLastMessage(socket)
        watch(last, (message) => seen.push(message))
      })
    })
    await say('hi')
    expect(seen).toEqual(['hi'])
  })
})
