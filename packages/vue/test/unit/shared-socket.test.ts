// Who shares a socket, who keeps it connected, and whose options it uses.
import { heartbeat, json, type SocketError, tokenAuth } from '@hawser/core'
import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { createApp, defineComponent, h, KeepAlive, nextTick, reactive, ref, type VNode } from 'vue'
import { type UseSocketOptions, useSocket } from '../../src'
import { grace, setUp, showing, withSetup } from '../support/set-up'

const url = 'ws://memory.test/'

describe('components with one URL', () => {
  it('B107 have one transport, which closes a grace after the last of them', async () => {
    const { server, clock, environment, pass } = setUp()
    const count = ref(100)
    const { component } = showing(() => useSocket(url, { environment }).status)
    const wrapper = mount(() => Array.from({ length: count.value }, (_, key) => h(component, { key })))
    await pass()
    expect(wrapper.text()).toBe('open'.repeat(100))
    count.value = 1
    await pass(grace)
    expect([server.connections.length, server.live]).toEqual([1, 1])
    wrapper.unmount()
    await pass(50)
    expect(server.live).toBe(1)
    await pass(grace)
    expect([server.connections.length, server.live, clock.timers]).toEqual([1, 0, 0])
  })

  it('B107 share it also where one comes as another goes', async () => {
    const { server, environment, pass } = setUp()
    const page = ref(0)
    const { component } = showing(() => useSocket(url, { environment }).status)
    const wrapper = mount(() => h(component, { key: page.value }))
    await pass()
    for (page.value = 1; page.value < 20; page.value += 1) await pass(50)
    await pass(grace)
    expect(wrapper.text()).toBe('open')
    expect(server.connections).toHaveLength(1)
  })

  it('make a new one after the grace', async () => {
    const { server, environment, pass } = setUp()
    const isShown = ref(true)
    const { component } = showing(() => useSocket(url, { environment }).status)
    const wrapper = mount(() => (isShown.value ? h(component) : null))
    await pass()
    isShown.value = false
    await pass(grace)
    expect(server.live).toBe(0)
    isShown.value = true
    await pass()
    expect(wrapper.text()).toBe('open')
    expect([server.connections.length, server.live]).toEqual([2, 1])
  })

  it('B108 go their ways: who moves over leaves the socket to the others', async () => {
    const { server, environment, pass } = setUp()
    const to = ref(`${url}a`)
    const mover = withSetup(() => useSocket(to, { environment })).result
    const stayer = withSetup(() => useSocket(`${url}a`, { environment })).result
    await pass()
    expect(mover.socket.value).toBe(stayer.socket.value)
    to.value = `${url}b`
    await pass(grace)
    expect(mover.socket.value).not.toBe(stayer.socket.value)
    expect([stayer.status.value, mover.status.value]).toEqual(['open', 'open'])
    expect(server.connections.map((one) => one.url)).toEqual([`${url}a`, `${url}b`])
  })
})

describe('enabled', () => {
  const given = {
    value: (enabled: () => boolean) => ref({ enabled: enabled() }),
    ref: (enabled: () => boolean) => ({ enabled: ref(enabled()) }),
  }
  it.each(Object.keys(given) as (keyof typeof given)[])(
    'as a %s: false makes no connection, and what is sent waits for true',
    async (kind) => {
      const { server, clock, environment, pass } = setUp()
      const kept = given[kind](() => false)
      const set = (is: boolean) => {
        if (kind === 'ref') (kept as { enabled: { value: boolean } }).enabled.value = is
        else (kept as { value: { enabled: boolean } }).value = { enabled: is }
      }
      const { status, send } = withSetup(() =>
        useSocket(url, () => ({
          environment,
          ...(kind === 'ref' ? kept : (kept as { value: object }).value),
        })),
      ).result
      const receipt = send('early')
      await pass(grace)
      expect([status.value, server.connections.length, clock.timers]).toEqual(['idle', 0, 0])
      set(true)
      await pass()
      expect([status.value, receipt.status]).toEqual(['open', 'sent'])
      set(false)
      await pass(grace)
      expect([status.value, server.live]).toEqual(['closed', 0])
      set(true)
      await pass()
      expect([status.value, server.connections.length]).toEqual(['open', 2])
    },
  )

  it('as a getter, and undefined is true', async () => {
    const { environment, pass } = setUp()
    const isOn = ref<boolean | undefined>(false)
    const { status } = withSetup(() => useSocket(url, { environment, enabled: () => isOn.value })).result
    await pass()
    expect(status.value).toBe('idle')
    isOn.value = undefined
    await pass()
    expect(status.value).toBe('open')
  })

  it('of one component does not disconnect another', async () => {
    const { server, environment, pass } = setUp()
    const isOn = ref(true)
    const { status } = withSetup(() => useSocket(url, { environment, enabled: isOn })).result
    withSetup(() => useSocket(url, { environment }))
    await pass()
    isOn.value = false
    await pass(grace)
    expect([status.value, server.connections.length]).toEqual(['open', 1])
  })

  it('keeps the connection when false was but a moment', async () => {
    const { server, environment, pass } = setUp()
    const isOn = ref(true)
    const { status } = withSetup(() => useSocket(url, { environment, enabled: isOn })).result
    await pass()
    isOn.value = false
    await pass(50)
    isOn.value = true
    await pass(grace)
    expect([status.value, server.connections.length]).toEqual(['open', 1])
  })
})

describe('identity', () => {
  it.each(['ref', 'getter', 'options'] as const)(
    'B91 as a %s: another one is another socket, and what waits is never sent as it',
    async (kind) => {
      const { server, environment, pass } = setUp({ mode: 'ignore' })
      const who = ref<string | undefined>('ann')
      const identity = kind === 'ref' ? who : () => who.value
      const options = () => ({ environment, identity: kind === 'options' ? who.value : identity })
      const { socket, send, status } = withSetup(() => useSocket(url, options)).result
      await pass()
      const before = socket.value
      const receipt = send('from ann')
      server.mode = 'accept'
      who.value = 'bob'
      await pass(grace)
      expect(socket.value).not.toBe(before)
      expect([status.value, receipt.status]).toEqual(['open', 'dropped'])
      expect(server.connections.flatMap(({ received }) => received)).toEqual([])
      expect(server.live).toBe(1)
    },
  )

  it('keeps two components with one URL apart', async () => {
    const { server, environment, pass } = setUp()
    for (const identity of ['ann', 'bob', 'ann']) withSetup(() => useSocket(url, { environment, identity }))
    await pass()
    expect(server.connections).toHaveLength(2)
  })
})

describe('options', () => {
  it('B106 may be new objects 1 000 times: one transport, and the newest functions are called', async () => {
    const { server, environment, pass } = setUp()
    const round = ref(0)
    const asked: string[] = []
    const options = (): UseSocketOptions => {
      const now = round.value
      return {
        environment: { ...environment },
        auth: tokenAuth({
          getToken: () => {
            asked.push(`token ${now}`)
            return `token-${now}`
          },
          attach: 'query',
        }),
        allowInsecure: true,
        retryDelay: () => {
          asked.push(`delay ${now}`)
          return 5
        },
        shouldRetry: () => {
          asked.push(`retry ${now}`)
          return true
        },
      }
    }
    const { component, counted } = showing(() => {
      const { status } = useSocket(url, options)
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
    expect(asked).toEqual(['token 0'])
    server.latest.die()
    await pass(grace)
    expect(wrapper.text()).toBe('open 1000')
    expect(asked).toEqual(['token 0', 'retry 1000', 'delay 1000', 'token 1000'])
    expect(server.latest.url).toContain('token-1000')
  })

  it('may be a ref, also a deep one, of which the newest functions are called', async () => {
    const { server, environment, pass } = setUp()
    const tokenFrom = (token: string) => tokenAuth({ getToken: () => token, attach: 'query' })
    const options = ref<UseSocketOptions>({
      allowInsecure: true,
      auth: tokenFrom('first'),
      retryDelay: () => 5,
    })
    withSetup(() => useSocket(url, () => ({ ...options.value, environment })))
    const deep = reactive({ environment, protocols: ['a', 'b'], heartbeat: heartbeat({ interval: 5_000 }) })
    const { status } = withSetup(() => useSocket(`${url}deep`, ref(deep))).result
    await pass()
    const withToken = server.connections.find((one) => one.url.includes('first'))
    const withProtocols = server.connections.find((one) => one.url === `${url}deep`)
    expect([status.value, withProtocols?.protocols]).toEqual(['open', ['a', 'b']])
    options.value = { ...options.value, auth: tokenFrom('second') }
    withToken?.die()
    await pass(grace)
    expect(server.latest.url).toContain('second')
    expect(server.connections).toHaveLength(3)
  })

  it('are those of each component: its own functions are called as long as it is there', async () => {
    const { server, environment, pass } = setUp()
    const called: string[] = []
    const by = (name: string) => ({
      environment,
      retryDelay: () => {
        called.push(name)
        return 5
      },
    })
    withSetup(() => useSocket(url, by('first')))
    const { wrapper } = withSetup(() => useSocket(url, by('second')))
    await pass()
    server.latest.die()
    await pass(grace)
    wrapper.unmount()
    server.latest.die()
    await pass(grace)
    expect(called).toEqual(['second', 'first'])
  })

  it('that are wrong throw in setup, and name themselves', () => {
    const config = { warnHandler: () => {} }
    const wrong = { retries: -1 }
    expect(() => withSetup(() => useSocket(url, wrong).socket.value, { global: { config } })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('retries') }),
    )
  })
})

describe('KeepAlive', () => {
  function start(whenDeactivated?: 'keep' | 'close') {
    const rig = setUp()
    const isShown = ref(true)
    const options = { environment: rig.environment, ...(whenDeactivated && { whenDeactivated }) }
    const heard: unknown[] = []
    const kept = showing(() => {
      const { status, socket } = useSocket(url, options)
      socket.value.on('message', (message) => heard.push(message))
      return status
    })
    const wrapper = mount(() => h(KeepAlive, () => (isShown.value ? h(kept.component) : h('i'))))
    return { ...rig, isShown, wrapper, heard }
  }

  it('B111 keeps the transport of a component that is put aside, and what comes meanwhile is heard', async () => {
    const { server, pass, isShown, wrapper, heard } = start('keep')
    await pass()
    isShown.value = false
    await pass(grace)
    server.latest.send('meanwhile')
    await pass()
    isShown.value = true
    await pass(grace)
    expect([wrapper.text(), server.connections.length, heard]).toEqual(['open', 1, ['meanwhile']])
  })

  it("B111 with whenDeactivated: 'close' gives it up meanwhile, and connects again", async () => {
    const { server, clock, pass, isShown, wrapper } = start('close')
    await pass()
    isShown.value = false
    await pass(grace)
    expect(server.live).toBe(0)
    isShown.value = true
    await pass()
    expect(wrapper.text()).toBe('open')
    expect([server.connections.length, server.live]).toEqual([2, 1])
    isShown.value = false
    await pass(grace)
    wrapper.unmount()
    await pass(grace)
    expect([server.connections.length, server.live, clock.timers]).toEqual([2, 0, 0])
  })

  it("B111 with whenDeactivated: 'close' keeps it when that was but a moment", async () => {
    const { server, pass, isShown, wrapper } = start('close')
    await pass()
    isShown.value = false
    await pass(50)
    isShown.value = true
    await pass(grace)
    expect([wrapper.text(), server.connections.length]).toEqual(['open', 1])
  })

  it('B111 leaves nothing when it forgets the component', async () => {
    const { server, clock, pass, isShown, wrapper } = start()
    await pass()
    isShown.value = false
    await pass()
    wrapper.unmount()
    await pass(grace)
    expect([server.live, clock.timers]).toEqual([0, 0])
  })
})

describe('a component that fails', () => {
  /** An app in which errors, and the warnings that go with them, are expected. */
  function failing(setup: () => () => VNode) {
    const errors: unknown[] = []
    const isShown = ref(true)
    const component = defineComponent(setup)
    const app = createApp(() => (isShown.value ? h(component) : null))
    Object.assign(app.config, { errorHandler: (error: unknown) => errors.push(error), warnHandler: () => {} })
    app.mount(document.createElement('main'))
    return { errors, isShown }
  }

  it('B113 in its first render leaves nothing once it is gone', async () => {
    const { server, clock, environment, pass } = setUp()
    const { errors, isShown } = failing(() => {
      const { status } = useSocket(url, { environment })
      return () => {
        throw new Error(`Faulty at ${status.value}`)
      }
    })
    await pass()
    expect(errors).not.toEqual([])
    isShown.value = false
    await pass(grace)
    expect([server.live, clock.timers]).toEqual([0, 0])
  })

  it('B113 in a later render keeps its transport, and leaves nothing once it is gone', async () => {
    const { server, clock, environment, pass } = setUp()
    const { errors, isShown } = failing(() => {
      const { status } = useSocket(url, { environment })
      return () => {
        if (status.value === 'open') throw new Error('Faulty')
        return h('p', status.value)
      }
    })
    await pass()
    expect(errors).toHaveLength(1)
    expect(server.connections).toHaveLength(1)
    isShown.value = false
    await pass(grace)
    expect([server.connections.length, server.live, clock.timers]).toEqual([1, 0, 0])
  })
})

describe('what fails in the socket', () => {
  it('is state where no WebSocket takes the URL, and mends itself with the next one', async () => {
    const { server, environment, pass } = setUp()
    const to = ref('ftp://memory.test/')
    const { status, socket } = withSetup(() => useSocket(to, { environment })).result
    const errors: SocketError[] = []
    socket.value.on('error', (told) => errors.push(told))
    await pass()
    expect(status.value).toBe('waiting')
    expect(errors).toMatchObject([{ message: expect.stringContaining('ftp://memory.test/') }])
    to.value = url
    await pass()
    expect([status.value, server.connections.length]).toEqual(['open', 1])
  })

  it('is a stable closed once it was disposed, also for who comes later', async () => {
    const { environment, pass } = setUp()
    const { socket, status, send, connect } = withSetup(() => useSocket(url, { environment })).result
    await pass()
    await Promise.all([socket.value.close(), pass(grace)])
    const late = withSetup(() => useSocket(socket)).result
    expect([status.value, late.status.value]).toEqual(['closed', 'closed'])
    expect(late.socket.value.state.get()).toBe(socket.value.state.get())
    const receipt = send('late')
    connect()
    await pass()
    expect([status.value, late.status.value, receipt.status]).toEqual(['open', 'open', 'sent'])
  })
})

it('the codec is used on both ways', async () => {
  const { server, environment, pass } = setUp()
  const { socket, send } = withSetup(() => useSocket(url, { environment, codec: json() })).result
  const heard = vi.fn()
  socket.value.on('message', heard)
  send({ text: 'hi' })
  await pass()
  server.latest.send('{"text":"hello"}')
  await pass()
  expect(heard).toHaveBeenCalledWith({ text: 'hello' })
  expect(server.latest.received).toEqual(['{"text":"hi"}'])
})
