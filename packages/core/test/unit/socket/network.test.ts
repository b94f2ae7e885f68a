// The network around a socket: when it tries, when it waits, and what a network that misbehaves can do to it.
import { describe, expect, it } from 'vitest'
import { createSocket, type Network, type raw, type SocketState, tokenAuth } from '../../../src'
import { openRig, outcome, type RigOptions, record, rig, tape } from './support'
import { surroundings } from './surroundings'

/** A socket whose network the test plays. Its server accepts nobody until it is told to. */
function set(options: RigOptions<typeof raw> = {}) {
  const around = surroundings()
  const made = rig({
    server: { mode: 'refuse' },
    ...options,
    environment: { ...around.environment, ...options.environment },
  })
  return {
    ...made,
    ...around,
    state: () =>
      made.socket.state.get() as SocketState & { readonly attempt: number; readonly retryAt: number },
    attempts: () => made.server.connections.length,
  }
}

/** The same, waiting for its third try, half a minute long. */
async function waiting(options: RigOptions<typeof raw> = {}) {
  const made = set({ retryDelay: ({ attempt }) => (attempt < 2 ? 1 : 30_000), ...options })
  made.socket.connect()
  await made.clock.advance(2)
  expect(made.state()).toMatchObject({ status: 'waiting', attempt: 2 })
  return made
}

describe('while waiting', () => {
  it.each([
    [0, 0],
    [0.25, 500],
    [0.999, 1_998],
  ])(
    'B55 online leads to the next attempt, by chance %s within %i ms, and keeps the count',
    async (random, delay) => {
      const { clock, network, state, attempts } = await waiting({ environment: { random: () => random } })
      const { cause } = state() as { cause: unknown }
      network.tell('online')
      await clock.advance(0)
      if (delay) {
        expect(state()).toEqual({ status: 'waiting', attempt: 2, retryAt: clock.now() + delay, cause })
        await clock.advance(delay - 1)
        expect(attempts()).toBe(2)
        await clock.advance(1)
      }
      expect(attempts()).toBe(3)
      expect(state()).toMatchObject({ status: 'waiting', attempt: 3 })
    },
  )

  it('B55 many of them lead to one attempt', async () => {
    const { clock, network, attempts } = await waiting()
    network.tell('offline', 'online', 'change', 'online')
    await clock.advance(2_000)
    expect(attempts()).toBe(3)
    await clock.advance(20_000)
    expect(attempts()).toBe(3)
  })

  it.each([
    ['1013', 1013, ''],
    ['4429', 4429, ''],
    ['retryAfter', 1012, '{"retryAfter":20000}'],
  ])('B11 B55 not before a server, by %s, wants to be asked again', async (_, code, reason) => {
    const { clock, socket, server, network, page, attempts } = set({
      server: { mode: 'accept' },
      retryDelay: () => 0,
      retryAfter: ({ reason }) => (reason ? JSON.parse(reason).retryAfter : undefined),
    })
    socket.connect()
    await clock.advance(0)
    server.latest.close(code, reason)
    await clock.advance(0)
    const { retryAt } = socket.state.get() as { retryAt: number }
    expect(retryAt - clock.now()).toBeGreaterThanOrEqual(1_000)
    network.tell('online', 'change')
    page.tell('visible', 'resume', 'return')
    expect(socket.state.get()).toMatchObject({ status: 'waiting', retryAt })
    await clock.advance(retryAt - clock.now() - 1)
    expect(attempts()).toBe(1)
    await clock.advance(1)
    expect(attempts()).toBe(2)
  })
})

describe('while connecting', () => {
  it.each(['online', 'change'] as const)(
    'B56 B119 %s closes the stuck one before another is made',
    async (signal) => {
      const connecting: number[] = []
      const { clock, server, socket, network, state } = set({
        server: { mode: 'ignore' },
        inspect: ({ type }) => {
          const isConnecting = (one: (typeof server.connections)[number]) => one.client.readyState === 0
          if (type === 'attempt') connecting.push(server.connections.filter(isConnecting).length)
        },
      })
      const closes = tape(socket, 'close')
      socket.connect()
      await clock.advance(9_000)
      server.mode = 'accept'
      network.tell(signal)
      await clock.advance(0)
      expect(state().status).toBe('open')
      expect(closes).toMatchObject([{ code: 1006, origin: 'network' }])
      // None was left when each was about to be made.
      expect([connecting, server.live]).toEqual([[0, 0], 1])
      // What the first one still does is not heard.
      server.connections[0]?.accept()
      await clock.advance(60_000)
      expect([state().status, server.connections.length]).toEqual(['open', 2])
    },
  )

  it('B37 B56 the functions of the attempt that was given up are told, and asked anew', async () => {
    const signals: AbortSignal[] = []
    const { clock, server, socket, network } = set({
      server: { mode: 'accept' },
      url: ({ signal }) => (signals.push(signal) > 1 ? 'ws://memory.test/' : new Promise<string>(() => {})),
    })
    socket.connect()
    await clock.advance(1_000)
    network.tell('online')
    await clock.advance(0)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    expect(server.connections).toHaveLength(1)
  })

  it('B56 a network that comes and goes makes one attempt a second at most', async () => {
    const { clock, server, socket, network } = set({ server: { mode: 'ignore' } })
    socket.connect()
    await clock.advance(0)
    for (let n = 0; n < 50; n++) {
      network.tell('change')
      await clock.advance(200)
    }
    expect(server.connections.length).toBeGreaterThan(3)
    expect(server.connections.length).toBeLessThanOrEqual(11)
    expect(server.live).toBeLessThanOrEqual(1)
  })

  it('B39 B56 getToken is not called twice at a time for one attempt', async () => {
    let running = 0
    let most = 0
    const { clock, socket, network } = set({
      url: 'wss://memory.test/',
      auth: tokenAuth({
        getToken: ({ signal }) =>
          new Promise((_, reject) => {
            most = Math.max(most, ++running)
            signal.addEventListener('abort', () => {
              running--
              reject(signal.reason)
            })
          }),
      }),
    })
    socket.connect()
    await clock.advance(1_000)
    for (const signal of ['online', 'change', 'online'] as const) {
      network.tell(signal)
      await clock.advance(1_000)
    }
    expect([most, running]).toEqual([1, 1])
    void socket.close()
    await clock.advance(0)
    expect(running).toBe(0)
  })

  it.each(['online', 'change'] as const)(
    'B7 the last attempt there is goes on when %s is told',
    async (signal) => {
      const { clock, network, socket, state, attempts } = set({ server: { mode: 'ignore' }, retries: 0 })
      socket.connect()
      await clock.advance(2_000)
      network.tell(signal)
      await clock.advance(0)
      expect([attempts(), state().status]).toEqual([1, 'connecting'])
      await clock.advance(60_000)
      expect([attempts(), state().status]).toEqual([1, 'closed'])
    },
  )

  it('B53 offline leaves the attempt alone', async () => {
    const { clock, server, socket, goes, state } = set({ server: { mode: 'ignore' }, whenOffline: 'suspend' })
    socket.connect()
    await clock.advance(100)
    goes('offline')
    server.latest.accept()
    await clock.advance(0)
    expect([state().status, server.connections.length]).toEqual(['open', 1])
  })
})

describe('offline', () => {
  const url = { loopback: 'ws://localhost/', lan: 'ws://192.168.1.9/', internet: 'ws://memory.test/' }

  /** How long the first three waits are, in a machine that says that it is offline. */
  async function waits(reach: keyof typeof url, whenOffline: 'slow' | 'suspend') {
    const { clock, socket, goes, state } = set({ url: url[reach], whenOffline })
    goes('offline')
    socket.connect()
    const delays: (number | string)[] = []
    while (delays.length < 3) {
      await clock.advance(0)
      const now = state()
      if (now.status !== 'waiting') return [now.status === 'suspended' && now.why]
      delays.push(now.retryAt - clock.now())
      await clock.advance(now.retryAt - clock.now())
    }
    return delays
  }

  it('B54 loopback is tried as ever', async () => {
    for (const how of ['slow', 'suspend'] as const) {
      const [first, second] = (await waits('loopback', how)) as number[]
      expect(first).toBeLessThanOrEqual(1_000)
      expect(second).toBeLessThanOrEqual(3_500)
    }
  })

  it('B54 the local network is tried slowly, whatever the option says', async () => {
    for (const how of ['slow', 'suspend'] as const) {
      for (const delay of (await waits('lan', how)) as number[]) {
        expect(delay).toBeGreaterThanOrEqual(6_000)
        expect(delay).toBeLessThanOrEqual(12_000)
      }
    }
  })

  it('B54 the rest is tried slowly, or not, by option; the state shows which', async () => {
    for (const delay of (await waits('internet', 'slow')) as number[]) {
      expect(delay).toBeGreaterThanOrEqual(6_000)
    }
    expect(await waits('internet', 'suspend')).toEqual(['offline'])
  })

  it('B54 a URL that is given anew at each attempt counts anew', async () => {
    let address = url.internet
    const { clock, socket, goes, state } = set({ url: () => address, whenOffline: 'suspend' })
    goes('offline')
    socket.connect()
    await clock.advance(0)
    expect(state().status).toBe('suspended')
    address = url.loopback
    socket.connect()
    await clock.advance(0)
    expect(state().status).toBe('waiting')
  })

  it('suspended, no timer runs; online leads to an attempt within 2 000, with its number', async () => {
    const { clock, server, socket, goes, state, attempts } = set({ whenOffline: 'suspend' })
    goes('offline')
    const receipt = socket.send('a')
    socket.connect()
    await clock.advance(0)
    expect(state()).toMatchObject({ status: 'suspended', why: 'offline', attempt: 1, cause: { code: 1006 } })
    expect(clock.timers).toBe(0)
    await clock.advance(1e7)
    expect(attempts()).toBe(1)
    server.mode = 'accept'
    goes('online')
    expect(state()).toMatchObject({ status: 'waiting', attempt: 1, retryAt: clock.now() + 1_000 })
    await clock.advance(1_000)
    expect([state().status, receipt.status, attempts()]).toEqual(['open', 'sent', 2])
  })

  it('suspended, connect() tries at once, and close() ends it', async () => {
    const { clock, socket, goes, state, attempts } = set({ whenOffline: 'suspend' })
    goes('offline')
    socket.connect()
    await clock.advance(0)
    socket.connect()
    await clock.advance(0)
    expect([attempts(), state()]).toMatchObject([2, { status: 'suspended', attempt: 2 }])
    expect(await outcome(socket.close())).toBe('resolved')
    goes('online')
    await clock.advance(60_000)
    expect([state().status, attempts()]).toEqual(['closed', 2])
  })

  it('B7 suspended, the attempts are counted all the same', async () => {
    const { clock, socket, goes, state } = set({ whenOffline: 'suspend', retries: 1 })
    goes('offline')
    socket.connect()
    await clock.advance(0)
    expect(state().status).toBe('suspended')
    goes('online')
    await clock.advance(2_000)
    expect(state().status).toBe('closed')
  })

  it('B12 a wait that is under way is suspended when the machine goes offline, and the inspector sees it', async () => {
    const seen: string[] = []
    const { goes, state } = await waiting({
      whenOffline: 'suspend',
      inspect: (event) => {
        if (event.type === 'state') seen.push(event.state.status)
      },
    })
    goes('offline')
    expect(state()).toMatchObject({ status: 'suspended', attempt: 2 })
    expect(seen.at(-1)).toBe('suspended')
  })
})

describe('B58 subscriptions', () => {
  it('begin with connect() and end with close(): one for each part', async () => {
    const made = set({ server: { mode: 'accept' } })
    const { clock, socket } = made
    const counts = [made.subscriptions()]
    socket.connect()
    counts.push(made.subscriptions())
    await clock.advance(0)
    socket.reconnect()
    await clock.advance(0)
    counts.push(made.subscriptions())
    void socket.close()
    await clock.advance(0)
    counts.push(made.subscriptions())
    socket.connect()
    counts.push(made.subscriptions())
    await clock.advance(0)
    await Promise.all([socket.close(), clock.advance(0)])
    counts.push(made.subscriptions())
    expect(counts).toEqual([0, 2, 2, 0, 2, 0])
  })

  it('are kept while it waits or is suspended', async () => {
    const made = await waiting({ whenOffline: 'suspend' })
    expect(made.subscriptions()).toBe(2)
    made.goes('offline')
    expect(made.subscriptions()).toBe(2)
    void made.socket.close()
    expect(made.subscriptions()).toBe(0)
  })

  it.each([
    [
      'a code that stops',
      async ({ server }: Awaited<ReturnType<typeof openRig>>) => server.latest.close(4404),
    ],
    [
      'its disposal',
      async ({ socket }: Awaited<ReturnType<typeof openRig>>) => void socket[Symbol.asyncDispose](),
    ],
  ])('end with %s', async (_, act) => {
    const around = surroundings()
    const made = await openRig({ environment: around.environment })
    await act(made)
    await made.clock.advance(0)
    expect([made.status(), around.subscriptions()]).toEqual(['closed', 0])
  })

  it('end where a fresh token was refused, and begin with the next connect()', async () => {
    const made = set({
      url: 'wss://memory.test/',
      auth: tokenAuth({ getToken: () => 't' }),
      server: { mode: 'accept', onOpen: (connection) => connection.close(4401) },
    })
    made.socket.connect()
    await made.clock.advance(0)
    expect([made.status(), made.subscriptions()]).toEqual(['unauthorized', 0])
    made.socket.connect()
    expect(made.subscriptions()).toBe(2)
  })

  it('1 000 rounds of connect() and close() leave none', async () => {
    const made = set({ server: { mode: 'accept' } })
    for (let n = 0; n < 1_000; n++) {
      made.socket.connect()
      void made.socket.close()
    }
    await made.clock.advance(0)
    expect([made.subscriptions(), made.clock.timers]).toEqual([0, 0])
  })

  it('before connect() and after close() nothing that happens starts anything', async () => {
    const { clock, socket, network, page, attempts } = set({ server: { mode: 'accept' } })
    const everything = () => {
      for (const listener of network.past)
        for (const s of ['online', 'offline', 'change'] as const) listener(s)
      for (const listener of page.past) {
        for (const s of ['leave', 'return', 'resume', 'visible', 'focus', 'hidden'] as const) listener(s)
      }
    }
    socket.send('a')
    everything()
    await clock.advance(60_000)
    expect(attempts()).toBe(0)
    socket.connect()
    await clock.advance(0)
    void socket.close()
    await clock.advance(0)
    const told = record(socket)
    everything()
    await clock.advance(60_000)
    expect([attempts(), told]).toEqual([1, []])
  })
})

describe('a network that misbehaves', () => {
  it.each<[string, unknown]>([
    ['no object', 'wifi'],
    ['a boolean, as navigator.onLine is', true],
    ['null', null],
    ['one without subscribe', { isOnline: () => true }],
    ['one whose subscribe is no function', { isOnline: () => true, subscribe: true }],
    ['one without isOnline', { subscribe: () => () => {} }],
    ['one whose isOnline is no function', { isOnline: true, subscribe: () => () => {} }],
  ])('INVALID_OPTION for %s', (_, network) => {
    const make = () => createSocket('ws://memory.test/', { environment: { network: network as never } })
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(make).toThrow('network')
  })

  const boom = (): never => {
    throw new Error('mine')
  }
  const withNetwork = (network: Partial<Network>, options: RigOptions<typeof raw> = {}) => {
    const usual: Network = { isOnline: () => true, subscribe: () => () => {} }
    return rig({ ...options, environment: { network: { ...usual, ...network } } })
  }

  it('whose subscribe throws is told of, once, and the socket goes on', async () => {
    const { clock, socket, status } = withNetwork({ subscribe: boom })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    expect(errors).toMatchObject([{ code: 'PROVIDER', cause: { message: 'mine' } }])
    expect(status()).toBe('open')
    expect(await outcome(Promise.all([socket.close(), clock.advance(0)]))).toBe('resolved')
  })

  it('whose isOnline throws counts as online, and the socket goes on', async () => {
    const { clock, socket, server, status } = withNetwork({ isOnline: boom }, { whenOffline: 'suspend' })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    server.latest.die()
    await clock.advance(0)
    expect(status()).toBe('waiting')
    expect(errors.length).toBeGreaterThan(0)
    for (const error of errors) expect(error).toMatchObject({ code: 'PROVIDER', cause: { message: 'mine' } })
    await clock.advance(2_000)
    expect(status()).toBe('open')
  })

  it('that answers by promises is told of, and counts as online', async () => {
    const { clock, socket, server, status } = withNetwork(
      { isOnline: async () => false, subscribe: async () => () => {} } as never,
      { whenOffline: 'suspend' },
    )
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    server.latest.die()
    await clock.advance(0)
    expect(status()).toBe('waiting')
    expect(errors.map(({ code }) => code)).toEqual(expect.arrayContaining(['PROVIDER', 'PROVIDER']))
  })

  it('whose unsubscribe throws is told of, and the socket closes all the same', async () => {
    const { clock, socket, status } = withNetwork({ subscribe: () => boom })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    expect(await outcome(Promise.all([socket.close(), clock.advance(0)]))).toBe('resolved')
    expect(errors).toMatchObject([{ code: 'PROVIDER', cause: { message: 'mine' } }])
    expect([status(), clock.timers]).toEqual(['closed', 0])
  })

  it.each([
    ['nothing', undefined, []],
    ['null', null, []],
    ['an object with remove()', { remove: () => {} }, ['PROVIDER']],
  ])('whose subscribe gives %s cannot be left, and does no harm', async (_, off, codes) => {
    const { clock, socket, status } = withNetwork({ subscribe: () => off as never })
    const errors = tape(socket, 'error')
    socket.connect()
    await clock.advance(0)
    expect(await outcome(Promise.all([socket.close(), clock.advance(0)]))).toBe('resolved')
    expect([errors.map(({ code }) => code), status()]).toEqual([codes, 'closed'])
  })

  it.each(['online', 'offline', 'change'] as const)(
    'that tells of %s while it is subscribed to makes one attempt',
    async (signal) => {
      const signals: AbortSignal[] = []
      const { clock, server, socket, status } = withNetwork(
        {
          subscribe: (listener) => {
            listener(signal)
            return () => {}
          },
        },
        {
          url: ({ signal }) => {
            signals.push(signal)
            return 'ws://memory.test/'
          },
        },
      )
      const closes = tape(socket, 'close')
      socket.connect()
      await clock.advance(0)
      expect([status(), server.connections.length, closes]).toEqual(['open', 1, []])
      expect(signals.map(({ aborted }) => aborted)).toEqual([false])
    },
  )

  it('that tells of nonsense changes nothing', async () => {
    const around = surroundings()
    const { clock, server, socket, status } = await openRig({ environment: around.environment })
    const told = record(socket)
    around.network.tell('5g' as never, undefined as never, {} as never)
    await clock.advance(60_000)
    expect([status(), server.connections.length, told]).toEqual(['open', 1, []])
  })
})
