// useSocket in a page: one transport for a component, whatever its URL does, and nothing left of it.
import { createSocket, json, type SocketError } from '@hawser/core'
import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import {
  createApp,
  defineComponent,
  effectScope,
  h,
  isReactive,
  KeepAlive,
  nextTick,
  reactive,
  ref,
  shallowRef,
} from 'vue'
import { hawser, provideSocket, useSocket, useSocketEvent } from '../../src'
import { grace, setUp, showing, withSetup } from '../support/set-up'

const url = 'ws://memory.test/a'
const otherUrl = 'ws://memory.test/b'

describe('a socket in reactive state', () => {
  it('works as it is: its private fields cannot be reached through a proxy', () => {
    const socket = createSocket(url)
    for (const kept of [ref({ socket }).value.socket, reactive({ socket }).socket]) {
      expect(isReactive(kept)).toBe(false)
      expect(kept.state.get()).toEqual({ status: 'idle' })
    }
  })
})

describe('useSocket(url)', () => {
  /** A component with a URL that can be changed. */
  function start(initial: string | URL | null | undefined) {
    const rig = setUp()
    const to = shallowRef(initial)
    const { result, wrapper } = withSetup(() => useSocket(to, { environment: rig.environment }))
    const go = async (next: typeof initial) => {
      to.value = next
      await rig.pass()
    }
    return { ...rig, ...result, wrapper, go }
  }

  it('connects once mounted and closes once unmounted', async () => {
    const { server, clock, status, pass, wrapper } = start(url)
    expect(status.value).toBe('connecting')
    await pass()
    expect(status.value).toBe('open')
    expect(server.latest.url).toBe(url)
    wrapper.unmount()
    await pass(grace)
    expect(server.connections).toHaveLength(1)
    expect([server.live, clock.timers]).toEqual([0, 0])
  })

  it('B106 makes one transport over 1 000 renders', async () => {
    const { server, environment, pass } = setUp()
    const round = ref(0)
    const { component, counted } = showing(() => {
      const { status } = useSocket(() => new URL(round.value < 0 ? otherUrl : url), { environment })
      return () => `${status.value} ${round.value}`
    })
    const wrapper = mount(component)
    await pass()
    while (round.value < 1_000) {
      round.value += 1
      await nextTick()
    }
    await pass(grace)
    expect(wrapper.text()).toBe('open 1000')
    expect(counted.renders).toBeGreaterThan(1_000)
    expect(server.connections).toHaveLength(1)
  })

  it('B108 moves over when the URL changes, and hears no more of the old one', async () => {
    const { server, socket, status, send, go, pass } = start(url)
    await pass()
    const before = socket.value
    await go(otherUrl)
    expect(socket.value).not.toBe(before)
    expect(server.log.map(({ connection, type }) => `${connection} ${type}`)).toEqual([
      '0 connect',
      '0 accept',
      '1 connect',
      '0 close',
      '1 accept',
    ])
    expect(server.latest.url).toBe(otherUrl)
    server.connections[0]?.die()
    await pass(grace)
    expect(status.value).toBe('open')
    expect(server.live).toBe(1)
    send('for b')
    expect(server.connections.map(({ received }) => received)).toEqual([[], ['for b']])
  })

  it('B91 never sends what waits for one URL to another, and says so', async () => {
    const { server, socket, status, send, go, pass } = start(url)
    server.mode = 'ignore'
    await pass()
    const receipt = send('for a')
    const drops: unknown[] = []
    socket.value.on('drop', ({ data, error }) => drops.push(data, error.code))
    server.mode = 'accept'
    await go(otherUrl)
    expect(status.value).toBe('open')
    expect(server.connections.flatMap(({ received }) => received)).toEqual([])
    expect(receipt.status).toBe('dropped')
    expect(drops).toEqual(['for a', 'CLEARED'])
  })

  it('takes a URL that reads the same for the same, and one that was but a moment for none', async () => {
    const { server, go, pass } = start(url)
    await pass()
    await go(new URL(url))
    void go(otherUrl)
    await go(url)
    await pass(grace)
    expect(server.connections).toHaveLength(1)
  })

  it.each(['getter', 'ref'])(
    'B38 calls a function that a %s gives at each attempt, always the newest',
    async (kind) => {
      const { server, environment, pass } = setUp()
      const room = ref('a')
      const address =
        (inRoom: string) =>
        async ({ attempt }: { attempt: number }) =>
          `ws://memory.test/${inRoom}?attempt=${attempt}`
      const held = shallowRef(address(room.value))
      const source = kind === 'ref' ? held : () => address(room.value)
      withSetup(() => useSocket(source, { environment, retryDelay: () => 0 }))
      await pass()
      room.value = 'b'
      held.value = address('b')
      await pass(grace)
      expect(server.connections).toHaveLength(1)
      server.latest.die()
      await pass(1)
      expect(server.connections.map((connection) => connection.url)).toEqual([
        'ws://memory.test/a?attempt=0',
        'ws://memory.test/b?attempt=1',
      ])
    },
  )

  it('connects to the URL that there is when it is mounted', async () => {
    const { server, environment, pass } = setUp()
    const to = ref(url)
    withSetup(() => {
      useSocket(to, { environment })
      to.value = otherUrl
    })
    await pass()
    expect(server.connections.map((connection) => connection.url)).toEqual([otherUrl])
  })

  it.each([null, undefined])(
    'makes no connection for %s, and what is sent waits for the first URL',
    async (none) => {
      const { server, clock, socket, status, send, go, pass } = start(none)
      await pass(grace)
      expect(status.value).toBe('idle')
      expect([server.connections.length, clock.timers]).toEqual([0, 0])
      const before = socket.value
      const receipt = send('early')
      await go(url)
      expect(socket.value).toBe(before)
      expect(server.latest.received).toEqual(['early'])
      expect(receipt.status).toBe('sent')
    },
  )

  it('closes when the URL becomes null, and goes on with the same socket when it comes back', async () => {
    const { server, socket, status, send, go, pass } = start(url)
    await pass()
    const before = socket.value
    await go(null)
    await pass(grace)
    expect(status.value).toBe('closed')
    expect(server.live).toBe(0)
    send('meanwhile')
    await go(url)
    expect(status.value).toBe('open')
    expect(socket.value).toBe(before)
    expect(server.latest.received).toEqual(['meanwhile'])
    expect(server.connections).toHaveLength(2)
  })

  it.each([null, undefined])('does not take %s for the wish to have the provided socket', async (none) => {
    const { server, environment, pass } = setUp()
    const socket = createSocket(url, { environment })
    const { result } = withSetup(() => useSocket(none, { environment }), {
      global: { plugins: [[hawser, { socket }]] },
    })
    socket.connect()
    await pass()
    expect(result.socket.value).not.toBe(socket)
    expect([result.status.value, server.connections.length]).toEqual(['idle', 1])
  })

  it('keeps the connection when null was but a moment', async () => {
    const { server, status, go, pass } = start(url)
    await pass()
    await go(null)
    await go(url)
    await pass(grace)
    expect(status.value).toBe('open')
    expect(server.connections).toHaveLength(1)
  })

  it('B111 keeps its transport while KeepAlive puts it aside', async () => {
    const { server, environment, pass } = setUp()
    const { component } = showing(() => useSocket(url, { environment }).status)
    const shown = ref(true)
    const wrapper = mount(() => h(KeepAlive, () => (shown.value ? h(component) : h('i'))))
    await pass()
    shown.value = false
    await pass(grace)
    shown.value = true
    await pass(grace)
    expect(wrapper.text()).toBe('open')
    expect(server.connections).toHaveLength(1)
  })

  it('B113 leaves nothing when unmounted while connecting', async () => {
    const { server, clock, environment, pass } = setUp({ mode: 'ignore' })
    const { result, wrapper } = withSetup(() => useSocket(url, { environment }))
    await pass()
    const socket = result.socket.value
    expect(socket.state.get()).toMatchObject({ status: 'connecting', phase: 'transport' })
    wrapper.unmount()
    await pass(grace)
    expect(server.connections).toHaveLength(1)
    expect([server.live, clock.timers]).toEqual([0, 0])
    expect(socket.state.get()).toMatchObject({ status: 'closed', cause: { origin: 'user' } })
  })

  it('B113 leaves nothing when setup fails', async () => {
    const { server, clock, environment, pass } = setUp()
    const faulty = () => {
      useSocket(url, { environment }).send('never')
      throw new Error('Faulty')
    }
    // Vue mounts it all the same, as nothing, and unmounts it with the rest.
    const app = createApp(showing(faulty).component)
    app.config.errorHandler = () => {}
    app.config.warnHandler = () => {}
    app.mount(document.createElement('main'))
    await pass()
    app.unmount()
    await pass(grace)
    expect([server.live, clock.timers]).toEqual([0, 0])
  })

  it('lives in an effect scope without a component, too', async () => {
    const { server, environment, pass } = setUp()
    const scope = effectScope()
    const result = scope.run(() => useSocket(url, { environment }))
    await pass()
    expect(result?.status.value).toBe('open')
    scope.stop()
    await pass(grace)
    expect(server.live).toBe(0)
  })

  it('goes on in a scope that outlives the component which asked first, as that of a store', async () => {
    const { server, environment, pass } = setUp()
    const store = effectScope(true)
    const to = ref(url)
    const heard: unknown[] = []
    const { wrapper, result } = withSetup(() =>
      store.run(() => {
        const all = useSocket(to, { environment })
        useSocketEvent(all.socket, 'message', (message) => heard.push(message))
        return all
      }),
    )
    await pass()
    wrapper.unmount()
    await pass(grace)
    expect(server.live).toBe(1)
    server.latest.send('still here')
    await pass()
    to.value = otherUrl
    await pass(grace)
    expect([heard, result?.status.value, server.latest.url]).toEqual([['still here'], 'open', otherUrl])
    store.stop()
    await pass(grace)
    expect(server.live).toBe(0)
  })

  it('sends to the new place right after the URL has changed', async () => {
    const { server, environment, pass } = setUp()
    const to = ref(url)
    const { result } = withSetup(() => useSocket(to, { environment }))
    await pass()
    to.value = otherUrl
    result.send('hello b')
    await pass(grace)
    expect(server.connections.map(({ url, received }) => [url, received])).toEqual([
      [url, []],
      [otherUrl, ['hello b']],
    ])
  })

  it('shows the error that came with the state in which it is first asked for', async () => {
    const { environment, pass } = setUp()
    const { result } = withSetup(() => useSocket('ftp://memory.test/', { environment }))
    await pass()
    expect([result.status.value, result.error.value?.code]).toEqual(['waiting', 'INVALID_OPTION'])
  })

  it('ends with a scope of its own inside a component', async () => {
    const { server, environment, pass } = setUp()
    const { result: scope } = withSetup(() => effectScope())
    withSetup(() => void scope.run(() => useSocket(url, { environment })))
    await pass()
    expect(server.live).toBe(1)
    scope.stop()
    await pass(grace)
    expect(server.live).toBe(0)
  })

  it('does not connect when its scope ended before the component was mounted', async () => {
    const { server, environment, pass } = setUp()
    withSetup(() => {
      const scope = effectScope()
      scope.run(() => useSocket(url, { environment }))
      scope.stop()
    })
    await pass(grace)
    expect(server.connections).toHaveLength(0)
  })

  it('shows a URL that no WebSocket takes as state, not as a thrown setup', async () => {
    const { environment, pass } = setUp()
    const { result } = withSetup(() => useSocket('ftp://memory.test/', { environment }))
    const errors: SocketError[] = []
    result.socket.value.on('error', (error) => errors.push(error))
    await pass()
    expect(result.status.value).toBe('waiting')
    expect(errors).toMatchObject([{ message: expect.stringContaining('ftp://memory.test/') }])
  })

  it('says that there is nothing to connect to before the first URL', async () => {
    const { server, environment, pass } = setUp()
    const { result } = withSetup(() => useSocket(() => null, { environment, retries: 0 }))
    const errors: SocketError[] = []
    result.socket.value.on('error', (error) => errors.push(error))
    result.connect()
    await pass()
    expect(errors).toMatchObject([{ message: expect.stringContaining('useSocket(null) has no URL yet') }])
    expect(server.connections).toHaveLength(0)
  })

  it('throws for a wrong option, naming it', () => {
    const config = { warnHandler: () => {} }
    // @ts-expect-error retries is a number
    expect(() => withSetup(() => useSocket(url, { retries: 'many' }), { global: { config } })).toThrow(
      'retries',
    )
  })
})

describe('what useSocket gives', () => {
  it('B110 renders again for a status that is read, and not for one that is not', async () => {
    const { environment, pass } = setUp()
    const socket = createSocket(url, { environment })
    const reader = showing(() => useSocket(socket).status)
    const sender = showing(() => () => typeof useSocket(socket).send)
    const first = mount(reader.component)
    const { send } = withSetup(() => useSocket(socket)).result
    const second = mount(showing(() => () => typeof send).component)
    socket.connect()
    await nextTick()
    expect(first.text()).toBe('connecting')
    await pass()
    expect(first.text()).toBe('open')
    expect(reader.counted.renders).toBe(3)
    expect(second.text()).toBe('function')
    expect(sender.counted.renders).toBe(0)
  })

  it('sends, closes and connects with functions taken out of it', async () => {
    const { environment, clock, pass, server } = setUp()
    const { status, send, connect, close } = withSetup(() =>
      useSocket(url, { environment, codec: json() }),
    ).result
    const receipt = send({ text: 'hi' }, { key: 'draft' })
    await pass()
    expect(server.latest.received).toEqual(['{"text":"hi"}'])
    await receipt.sent
    const closed = close(4000, 'enough')
    await clock.advance(0)
    await closed
    expect(status.value).toBe('closed')
    expect(server.latest.clientClose).toEqual({ code: 4000, reason: 'enough' })
    connect()
    await pass()
    expect(status.value).toBe('open')
  })

  it('works inside reactive(), which leaves the socket as it is', async () => {
    const { environment, pass } = setUp()
    const { result } = withSetup(() => reactive(useSocket(url, { environment })))
    await pass()
    expect(result.status).toBe('open')
    expect(isReactive(reactive({ socket: result.socket }).socket)).toBe(false)
    expect(result.socket.state.get().status).toBe('open')
  })

  it('cannot be written to', () => {
    const complaint = vi.mocked(console.warn).mockImplementation(() => {})
    const { status } = withSetup(() => useSocket(createSocket(url))).result
    // @ts-expect-error read-only
    status.value = 'open'
    expect(status.value).toBe('idle')
    expect(complaint).toHaveBeenCalledWith(expect.stringContaining('readonly'), expect.anything())
    complaint.mockClear()
  })
})

describe('useSocket() and useSocket(socket)', () => {
  it('say what is missing, and how to mend it', () => {
    const config = { warnHandler: () => {} }
    const said = expect.objectContaining({
      code: 'NO_SOCKET',
      message: expect.stringMatching(
        /useSocket\(\) found no socket.*app\.use\(hawser, \{ socket \}\).*provideSocket\(socket\).*useSocket\(socket\)/,
      ),
    })
    expect(() => withSetup(() => useSocket(), { global: { config } })).toThrow(said)
    expect(() => useSocket()).toThrow(said)
  })

  it('give the socket of the plugin, of the nearest provideSocket, or the one that is passed', () => {
    const [outer, inner, passed] = [createSocket(url), createSocket(url), createSocket(url)]
    const seen: unknown[] = []
    const Leaf = defineComponent(() => {
      seen.push(useSocket().socket.value, useSocket(passed).socket.value)
      return () => null
    })
    const Provider = defineComponent(() => {
      provideSocket(inner)
      return () => h(Leaf)
    })
    mount(() => [h(Leaf), h(Provider)], { global: { plugins: [[hawser, { socket: outer }]] } })
    expect(seen.map((socket) => [outer, inner, passed].indexOf(socket as never))).toEqual([0, 2, 1, 2])
  })

  it('leave it to whoever made the socket to connect and to close it', async () => {
    const { environment, pass, server } = setUp()
    const socket = createSocket(url, { environment })
    const { component } = showing(() => {
      const [provided, passed] = [useSocket().status, useSocket(socket).status]
      return () => `${provided.value} ${passed.value}`
    })
    const wrapper = mount(component, { global: { plugins: [[hawser, { socket }]] } })
    await pass(grace)
    expect(server.connections).toHaveLength(0)
    socket.connect()
    await pass()
    expect(wrapper.text()).toBe('open open')
    wrapper.unmount()
    await pass(grace)
    expect(socket.state.get().status).toBe('open')
  })
})
